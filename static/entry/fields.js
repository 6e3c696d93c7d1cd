/* What the other modules ask of a form: its fields, their lines and groups, and where to say something beside a field. */

export const form = document.querySelector('#content-main > form');

const FIELDS = 'input:not([type=hidden], [type=submit], [type=button]), select:not(.admin-autocomplete), textarea, .select2-selection';

export const isRow = (line) => line.matches('tr');
export const isStored = (line) => line.classList.contains('has_original');

/* Fields that the keyboard stops at, in their order. */
export function fieldsOf(part) {
  return [...part.querySelectorAll(FIELDS)].filter(
    (field) => !field.disabled && !field.readOnly && field.tabIndex >= 0 && field.getClientRects().length,
  );
}

/* Lines of fields, from top to bottom: of the form itself, and the rows of its tables. */
export function linesOf(part) {
  const lines = part.querySelectorAll('.fields .line, .inline-group tr.form-row:not(.empty-form)');
  return [...lines].filter((line) => fieldsOf(line).length);
}

export const groupOf = (line) => line.closest('.fields, .inline-group');

/* The select behind a box that Select2 draws, or the field itself. */
const held = (field) => (field.matches('.select2-selection') ? field.closest('.select2').previousElementSibling : field);

export function isEmpty(field) {
  const { type, checked, value } = held(field);
  if (type === 'checkbox' || type === 'radio') return !checked;
  return value === '' || (type === 'select-one' && value === 'unknown');
}

/* A proposal that nobody confirmed by typing something else in its line. */
export function isProposal(field) {
  const { proposed } = field.dataset;
  if (proposed === undefined || proposed === '') return false;
  return field.value === proposed || (field.type === 'number' && field.value !== '' && Number(field.value) === Number(proposed));
}

export const isUntouched = (line) => fieldsOf(line).every((field) => isEmpty(field) || isProposal(field));

export function propose(field, value) {
  if (isEmpty(field) || isProposal(field)) {
    field.value = value;
    field.dataset.proposed = value;
  }
}

/* The field `name` of the line that `field` stands in, or of the whole form. */
export function neighbour(field, name) {
  const prefix = (field.name.match(/^.*-(?:\d+|__prefix__)-/) || [''])[0];
  return form.elements[prefix + name];
}

/* The place below a field where `kind` of text stands, made when first needed. A reader hears it politely, but for doses in mg,
   of which there are many. */
export function beside(field, kind) {
  const id = `${field.id}_${kind}`;
  const found = document.getElementById(id);
  if (found) return found;
  const place = document.createElement('p');
  place.id = id;
  place.className = kind;
  if (kind !== 'absolute') place.setAttribute('aria-live', 'polite');
  let last = field;
  while (last.nextElementSibling && last.nextElementSibling.matches('p[id]')) last = last.nextElementSibling;
  last.after(place);
  const described = (field.getAttribute('aria-describedby') || '').split(' ').filter(Boolean);
  field.setAttribute('aria-describedby', [...described, id].join(' '));
  return place;
}

export function say(field, kind, text, { warns = false } = {}) {
  if (!text && !document.getElementById(`${field.id}_${kind}`)) return;
  const place = beside(field, kind);
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle('warn', warns);
}

/* `work` for each line that is added to a table. */
export function onNewLine(work) {
  document.addEventListener('formset:added', (event) => work(event.target));
}

/* A new line of the table, or null where it takes no more. */
export function addLine(group) {
  const link = group.querySelector('.add-row a');
  if (!link || !link.getClientRects().length) return null;
  link.click();
  return [...group.querySelectorAll('tr.form-row:not(.empty-form)')].pop();
}
