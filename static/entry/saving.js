/* Saving by the keyboard, once. */
import { form, isProposal, isStored, isUntouched } from './fields.js';

const dialog = document.getElementById('keyboard');
let isSent = false;

const rows = () => [...form.querySelectorAll('tr.form-row:not(.empty-form)')];

function asLoaded(field) {
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked === field.defaultChecked;
  if (field.type !== 'select-one') return field.value === field.defaultValue || isProposal(field);
  const chosen = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex === Math.max(chosen, 0) || isProposal(field);
}

const isFormUntouched = () => [...form.elements].filter((field) => field.name && field.type !== 'submit').every(asLoaded);

function save(name) {
  const button = form.querySelector(`[name=${name}]`) || form.querySelector('[name=_save]');
  if (button) form.requestSubmit(button);
}

form.addEventListener('submit', (event) => {
  if (isSent) return event.preventDefault();
  if (event.submitter?.name === '_next' && form.dataset.onward && isFormUntouched()) {
    event.preventDefault();
    return location.assign(form.dataset.onward);
  }
  isSent = true;
  // A line that was added and in which nothing but proposals stands is none.
  for (const row of rows().filter((found) => !isStored(found) && isUntouched(found))) {
    for (const field of row.querySelectorAll('[data-proposed]')) if (!field.defaultValue) field.value = '';
  }
});
addEventListener('pageshow', () => { isSent = false; });

document.addEventListener('keydown', (event) => {
  if (event.repeat || event.altKey || document.querySelector('dialog[open]')) return;
  const held = event.ctrlKey || event.metaKey;
  const isHelp = event.key === '?' && !event.target.matches('input:not([type=checkbox]), textarea, .select2-search__field');
  const name = held && { Enter: event.shiftKey ? '_addanother' : '_next', s: '_save' }[event.key];
  if (!name && !isHelp) return;
  event.preventDefault();
  if (name) save(name);
  else dialog.showModal();
});

const help = document.querySelector('.keyboard-help');
if (help) {
  help.hidden = false;
  help.addEventListener('click', () => dialog.showModal());
}
