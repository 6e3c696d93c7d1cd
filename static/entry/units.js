/* Each analyte is given in one unit, which is chosen with it. */
import { form, propose } from './fields.js';

const analyte = form.querySelector('[data-units]');
if (analyte) {
  const units = JSON.parse(analyte.dataset.units);
  analyte.addEventListener('change', () => propose(form.elements.unit, units[analyte.value] || ''));
}
