"""Several causes that end follow-up."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from analyses.pipeline.competing import cause_specific, cumulative_incidence, fine_gray, gray_test
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.cox import terms
from analyses.verification.datasets import design


def _incidence(group: str, name: str, times: Sequence[float], table: pd.DataFrame) -> Numbers:
    """Of the first cause in one group."""
    at = cumulative_incidence(table["time"], table["event"], group=table[group]).curve(1, name).at(times)
    numbers: dict[str, float] = {}
    for time, incidence, se in zip(times, at.incidence.tolist(), at.se.tolist(), strict=True):
        numbers |= {f"F({time:g})": incidence, f"SE({time:g})": se}
    return numbers


def _gray(group: str, cause: int, table: pd.DataFrame, **options: Any) -> Numbers:
    found = gray_test(table["time"], table["event"], table[group], cause=cause, **options)
    return {"chi-square": found.statistic, "p": found.p}


def _stratified(table: pd.DataFrame) -> Numbers:
    return _gray("party", 2, table, strata=table["quebec"], rho=1)


def _fine_gray(names: Sequence[str], table: pd.DataFrame) -> Numbers:
    fit = fine_gray(design(table, *names), table["time"], table["event"], cause=1)
    numbers = {"log-likelihood": fit.loglik[1]}
    for term in fit.terms():
        numbers |= {f"log HR {term.name}": term.coef, f"SE {term.name}": term.se}
    return numbers


def _cause_specific(names: Sequence[str], table: pd.DataFrame) -> Numbers:
    return terms(cause_specific(design(table, *names), table["time"], table["event"], cause=1))


HEART = ("age", "year", "surgery")
OFFICE = ("liberal", "quebec", "ontario")
CASES = (
    Case("waiting", (cumulative_incidence,), partial(_incidence, "arm", "old", (5, 20, 51))),
    Case("senators", (cumulative_incidence,), partial(_incidence, "party", "liberal", (5, 10, 20))),
    Case("waiting", (gray_test,), partial(_gray, "arm", 1)),
    Case("senators", (gray_test,), partial(_gray, "party", 1)),
    Case("senators", (gray_test,), _stratified, "stratified, rho 1"),
    Case("waiting", (fine_gray,), partial(_fine_gray, HEART)),
    Case("senators", (fine_gray,), partial(_fine_gray, OFFICE)),
    Case("waiting", (cause_specific,), partial(_cause_specific, HEART)),
    Case("senators", (cause_specific,), partial(_cause_specific, OFFICE)),
)
