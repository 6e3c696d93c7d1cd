/* The RECIST category that the target lesions imply, while they are typed: the rule of treatments/recist.py, whose numbers
   the place carries. In whole tenths of a millimetre and of the thresholds, so that no rounding decides. */
import { form, onNewLine } from './fields.js';

const place = document.getElementById('implied');
const tenths = (text) => Math.round(Number(text) * 10);

function lesions() {
  const lines = [...form.querySelectorAll('#target_lesions-group tr.form-row:not(.empty-form)')];
  const number = (line, name) => line.querySelector(`[name$="-${name}"]`)?.value ?? '';
  return lines
    .map((line) => ({ baseline: number(line, 'baseline_mm'), smallest: number(line, 'smallest_mm'), current: number(line, 'current_mm') }))
    .filter(({ baseline, current }) => baseline !== '' && current !== '');
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

export function implied(found, rule) {
  if (!found.length) return null;
  const baseline = sum(found.map((lesion) => tenths(lesion.baseline)));
  const current = sum(found.map((lesion) => tenths(lesion.current)));
  const smallest = sum(
    found.map((lesion) => Math.min(tenths(lesion.smallest === '' ? lesion.baseline : lesion.smallest), tenths(lesion.baseline))),
  );
  if (current === 0) return 'CR';
  if (10 * current >= tenths(rule.progression) * smallest && current - smallest >= tenths(rule.progression_mm)) return 'PD';
  return 10 * current <= tenths(rule.partial) * baseline ? 'PR' : 'SD';
}

function show() {
  const rule = JSON.parse(place.dataset.recist);
  const category = implied(lesions(), rule);
  const entered = form.elements.category?.value;
  place.textContent = category ? rule.labels[category] + (entered && entered !== category ? rule.differs : '') : '–';
}

if (place && form.querySelector('#target_lesions-group')) {
  for (const event of ['input', 'change']) form.addEventListener(event, show);
  onNewLine(show);
  show();
}
