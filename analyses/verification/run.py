"""The verification itself: every case computed, every number compared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analyses.verification import (
    beside,
    competing,
    cox,
    curves,
    further,
    imputation,
    matching,
    resampling,
    table1,
    weighting,
)
from analyses.verification.case import Case, Key
from analyses.verification.check import Check, Kind, Numbers, brief
from analyses.verification.coverage import public_functions
from analyses.verification.datasets import DATA_SETS, DataSet
from analyses.verification.references import Reference, of_publications, of_r

SHIPPED: tuple[Case, ...] = (
    *table1.CASES,
    *matching.CASES,
    *weighting.CASES,
    *curves.CASES,
    *cox.CASES,
    *competing.CASES,
    *imputation.CASES,
    *resampling.CASES,
)
ENOUGH_DATA_SETS = 2


@dataclass(frozen=True, slots=True)
class Verification:
    """All numbers, the data sets they were computed on, and which public functions they rest on: name -> data sets."""

    checks: tuple[Check, ...]
    data_sets: tuple[DataSet, ...]
    functions: Mapping[str, frozenset[str]]

    @property
    def misses(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)

    @property
    def largest_relative(self) -> float:
        """Of the numbers that are known to all their digits."""
        return max((check.relative for check in self.checks if check.kind == Kind.SOFTWARE), default=0.0)

    @property
    def covered(self) -> tuple[str, ...]:
        """Functions that stand on at least two data sets."""
        return tuple(name for name, sets in self.functions.items() if len(sets) >= ENOUGH_DATA_SETS)

    @property
    def summary(self) -> str:
        agree = len(self.checks) - len(self.misses)
        return (
            f"{agree} of {len(self.checks)} numbers agree on {len(self.data_sets)} data sets; largest relative "
            f"difference to software {brief(self.largest_relative)}; functions covered {len(self.covered)} of "
            f"{len(self.functions)}"
        )

    def by_method(self) -> Mapping[str, tuple[Check, ...]]:
        """The checks of each function, in the order of the functions."""
        names = dict.fromkeys(check.method for check in self.checks)
        return {name: tuple(check for check in self.checks if check.method == name) for name in names}


def verify(shared: Path | None = None) -> Verification:
    """Compute every case and compare it. `shared` is a folder with further open data and R's numbers on them, which
    are taken in where it is given.

    Needs neither database nor network. Raises KeyError where a reference names a number that no case gives.
    """
    more = () if shared is None else beside.data_sets(shared)
    data_sets = {data.name: data for data in (*DATA_SETS, *more) if data.is_here}
    cases = [case for case in (*SHIPPED, *further.CASES) if case.data in data_sets]
    references = [*of_r(), *of_publications()]
    if shared is not None:
        references += beside.references(shared)
    tables = {name: data.read() for name, data in data_sets.items()}
    checks = tuple(_checks(cases, references, tables))
    used = {case.data for case in cases}
    return Verification(checks, tuple(data for data in data_sets.values() if data.name in used), _functions(cases))


def _checks(
    cases: Iterable[Case], references: Iterable[Reference], tables: Mapping[str, pd.DataFrame]
) -> Iterator[Check]:
    names = public_functions()
    waiting: dict[Key, list[Reference]] = {}
    for reference in references:
        waiting.setdefault(reference.key, []).append(reference)
    for case in cases:
        found = case.compute(tables[case.data])
        for reference in waiting[case.key]:
            yield from _compare(names[case.methods[0]], reference, found)


def _compare(method: str, reference: Reference, found: Numbers) -> Iterator[Check]:
    _, data, variant = reference.key
    for name, expected in reference.numbers.items():
        number = f"{name} ({variant})" if variant else name
        yield Check(method, data, number, reference.source, reference.kind, expected, float(found[name]))


def _functions(cases: Iterable[Case]) -> Mapping[str, frozenset[str]]:
    names = public_functions()
    found: dict[str, set[str]] = {name: set() for name in names.values()}
    for case in cases:
        for method in case.methods:
            found[names[method]].add(case.data)
    return {name: frozenset(sets) for name, sets in found.items()}
