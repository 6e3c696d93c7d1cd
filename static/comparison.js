'use strict';
/* Between two versions of a record: a button puts one of the two values into the field of the form below. */
document.addEventListener('DOMContentLoaded', () => {
  const put = (name, values, words) => {
    for (const field of document.getElementsByName(name)) {
      if (field.type === 'checkbox' || field.type === 'radio') {
        field.checked = values.includes(field.value);
      } else {
        const value = values[0] || '';
        // A box that looks its choices up holds the chosen one alone.
        const lacking = field.tagName === 'SELECT' && ![...field.options].some((option) => option.value === value);
        if (lacking) field.add(new Option(words, value));
        field.value = value;
      }
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
  };
  for (const button of document.querySelectorAll('.compared button')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      put(button.dataset.field, JSON.parse(button.dataset.values), button.dataset.words);
      for (const other of button.parentElement.querySelectorAll('button')) {
        other.setAttribute('aria-pressed', String(other === button));
      }
    });
  }
});
