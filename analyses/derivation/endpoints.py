"""Endpoints: times from the index date (time zero) to progression or death, or to censoring."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analyses.derivation.course import Course, Dated, dated
from analyses.derivation.dates import NEVER, Days, Mask, known
from analyses.derivation.rows import NONE, Floats, Positions, Texts
from analyses.derivation.zero import TimeZeroDay
from analyses.pipeline.dataset import Endpoint
from analyses.pipeline.parameters import DerivationParameters

LOCOREGIONAL, DISTANT = ("locoregional", "both"), ("distant", "both")
CENSORING = (
    "Censored at the last day on which the patient is known to be alive (a contact as 'alive', or a progression), or "
    "at the data cut-off, whichever is first; a death after the cut-off shows that the patient was alive on it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An endpoint by the kinds of progression that are its event, and whether death is one too or competes."""

    name: str
    label: str
    event_label: str
    progression: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    death_competes: bool = False

    def endpoint(self, parameters: DerivationParameters) -> Endpoint:
        competing = "Death" if self.death_competes else ""
        if self.competes(parameters):
            competing = f"Death or {self.other[0]} progression"
        return Endpoint(
            name=self.name,
            label=self.label,
            event_label=self.event_label,
            doc=self._doc(parameters),
            competing=competing,
        )

    def competes(self, parameters: DerivationParameters) -> bool:
        """Whether progression of the other kind competes with the event."""
        return bool(self.other) and parameters.other_progression == "competes"

    def _doc(self, parameters: DerivationParameters) -> str:
        said = f"From the index date to {self.event_label[0].lower() + self.event_label[1:]}. "
        if self.progression and self.progression[-1] == "both" and len(self.progression) == 2:
            said += "'Locoregional and distant' progression counts. "
        if self.death_competes:
            said += "Death competes. "
        if self.other:
            said += f"Progression of the other kind {'competes' if self.competes(parameters) else 'is ignored'}. "
        return said + CENSORING


RULES = (
    Rule(name="os", label="Overall survival", event_label="Death of any cause"),
    Rule(
        name="pfs",
        label="Progression-free survival",
        event_label="Progression or death",
        progression=("locoregional", "distant", "both"),
    ),
    Rule(
        name="lrpfs",
        label="Locoregional progression-free survival",
        event_label="Locoregional progression or death",
        progression=LOCOREGIONAL,
    ),
    Rule(
        name="dpfs",
        label="Distant progression-free survival",
        event_label="Distant progression or death",
        progression=DISTANT,
    ),
    Rule(
        name="lrp",
        label="Locoregional progression",
        event_label="Locoregional progression",
        progression=LOCOREGIONAL,
        other=("distant",),
        death_competes=True,
    ),
    Rule(
        name="dp",
        label="Distant progression",
        event_label="Distant progression",
        progression=DISTANT,
        other=("locoregional",),
        death_competes=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """One endpoint per patient: months (NaN without), event code (-1 without), provenance, and who had progressed
    before time zero."""

    months: Floats
    event: Positions
    source: Texts
    event_before_zero: Mask


class FollowUp:
    """Deaths, progressions and last known life of every patient, as far as they count at the cut-off."""

    def __init__(self, course: Course, zero: TimeZeroDay) -> None:
        self._course, self.zero = course, zero

    @cached_property
    def death(self) -> Dated:
        """The day of death, when not after the cut-off."""
        day, source = self._death
        counts = day <= self._course.cutoff
        return Dated(np.where(counts, day, NEVER), np.where(counts, source, NONE))

    @cached_property
    def _death(self) -> Dated:
        rows = self._course.rows("death")
        chosen = rows.first(np.ones(len(rows), bool), rows.day("date"))
        day = self._course.days_after("death", "date", self.zero.day)
        return Dated(chosen.taken(day), chosen.source("date"))

    def progression(self, *kinds: str) -> Dated:
        """The first progression of these kinds, when not after the cut-off."""
        rows = self._course.rows("progression")
        day = self._progression_days
        chosen = rows.first(rows.is_("kind", *kinds) & (day <= self._course.cutoff), day)
        return Dated(chosen.taken(day), chosen.source("date"))

    @cached_property
    def _progression_days(self) -> Days:
        return self._course.days_after("progression", "date", self.zero.day)

    @cached_property
    def alive(self) -> Dated:
        """The last day on which the patient is known to be alive, or the cut-off if that is earlier."""
        contacts, progressions = self._course.rows("followup"), self._course.rows("progression")
        contact = dated(contacts.latest(contacts.is_("status", "alive"), contacts.day("date")), "date")
        day = self._progression_days
        latest = progressions.latest(day <= self._course.cutoff, day)
        seen = contact.later(Dated(latest.taken(day), latest.source("date")))
        cutoff = self._course.cutoff
        beyond = (seen.day > cutoff) | (self._death.day > cutoff)
        beyond |= self._course.certain("progression", "date", "first") > cutoff
        return Dated(np.where(beyond, cutoff, seen.day), np.where(beyond, "data cut-off", seen.source))

    @cached_property
    def end(self) -> Dated:
        """Death, else the last day known alive."""
        return self.death.or_else(self.alive)

    def times(self, rule: Rule) -> Times:
        """Months, event code and provenance of one endpoint."""
        event = self.progression(*rule.progression)
        if rule.death_competes:
            competing = self.death
            if rule.competes(self._course.parameters):
                competing = competing.earlier(self.progression(*rule.other))
            before = self._before(event) | self._before(competing)
            ends = event.earlier(competing)
        else:
            before = self._before(event)
            ends = event = event.earlier(self.death)
        last = ends.or_else(self.alive)
        happened = known(event.day) & (event.day == last.day)
        code = np.where(happened, 1, np.where(known(ends.day), 2, 0))
        usable = self.zero.usable(self.end) & ~before
        return Times(
            months=np.where(usable, self.zero.months(last.day), np.nan),
            event=np.where(usable, code, -1),
            source=np.where(usable, last.source, NONE),
            event_before_zero=before & self.zero.usable(self.end),
        )

    def _before(self, event: Dated) -> Mask:
        return self.zero.months(event.day) < 0
