/* A dose column per drug of the regimen as soon as it is chosen, with the regimen's doses proposed in new lines, and the
   dose in mg below each where the body surface is known. */
import { form, isEmpty, isProposal, isStored, neighbour, onNewLine, propose, say } from './fields.js';

export const tools = document.querySelector('.more-cycles');
const group = document.getElementById('cycles-group');
const chooser = form.elements.regimen;
const regimens = tools ? JSON.parse(tools.dataset.regimens) : {};

const allRows = () => [...group.querySelectorAll('tr.form-row')];
export const rows = () => allRows().filter((row) => !row.matches('.empty-form'));
export const doseFields = (part) => [...part.querySelectorAll('input[name*="-dose_"]')];
const drugOf = (field) => field.name.split('-dose_')[1];
const chosen = () => regimens[chooser.value];

/* The cells of these drugs, in the regimen's order, after day 1. */
function order(row, drugs, kind) {
  const cells = drugs.map((pk) => row.querySelector(`.${kind}-dose_${pk}`));
  row.querySelector(`.${kind}-day_1`).after(...cells);
}

function addColumn({ pk, label }) {
  const head = document.createElement('th');
  head.className = `column-dose_${pk}`;
  head.textContent = label;
  group.querySelector('thead tr').append(head);
  for (const row of allRows()) {
    const cell = document.createElement('td');
    const prefix = row.matches('.empty-form') ? 'cycles-__prefix__' : row.id;
    const field = document.createElement('input');
    Object.assign(field, { type: 'number', step: 'any', min: '0', className: 'number', autocomplete: 'off' });
    Object.assign(field, { name: `${prefix}-dose_${pk}`, id: `id_${prefix}-dose_${pk}`, ariaLabel: label });
    cell.className = `field-dose_${pk}`;
    cell.append(field);
    row.append(cell);
  }
}

const columns = () => [...group.querySelectorAll('th[class*="column-dose_"]')].map((head) => head.className.match(/dose_(\d+)/)[1]);

/* A column goes with its regimen unless something was typed in it. */
function dropColumn(pk) {
  const fields = doseFields(group).filter((field) => drugOf(field) === pk);
  if (fields.every((field) => isEmpty(field) || isProposal(field))) {
    group.querySelectorAll(`.column-dose_${pk}, .field-dose_${pk}`).forEach((cell) => cell.remove());
  }
}

function proposeDoses(row) {
  if (isStored(row)) return;
  for (const field of doseFields(row)) {
    const drug = chosen()?.drugs.find(({ pk }) => String(pk) === drugOf(field));
    if (drug) propose(field, drug.mg_m2);
  }
  showAbsolute(row);
}

function follow() {
  const { drugs, days, agent_class: agentClass } = chosen() ?? { drugs: [], days: '', agent_class: '' };
  const wanted = drugs.map(({ pk }) => String(pk));
  columns().filter((pk) => !wanted.includes(pk)).forEach(dropColumn);
  drugs.filter(({ pk }) => !columns().includes(String(pk))).forEach(addColumn);
  order(group.querySelector('thead tr'), wanted, 'column');
  for (const row of allRows()) order(row, wanted, 'field');
  rows().forEach(proposeDoses);
  propose(form.elements.agent_class, agentClass);
  propose(document.getElementById('more-days'), days ?? '');
}

/* What m² and mg/m² come to. */
function showAbsolute(part) {
  const surface = Number(tools.dataset.surface);
  if (!surface) return;
  for (const field of doseFields(part)) {
    say(field, 'absolute', field.value === '' ? '' : `${Math.round(surface * Number(field.value))} mg`);
  }
}

function proposeNumber(row) {
  const numbers = rows().map((other) => Number(neighbour(other.querySelector('input'), 'number').value));
  propose(row.querySelector('[name$="-number"]'), String(Math.max(0, ...numbers) + 1));
}

if (tools) {
  document.querySelector('button.columns').hidden = true;
  chooser.addEventListener('change', follow);
  group.addEventListener('input', ({ target }) => showAbsolute(target.closest('tr') ?? group));
  onNewLine((row) => {
    if (!group.contains(row)) return;
    proposeNumber(row);
    proposeDoses(row);
  });
  propose(document.getElementById('more-days'), chosen()?.days ?? '');
  if ('proposing' in tools.dataset && chosen()) rows().forEach(proposeDoses);
  showAbsolute(group);
}
