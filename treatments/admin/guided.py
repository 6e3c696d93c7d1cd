"""Fields beside which the radiotherapy guideline is said, with a warning where a value lies outside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from records.forms import RecordForm, Remark
from treatments import guideline
from treatments.models import RadiotherapyIntent, VolumeKind


@dataclass(frozen=True)
class Guide:
    """A range with both ends inside, and what to say beside a value inside and outside it.

    ``fill`` is the field of the course, or the number, that the form offers to fill in: gross tumour volumes are
    treated to the planned dose, the others to no less than their range begins with.
    """

    low: str
    high: str
    inside: str
    outside: str
    fill: str = ""

    def remark(self, value: Any) -> Remark:
        try:
            kept = value in (None, "") or Decimal(self.low) <= Decimal(str(value)) <= Decimal(self.high)
        except InvalidOperation:
            kept = True
        return Remark(self.inside if kept else self.outside, warns=not kept)


def span(low: Any, high: Any, unit: str = "", fill: str = "") -> Guide:
    text = f"{low} {unit}".strip() if low == high else f"{low}–{high} {unit}".strip()
    return Guide(str(low), str(high), f"Guideline {text}", f"Outside the guideline, {text}", fill)


GROSS = (VolumeKind.GTVNX, VolumeKind.GTVND)
DOSES = {
    str(kind): span(low, high, "Gy", "planned_dose_gy" if kind in GROSS else str(low))
    for kind, (low, high) in guideline.VOLUME_GY.items()
}
# The prescribed dose beside it says the range already.
DELIVERED = {kind: replace(dose, inside="", fill="") for kind, dose in DOSES.items()}
FRACTIONS = span(*guideline.FRACTIONS)
FRACTIONS_OF_VOLUME = dict.fromkeys(DOSES, span(*guideline.FRACTIONS, fill="fractions_planned"))
PER_WEEK = span(guideline.FRACTIONS_PER_WEEK, guideline.FRACTIONS_PER_WEEK)


class GuidedForm(RecordForm):
    """``guides`` are by field, then by the value of the field ``guided_by``.

    While one types, static/entry/guideline.js keeps the remarks true.
    """

    guided_by: ClassVar[str]
    guides: ClassVar[Mapping[str, Mapping[str, Guide]]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.guides.keys() & self.fields.keys():
            ranges = {choice: asdict(guide) for choice, guide in self.guides[name].items()}
            attrs = {"data-guideline": json.dumps(ranges), "data-guideline-by": self.guided_by}
            self.fields[name].widget.attrs |= attrs

    def remarks(self) -> dict[str, Remark]:
        chosen = self[self.guided_by].value() if self.guided_by in self.fields else None
        guided = {name: self.guides[name].get(str(chosen)) for name in self.guides if name in self.fields}
        return {name: guide.remark(self[name].value()) for name, guide in guided.items() if guide}


class CourseForm(GuidedForm):
    guided_by = "intent"
    guides = {
        "fractions_planned": {RadiotherapyIntent.LOCOREGIONAL: FRACTIONS},
        "fractions_given": {RadiotherapyIntent.LOCOREGIONAL: FRACTIONS},
        "fractions_per_week": {RadiotherapyIntent.LOCOREGIONAL: PER_WEEK},
    }


class VolumeForm(GuidedForm):
    """The volumes of a new course are proposed by name; a line is stored once a dose or fractions are typed in it."""

    guided_by = "volume"
    guides = {"prescribed_gy": DOSES, "delivered_gy": DELIVERED, "fractions": FRACTIONS_OF_VOLUME}
    proposals = ("volume",)
