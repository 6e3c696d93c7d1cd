/* Says beside a date, as it is typed, how it is understood; on leaving the field it is written as it will be stored.
   Reads as records/forms.py and records/partial_dates.py do, which remain the judges. */
import { form, say } from './fields.js';

const SEPARATED = /^(\d{4})(?:[-./年](\d{1,2})(?:[-./月](\d{1,2}))?)?[日月年]?$/;
const RUN_TOGETHER = /^(\d{4})(\d{2})(\d{2})?$/;
const ISO = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?$/;
// What may still become a date by typing on.
const BEGUN = /^\d{0,3}$|^\d{5}$|^\d{7}$|^\d{4}[-./年]0?$|^\d{4}[-./年]\d{1,2}[-./月]0?$/;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const bare = (text) => text.normalize('NFKC').replace(/\s+/g, '');

export function iso(text) {
  const match = SEPARATED.exec(bare(text)) || RUN_TOGETHER.exec(bare(text));
  if (!match) return text.trim();
  const [year, ...parts] = match.slice(1).filter(Boolean);
  return [year, ...parts.map((part) => String(Number(part)).padStart(2, '0'))].join('-');
}

/* The period of a date in words, or what is wrong with it. */
export function reading(text, { earliest = 0, future = true } = {}) {
  const date = iso(text);
  const match = ISO.exec(date);
  if (!match) return { wrong: `'${date}' is not a date. Write a year (2012), a month (2012-05) or a day (2012-05-17).` };
  const [year, month, day] = match.slice(1).map((part) => part && Number(part));
  if (year < earliest) return { wrong: `'${date}' lies before ${earliest}. Check the year.` };
  const length = new Date(Date.UTC(year, month || 12, 0)).getUTCDate();
  if (day > length) return { wrong: `'${date}' does not exist: that month has ${length} days.` };
  const first = new Date(Date.UTC(year, (month || 1) - 1, day || 1));
  if (!future && first > tomorrow()) return { wrong: `'${date}' lies in the future.` };
  if (day) return { date, words: `${day} ${MONTHS[month - 1]} ${year}, a ${DAYS[first.getUTCDay()]}` };
  return { date, words: month ? `${MONTHS[month - 1]} ${year}, day not known` : `${year}, month and day not known` };
}

function tomorrow() {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() + 1));
}

export function readingOf(field) {
  const { earliest, future } = field.dataset;
  return reading(field.value, { earliest: Number(earliest), future: future === 'true' });
}

function read(field, { left }) {
  const text = bare(field.value);
  const { words = '', wrong = '' } = text ? readingOf(field) : {};
  const begun = !left && BEGUN.test(text);
  say(field, 'reading', words || (begun ? '' : wrong), { warns: Boolean(wrong) });
}

const isDate = (target) => target.matches('input.partial-date');

form.addEventListener('input', ({ target }) => isDate(target) && read(target, { left: false }));
form.addEventListener('focusout', ({ target }) => {
  if (!isDate(target) || !target.value) return;
  const { date } = readingOf(target);
  if (date && date !== target.value) target.value = date;
  read(target, { left: true });
});
for (const field of form.querySelectorAll('input.partial-date')) {
  // Where the server has said what is wrong, that stands.
  if (field.value && !field.parentElement.querySelector('.errorlist')) read(field, { left: true });
}
