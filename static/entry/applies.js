/* Fields asked for under a condition on another ("organ=other"): while it does not hold, Tab and Enter pass them by. What
   stands in them is neither hidden nor taken away. */
import { form, isEmpty, neighbour, onNewLine } from './fields.js';

function weigh(field) {
  const [name, value] = field.dataset.applies.split('=');
  const applies = neighbour(field, name).value === value || !isEmpty(field);
  field.tabIndex = applies ? 0 : -1;
  field.classList.toggle('not-asked', !applies);
}

const weighAll = (part) => part.querySelectorAll('[data-applies]').forEach(weigh);

for (const event of ['input', 'change']) {
  form.addEventListener(event, ({ target }) => weighAll(target.closest('tr.form-row') || form));
}
onNewLine(weighAll);
weighAll(form);
