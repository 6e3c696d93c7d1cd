/* Alt and G: the help that a table of the form offers, where it has one. */
document.addEventListener('keydown', (event) => {
  if (!event.altKey || event.ctrlKey || event.code !== 'KeyG' || document.querySelector('dialog[open]')) return;
  const tools = document.querySelector('.more-cycles, .by-guideline');
  if (!tools) return;
  event.preventDefault();
  const field = tools.querySelector('input:not([readonly])');
  if (field) field.focus();
  else tools.querySelector('button').click();
});
