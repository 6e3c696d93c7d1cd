"""Records to dataset: one row per patient, every variable and endpoint, each with where it came from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analyses.derivation import dictionary, moments
from analyses.derivation.course import Course
from analyses.derivation.endpoints import RULES, FollowUp, Rule, Times
from analyses.derivation.frames import Frames
from analyses.derivation.rows import Texts
from analyses.derivation.toxicity import toxicity
from analyses.derivation.zero import TimeZeroDay, time_zero
from analyses.pipeline.dataset import Dataset, Exclusion
from analyses.pipeline.parameters import DerivationParameters


def derive(frames: Frames, parameters: DerivationParameters) -> Dataset:
    """The dataset of a registry: one row per patient in `frames`, indexed by registry number.

    Nothing dated after the data cut-off counts. A patient whose index date is not known, or who has no time after it,
    keeps the row and stands in `exclusions` with the reason.
    """
    course = Course(frames, parameters)
    zero = time_zero(course)
    follow_up = FollowUp(course, zero)
    times = {rule: follow_up.times(rule) for rule in RULES}
    frame, provenance = _variables(course)
    frame |= _endpoints(times) | _moments(course, zero)
    provenance |= {"time_zero": zero.origin.source} | {rule.name: times[rule].source for rule in RULES}
    index = pd.Index(course.numbers, name="patient")
    return Dataset(
        frame=pd.DataFrame(frame).set_index(index),
        variables={variable.name: variable for variable in dictionary.variables(parameters)},
        endpoints={endpoint.name: endpoint for endpoint in dictionary.endpoints(parameters)},
        moments={moment.name: moment for moment in dictionary.moments()},
        parameters=parameters,
        registry=frames.registry,
        invented=frames.invented,
        toxicity=toxicity(course),
        provenance=pd.DataFrame(provenance, dtype=object).set_index(index),
        exclusions=_exclusions(course, zero, follow_up, times),
    )


def _variables(course: Course) -> tuple[dict[str, pd.Series[Any]], dict[str, Texts]]:
    columns: dict[str, pd.Series[Any]] = {}
    sources: dict[str, Texts] = {}
    for declaration in dictionary.DECLARATIONS:
        columns[declaration.name], source = declaration.derive(course)
        if source is not None:
            sources[declaration.name] = source
    return columns, sources


def _endpoints(times: dict[Rule, Times]) -> dict[str, pd.Series[Any]]:
    columns: dict[str, pd.Series[Any]] = {}
    for rule, found in times.items():
        columns[f"{rule.name}_months"] = pd.Series(found.months)
        event = pd.arrays.IntegerArray(found.event.astype(np.int8), found.event < 0)
        columns[f"{rule.name}_event"] = pd.Series(event)
    return columns


def _moments(course: Course, zero: TimeZeroDay) -> dict[str, pd.Series[Any]]:
    return {
        moment.months: pd.Series(zero.months(moments.day_of(course, moment).day)) for moment in dictionary.moments()
    }


def _exclusions(
    course: Course, zero: TimeZeroDay, follow_up: FollowUp, times: dict[Rule, Times]
) -> tuple[Exclusion, ...]:
    """By patient number: those without any time, then those whose event of one endpoint precedes the index date."""
    found = zero.exclusions(course.numbers.tolist(), follow_up.death, follow_up.alive)
    for rule, of_rule in times.items():
        reason = f"{'An event' if rule.death_competes else 'A progression'} of this endpoint precedes the index date."
        found += [
            Exclusion(patient=str(number), reason=reason, endpoint=rule.name)
            for number in course.numbers[of_rule.event_before_zero]
        ]
    return tuple(sorted(found, key=lambda item: (item.patient, item.endpoint)))
