/* 'Add cycles 2 to 6 every 21 days': lines like the last one that has a day 1, to be checked before they are saved. */
import { addLine, isStored, isUntouched } from './fields.js';
import { reading } from './dates.js';
import { doseFields, rows, tools } from './regimen.js';

const group = document.getElementById('cycles-group');
const field = (row, name) => row.querySelector(`[name$="-${name}"]`);

function last() {
  const row = rows().filter((found) => field(found, 'day_1')?.value).pop();
  return row && { row, number: Number(field(row, 'number').value), day: reading(field(row, 'day_1').value).date };
}

function later(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/* The next line in which nothing stands yet, or a new one. */
function freeLine(after) {
  const all = rows();
  return all.slice(all.indexOf(after) + 1).find((row) => !isStored(row) && isUntouched(row)) ?? addLine(group);
}

function put(target, value) {
  target.value = value;
  target.dispatchEvent(new Event('input', { bubbles: true }));
  target.dispatchEvent(new Event('focusout', { bubbles: true }));
  target.classList.add('filled');
}

function addCycle(pattern, number, day) {
  const row = freeLine(pattern.row);
  put(field(row, 'number'), number);
  put(field(row, 'day_1'), day);
  for (const dose of doseFields(pattern.row)) put(field(row, dose.name.split('-').pop()), dose.value);
  return row;
}

/* What keeps the cycles from being added, or nothing. */
function hindrance(pattern, to, days) {
  if (!pattern) return 'Type day 1 of a cycle first.';
  if (pattern.day?.length !== '2012-05-17'.length) {
    return `Day 1 of cycle ${pattern.number} is not known to the day, so that no other can be counted from it.`;
  }
  if (!(to > pattern.number && to <= 60)) return `Type the number of the last cycle: ${pattern.number + 1} to 60.`;
  if (!(days >= 1 && days <= 90)) return 'Type after how many days a cycle follows: 1 to 90.';
  return '';
}

function add() {
  const pattern = last();
  const [to, days] = ['more-to', 'more-days'].map((id) => Number(document.getElementById(id).value));
  const said = document.getElementById('more-said');
  said.textContent = hindrance(pattern, to, days);
  said.classList.toggle('warn', said.textContent !== '');
  if (said.textContent) return;
  const dayOf = (number) => later(pattern.day, (number - pattern.number) * days);
  const numbers = Array.from({ length: to - pattern.number }, (_, place) => pattern.number + 1 + place);
  const [first] = numbers.map((number) => addCycle(pattern, number, dayOf(number)));
  said.textContent = `Cycles ${numbers[0]} to ${to} added, day 1 from ${dayOf(numbers[0])} to ${dayOf(to)}. Check each against the chart, then save.`;
  field(first, 'day_1').focus();
}

function showFirst() {
  const pattern = last();
  document.getElementById('more-from').value = pattern ? pattern.number + 1 : '';
}

if (tools) {
  tools.hidden = false;
  tools.querySelector('button').addEventListener('click', add);
  tools.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.target.matches('button')) return;
    event.preventDefault();
    add();
  });
  group.addEventListener('input', ({ target }) => {
    target.classList.remove('filled');
    showFirst();
  });
  showFirst();
}
