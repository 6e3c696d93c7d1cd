/* Select2 leaves its box without a name while nothing is chosen. Runs after the admin's own script has made the boxes. */
export function nameBoxes() {
  for (const box of document.querySelectorAll('.select2-selection')) {
    const select = box.closest('.select2').previousElementSibling;
    const label = document.querySelector(`label[for="${select.id}"]`);
    const name = label ? label.textContent.replace('*', '').trim() : select.getAttribute('aria-label');
    for (const part of [box, ...box.querySelectorAll('[role="textbox"]')]) {
      part.removeAttribute('aria-labelledby');
      part.setAttribute('aria-label', name || 'Choose');
    }
  }
}
