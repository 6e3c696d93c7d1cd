/* The radiotherapy guideline beside the fields it speaks of, with a warning where what is typed lies outside it. The
   numbers are those of treatments/guideline.py, which the fields carry. */
import { form, isEmpty, isStored, isUntouched, neighbour, onNewLine, say } from './fields.js';

const GUIDED = '[data-guideline]';

function guideOf(field) {
  const chooser = neighbour(field, field.dataset.guidelineBy);
  return chooser && JSON.parse(field.dataset.guideline)[chooser.value];
}

function remark(field) {
  const guide = guideOf(field);
  const outside = guide && field.value !== '' && (Number(field.value) < Number(guide.low) || Number(field.value) > Number(guide.high));
  say(field, 'remark', guide ? (outside ? guide.outside : guide.inside) : '', { warns: Boolean(outside) });
}

const remarkAll = (part) => part.querySelectorAll(GUIDED).forEach(remark);

/* Volumes are proposed for locoregional treatment alone. */
function proposeVolumes(intent) {
  for (const line of form.querySelectorAll('#volumes-group tr.form-row:not(.empty-form)')) {
    const volume = line.querySelector('select[data-proposed]');
    if (!volume || isStored(line) || !isUntouched(line)) continue;
    volume.value = intent === 'metastasis' ? '' : volume.dataset.proposed;
  }
}

const numberFor = (fill) => (/^[\d.]+$/.test(fill) ? fill : form.elements[fill].value);

/* Fills what is empty and returns the fields that it filled, and those for which the course gives nothing yet. */
function fill() {
  const open = [...form.querySelectorAll(`#volumes-group tr.form-row:not(.empty-form) ${GUIDED}`)].filter(
    (field) => isEmpty(field) && guideOf(field)?.fill,
  );
  const filled = open.filter((field) => (field.value = numberFor(guideOf(field).fill)) !== '');
  filled.forEach((field) => field.classList.add('filled'));
  return { filled, lacking: open.length - filled.length };
}

function fillAndSay(place) {
  const { filled, lacking } = fill();
  remarkAll(form);
  const left = lacking ? ` ${lacking} stay empty: planned dose and planned fractions are not typed yet.` : '';
  place.textContent = filled.length
    ? `Filled ${filled.length} fields by the guideline and the plan of the course.${left} Check each, then save.`
    : left.trim() || 'Nothing was empty.';
  filled[0]?.focus();
}

const tools = document.querySelector('.by-guideline');
if (tools) {
  tools.hidden = false;
  tools.querySelector('button').addEventListener('click', () => fillAndSay(tools.querySelector('p')));
}
for (const event of ['input', 'change']) {
  form.addEventListener(event, ({ target }) => {
    target.classList.remove('filled');
    if (target.name === 'intent') proposeVolumes(target.value);
    remarkAll(target.closest('tr.form-row') || form);
  });
}
onNewLine(remarkAll);
remarkAll(form);
