/* The keyboard's way through a form: into the first field to type, line by line with Enter, group by group with Ctrl and
   the arrows. Enter saves nothing: that would store a form at the first field whose writer thought it done. */
import { addLine, fieldsOf, form, groupOf, isEmpty, isRow, isStored, isUntouched, linesOf } from './fields.js';

const isTick = (field) => field.type === 'checkbox' || field.type === 'radio';

function enter(line, { backwards = false } = {}) {
  const fields = fieldsOf(line);
  const field = (backwards ? null : fields.find((found) => isEmpty(found) && !isTick(found))) || fields[0];
  field.focus();
  if (field.select) field.select();
}

/* The line at which a group is begun: of a table the first that nothing stands in. */
function beginning(group) {
  const lines = linesOf(group.parentElement).filter((line) => groupOf(line) === group);
  return lines.find((line) => isRow(line) && !isStored(line) && isUntouched(line)) || lines[0];
}

function groups() {
  return [...new Set(linesOf(form).map(groupOf))];
}

function toGroup(current, step) {
  const all = groups();
  const next = all[all.indexOf(current) + step];
  if (next) enter(beginning(next));
  else if (step > 0) form.querySelector('[name=_next], [name=_save]')?.focus();
}

function toNextLine(line) {
  const group = groupOf(line);
  const lines = linesOf(form);
  const next = lines[lines.indexOf(line) + 1];
  if (isRow(line) && !isStored(line) && isUntouched(line)) return toGroup(group, 1);
  if (next && groupOf(next) === group) return enter(next);
  const added = isRow(line) && addLine(group);
  return added ? enter(added) : toGroup(group, 1);
}

function toLineBefore(line) {
  const lines = linesOf(form);
  const last = lines[lines.indexOf(line) - 1];
  if (last) enter(last, { backwards: true });
}

const isOwnEnter = (target) =>
  target.matches('a, button, [type=submit], .select2-selection, .select2-selection *') || (target.matches('textarea') && target.value.trim());

form.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (isOwnEnter(event.target)) return;
  event.preventDefault();
  const line = event.target.closest('.line, tr.form-row');
  if (line) (event.shiftKey ? toLineBefore : toNextLine)(line);
});

document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.ctrlKey || event.shiftKey || event.altKey || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  const here = document.activeElement.closest('.fields, .inline-group');
  toGroup(here, here ? step : 1);
});

/* Focus at the errors if there are any, else at the first field to type. */
export function begin() {
  const summary = document.querySelector('.errors-above');
  if (summary) {
    summary.setAttribute('tabindex', '-1');
    summary.focus();
  } else if (!location.hash && linesOf(form).length) {
    const fields = fieldsOf(form);
    const first = 'adding' in form.dataset ? fields.find((field) => isEmpty(field) && !isTick(field)) : null;
    (first || fields[0])?.focus();
  }
}
