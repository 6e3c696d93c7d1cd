'use strict';
/* In a row of discrepancies 1, 2 and 3 choose and lead on to the next row; 0 takes the choice back. */
document.addEventListener('keydown', (event) => {
  const row = event.target.closest('.discrepancies tr.open');
  if (!row || event.target.type !== 'radio' || event.ctrlKey || event.metaKey || event.altKey) return;
  const choices = [...row.querySelectorAll('input[type="radio"]')];
  if (event.key === '0') {
    for (const choice of choices) choice.checked = false;
    return;
  }
  const chosen = choices[Number(event.key) - 1];
  if (!chosen) return;
  event.preventDefault();
  chosen.checked = true;
  const rows = [...document.querySelectorAll('.discrepancies tr.open')];
  const next = rows[rows.indexOf(row) + 1];
  const to = next ? next.querySelector('input[type="radio"]:checked, input[type="radio"]') : document.getElementById('id_reason');
  to.focus();
});
