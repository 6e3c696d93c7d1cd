/* Helps on entry forms. Without them the forms work the same, with more strokes. */
import './dates.js';
import './applies.js';
import './units.js';
import './cycles.js';
import './guideline.js';
import './recist.js';
import './saving.js';
import './assist.js';
import { nameBoxes } from './boxes.js';
import { begin } from './moving.js';

// After the admin's own scripts have drawn their boxes and links.
const drawn = window.django?.jQuery ?? ((work) => work());
begin();
drawn(() => {
  nameBoxes();
  if (document.activeElement === document.body) begin();
});
