'use strict';
/* Helps on entry forms. Without it they work the same, with one more press of a button. */
document.addEventListener('DOMContentLoaded', () => {
  const summary = document.querySelector('.errors-above');
  if (summary) {
    summary.setAttribute('tabindex', '-1');
    summary.focus();
  }
  // The dose columns follow the regimen as soon as it is chosen.
  const regimen = document.querySelector('select[name="regimen"]');
  const again = document.querySelector('button[name="_show_again"]');
  if (regimen && again) {
    regimen.addEventListener('change', () => again.click());
    if (sessionStorage.getItem('regimen-chosen')) regimen.focus();
    again.addEventListener('click', () => sessionStorage.setItem('regimen-chosen', '1'));
    sessionStorage.removeItem('regimen-chosen');
  }
});

/* Select2 leaves its box without a name while nothing is chosen. Runs after the admin's own script has made the boxes. */
if (window.django && window.django.jQuery) {
  window.django.jQuery(() => {
    for (const box of document.querySelectorAll('.select2-selection')) {
      const select = box.closest('.select2').previousElementSibling;
      const label = document.querySelector(`label[for="${select.id}"]`);
      const name = label ? label.textContent.replace('*', '').trim() : select.getAttribute('aria-label');
      for (const part of [box, ...box.querySelectorAll('[role="textbox"]')]) {
        part.removeAttribute('aria-labelledby');
        part.setAttribute('aria-label', name || 'Choose');
      }
    }
  });
}
