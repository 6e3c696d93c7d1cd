"""The moments of a patient's course that several variables and endpoints share."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from analyses.derivation.chart import Chart
from analyses.derivation.dates import Days, Mask, known
from analyses.derivation.rows import NONE, Choice, Positions, Texts
from analyses.pipeline.parameters import DAYS_PER_MONTH

METASTATIC = ("M1", "M1a", "M1b")  # M categories


class Dated(NamedTuple):
    """A day per patient and which record and field gave it."""

    day: Days
    source: Texts

    def or_else(self, other: Dated) -> Dated:
        """This day, and the other where this one is not known."""
        mine = known(self.day)
        return Dated(np.where(mine, self.day, other.day), np.where(mine, self.source, other.source))

    def earlier(self, other: Dated) -> Dated:
        """The earlier of the two known days; this one where they are the same."""
        takes_other = known(other.day) & (~known(self.day) | (other.day < self.day))
        return Dated(np.where(takes_other, other.day, self.day), np.where(takes_other, other.source, self.source))

    def later(self, other: Dated) -> Dated:
        """The later of the two known days; this one where they are the same."""
        takes_other = known(other.day) & (~known(self.day) | (other.day > self.day))
        return Dated(np.where(takes_other, other.day, self.day), np.where(takes_other, other.source, self.source))


def dated(choice: Choice, column: str) -> Dated:
    day = choice.day(column)
    return Dated(day, np.where(known(day), choice.source(column), NONE))


class Course(Chart):
    """The charts with what follows from them about the course of disease and treatment.

    PCT is palliative chemotherapy; RT is locoregional radiotherapy, of several courses the first.
    """

    @cached_property
    def diagnosis(self) -> Choice:
        rows = self.rows("diagnosis")
        return rows.first(np.ones(len(rows), bool), rows.day("date"))

    @cached_property
    def diagnosed(self) -> Dated:
        return dated(self.diagnosis, "date")

    @cached_property
    def metastasis(self) -> Dated:
        """The day metastasis was shown: as the diagnosis gives it, else of the earliest metastatic site."""
        sites = self.rows("metastaticsite")
        earliest = sites.first(known(sites.day("date")), sites.day("date"))
        return dated(self.diagnosis, "metastasis_date").or_else(dated(earliest, "date"))

    @cached_property
    def pct_courses(self) -> Mask:
        """Which systemic courses are PCT."""
        courses = self.rows("systemiccourse")
        return courses.is_("intent", "palliative") & courses.is_("agent_class", "chemotherapy")

    @cached_property
    def had_pct(self) -> Mask:
        return self.rows("systemiccourse").any(self.pct_courses)

    @cached_property
    def pct_cycles(self) -> Mask:
        """Which cycles belong to PCT and were not certain to begin on or after the start of RT."""
        cycles = self.rows("chemotherapycycle")
        return self._of_pct() & ~(cycles.day("day_1") >= self.rt_start.day[cycles.at])

    def _of_pct(self) -> Mask:
        parent: Positions = self.rows("chemotherapycycle").parent
        return self.pct_courses[parent] if parent.size else np.zeros(0, bool)

    @cached_property
    def pct_start(self) -> Dated:
        """Start of the first PCT course or day 1 of its first cycle, whichever is earlier."""
        courses, cycles = self.rows("systemiccourse"), self.rows("chemotherapycycle")
        course = courses.first(self.pct_courses & known(courses.day("start")), courses.day("start"))
        cycle = cycles.first(self._of_pct() & known(cycles.day("day_1")), cycles.day("day_1"))
        return dated(course, "start").earlier(dated(cycle, "day_1"))

    @cached_property
    def pct_end(self) -> Dated:
        """The day PCT stopped, else day 1 of its last cycle; the later of the two, and before RT where RT followed."""
        courses, cycles = self.rows("systemiccourse"), self.rows("chemotherapycycle")
        before_rt = ~(courses.day("stop") > self.rt_start.day[courses.at])
        stop = courses.latest(self.pct_courses & known(courses.day("stop")) & before_rt, courses.day("stop"))
        cycle = cycles.latest(self.pct_cycles & known(cycles.day("day_1")), cycles.day("day_1"))
        return dated(stop, "stop").later(dated(cycle, "day_1"))

    @cached_property
    def rt(self) -> Choice:
        courses = self.rows("radiotherapycourse")
        return courses.first(courses.is_("intent", "locoregional"), courses.day("start"))

    @cached_property
    def rt_start(self) -> Dated:
        return dated(self.rt, "start")

    @cached_property
    def rt_end(self) -> Dated:
        return dated(self.rt, "end")

    @cached_property
    def pct_before_rt(self) -> Mask:
        """PCT that started before RT, or without any RT."""
        return self.had_pct & (~self.rt.exists | (self.pct_start.day < self.rt_start.day))

    @cached_property
    def order_unknown(self) -> Mask:
        """PCT and RT were both given, and it cannot be told which came first."""
        return self.had_pct & self.rt.exists & ~(known(self.pct_start.day) & known(self.rt_start.day))

    @cached_property
    def concurrent_courses(self) -> Mask:
        courses = self.rows("systemiccourse")
        return courses.is_("intent", "concurrent") & courses.is_("agent_class", "chemotherapy")

    @cached_property
    def cycles_in_rt(self) -> Mask:
        """Which chemotherapy cycles begin between the start and the end of RT, both included."""
        cycles = self.rows("chemotherapycycle")
        chemotherapy = self.rows("systemiccourse").is_("agent_class", "chemotherapy")
        of_chemotherapy = chemotherapy[cycles.parent] if len(cycles) else np.zeros(0, bool)
        day, start, end = cycles.day("day_1"), self.rt_start.day[cycles.at], self.rt_end.day[cycles.at]
        return of_chemotherapy & (day >= start) & (day <= end)

    @cached_property
    def concurrent(self) -> Mask:
        """RT with a concurrent course, dated or not, or with a cycle whose day 1 lies inside the RT dates."""
        course = self.rows("systemiccourse").any(self.concurrent_courses)
        cycle = self.rows("chemotherapycycle").any(self.cycles_in_rt)
        return self.rt.exists & (course | cycle)

    @cached_property
    def concurrent_start(self) -> Dated:
        """First dose of concurrent chemotherapy: start of the concurrent course or day 1 of the first cycle in RT."""
        courses, cycles = self.rows("systemiccourse"), self.rows("chemotherapycycle")
        course = courses.first(self.concurrent_courses & known(courses.day("start")), courses.day("start"))
        cycle = cycles.first(self.cycles_in_rt, cycles.day("day_1"))
        return dated(course.among(self.rt.exists), "start").earlier(dated(cycle, "day_1"))

    @cached_property
    def treated(self) -> Dated:
        """Start of the first systemic treatment or radiotherapy of any kind."""
        systemic, radiotherapy = self.rows("systemiccourse"), self.rows("radiotherapycourse")
        first_systemic = systemic.first(known(systemic.day("start")), systemic.day("start"))
        first_rt = radiotherapy.first(known(radiotherapy.day("start")), radiotherapy.day("start"))
        return self.pct_start.earlier(dated(first_systemic, "start")).earlier(dated(first_rt, "start"))

    @cached_property
    def baseline_sites(self) -> Mask:
        """Which sites belong to the first metastasis: undated, or shown at most `de_novo_months` after it."""
        sites = self.rows("metastaticsite")
        limit = np.timedelta64(int(self.parameters.de_novo_months * DAYS_PER_MONTH), "D")
        late = sites.day("date") > (self.metastasis.day + limit)[sites.at]
        return np.asarray(~late)

    @cached_property
    def has_sites(self) -> Mask:
        return self.rows("metastaticsite").any(self.baseline_sites)

    @cached_property
    def metastatic(self) -> Mask:
        """Metastasis is on record: a site, a date, or category M1."""
        return self.has_sites | known(self.metastasis.day) | self.diagnosis.is_("m_category", *METASTATIC)

    @cached_property
    def not_metastatic(self) -> Mask:
        """Category M0 and nothing on record against it."""
        return ~self.metastatic & self.diagnosis.is_("m_category", "M0")
