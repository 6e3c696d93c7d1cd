"""The verification: every number agrees, every function that gives numbers is in it and documented, a miss is seen."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyses.pipeline import steps
from analyses.pipeline.survival import logrank
from analyses.verification import Check, Kind, Verification, __main__, further, public_functions, run, verify
from analyses.verification.case import Case
from analyses.verification.check import as_printed, by_chance, of_software
from analyses.verification.coverage import METHODS
from analyses.verification.datasets import DATA_SETS, counts, draws
from analyses.verification.references import of_publications, of_r
from tests.conftest import SHARED
from tests.pipeline.shared_data import needs_shared, published

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "methods.md"
STEPS = Path(steps.__file__ or "").parent
# what the steps of a study take from the pipeline and what gives no number of its own
PLUMBING = {
    "checks", "clock", "criteria", "dataset", "design", "errors", "linear", "references", "results", "spec", "steps",
    "threads", "tie_order",
}  # fmt: skip
TIED = {"leukemia", "rossi", "dd", "waltons", "senators", "myeloma"}
NO_TIMES = {"describe", "propensity", "matching", "balance", "sensitivity"}


@cache
def shipped() -> Verification:
    return verify()


def test_every_number_agrees_without_anything_beside_the_checkout() -> None:
    found = shipped()
    assert [f"{check.method} {check.data} {check.number}" for check in found.misses] == []
    assert len(found.checks) > 600
    assert len(found.data_sets) > 25
    assert 0 < found.largest_relative < 1e-6
    assert found.summary.startswith(f"{len(found.checks)} of {len(found.checks)} numbers agree")


def test_numbers_beside_the_checkout_agree_too() -> None:
    needs_shared("reference/r_reference.json")
    found = verify(SHARED)
    assert [f"{check.method} {check.data} {check.number}" for check in found.misses] == []
    assert len(found.checks) > len(shipped().checks) + 150
    tcga = [check for check in found.checks if check.data == "TCGA-CDR" and check.number.startswith("log HR")]
    assert len(tcga) == 27


@pytest.mark.parametrize("name", public_functions().values())
def test_each_public_function_stands_on_two_data_sets_one_with_heavy_ties(name: str) -> None:
    sets = shipped().functions[name]
    assert len(sets) >= 2
    assert name.partition(".")[0] in NO_TIMES or sets & TIED


def test_what_the_steps_of_a_study_call_is_verified_or_gives_no_numbers() -> None:
    verified = {module.__name__.rpartition(".")[2] for module in METHODS}
    imports = re.compile(r"^from analyses\.pipeline(?:\.(\w+)\S*)? import (.*)", re.MULTILINE)
    found: set[str] = set()
    for file in STEPS.glob("*.py"):
        for module, names in imports.findall(file.read_text(encoding="utf-8")):
            found |= {module} if module else set(names.split(", "))
    assert found - verified - PLUMBING == set()
    assert found >= verified


def documented() -> dict[str, list[str]]:
    """The data sets that the documentation names for each function."""
    found, name = dict[str, list[str]](), ""
    for line in DOCUMENTATION.read_text(encoding="utf-8").splitlines():
        if line.startswith("#### "):
            name = line.removeprefix("#### ").strip("`")
        elif line.startswith("Verified on: "):
            found[name] = line.removeprefix("Verified on: ").split(", ")
    return found


def test_each_public_function_is_documented_with_the_data_sets_that_it_is_verified_on() -> None:
    verified: dict[str, dict[str, None]] = {name: {} for name in public_functions().values()}
    shipped_sets = {data.name for data in DATA_SETS}
    for case in (*run.SHIPPED, *further.CASES):
        shown = case.data if case.data in shipped_sets else f"**{case.data}**"
        for method in case.methods:
            verified[public_functions()[method]].setdefault(shown)
    assert documented() == {name: list(sets) for name, sets in verified.items()}


def test_ties_are_as_heavy_as_is_said() -> None:
    columns = {
        "leukemia": "t",
        "rossi": "week",
        "dd": "duration",
        "waltons": "T",
        "senators": "time",
        "myeloma": "time",
    }
    assert set(columns) == TIED
    for data in DATA_SETS:
        if data.name in columns:
            time = data.read()[columns[data.name]]
            assert time.duplicated(keep=False).mean() > 0.6, data.name


def test_each_case_has_a_reference_and_each_reference_a_case() -> None:
    here = {case.key for case in run.SHIPPED}
    references = [*of_r(), *of_publications()]
    assert here == {reference.key for reference in references if reference.key.data != "RADCURE"}
    assert {reference.kind for reference in references} == set(Kind)
    assert all(reference.source and reference.numbers for reference in references)


def test_replicates_are_those_of_numpy() -> None:
    for name, n in (("leukemia", 42), ("leukemia pairs", 21), ("gbsg2", 686), ("gbsg2 pairs", 246)):
        for number, units in enumerate(draws(name)):
            np.testing.assert_array_equal(units, np.random.default_rng([7, number]).integers(n, size=n))


def test_the_study_is_transcribed_without_error() -> None:
    (npc,) = (data.read() for data in DATA_SETS if data.name == "npc")
    for row in published()["table1"]:
        for when in ("before", "after"):
            expected = np.column_stack([row[when]["PCT+RT"], row[when]["PCT+CCRT"]])
            np.testing.assert_array_equal(counts(npc, f"{row['variable']} {when}"), expected)


@pytest.mark.parametrize(
    ("text", "agrees", "disagrees"),
    [
        ("0.590", 0.5904504, 0.59051),
        (".18", 0.18409, 0.1851),
        ("93", 93.4, 93.6),
        ("-0.0849", -0.08487, -0.08496),
        ("<0.001", 0.0009, 0.0011),
        ("1.0", 0.95, 0.949),
    ],
)
def test_printed_digits_leave_half_a_unit(text: str, agrees: float, disagrees: float) -> None:
    def passed(found: float) -> bool:
        return Check("m", "d", "n", "s", Kind.PUBLICATION, as_printed(text), found).passed

    assert passed(agrees)
    assert not passed(disagrees)
    assert not passed(float("nan"))


def test_software_is_met_to_a_millionth_and_counts_exactly() -> None:
    near, far, count, chance = of_software(2.0), of_software(-1e-30), of_software(0.0), by_chance(1.0, 0.2)
    assert near.allowed == pytest.approx(2e-6)
    assert far.allowed == pytest.approx(1e-36)
    assert count.allowed == 0
    assert chance.allowed == 0.2


def test_a_miss_is_shown_and_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(table: pd.DataFrame) -> dict[str, float]:
        found = logrank(table["time"], table["status"], table["x"])
        observed, expected = found.observed[0], found.expected[0]
        return {
            "chi-square": found.statistic * (1 + 2e-6),
            "p": found.p,
            **dict(zip(NAMES, (observed, expected), strict=True)),
        }

    monkeypatch.setattr(run, "SHIPPED", (Case("aml", (logrank,), wrong),))
    monkeypatch.setattr(__main__, "beside_checkout", lambda: None)
    assert __main__.main() == 1
    printed = capsys.readouterr().out
    assert printed.count("MISS") == 2  # in its place and at the end
    assert "3 of 4 numbers agree" in printed
    assert "functions covered 0 of" in printed


NAMES = ("observed, first group", "expected, first group")


def test_the_table_names_what_was_verified(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tuple(case for case in run.SHIPPED if case.methods == (logrank,))
    monkeypatch.setattr(run, "SHIPPED", cases)
    monkeypatch.setattr(__main__, "beside_checkout", lambda: None)
    assert __main__.main() == 0
    printed = capsys.readouterr().out
    for part in ("survival.logrank", "survdiff(Surv(t, status) ~ Rx, leukemia)", "16.79", "numpy", "R 4.2.2", "pass"):
        assert part in printed
    assert "MISS" not in printed
