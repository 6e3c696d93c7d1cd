"""The bench compares like with like: the same rows, the same answers, and targets judged by what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from analyses.pipeline.cox import fit_cox
from bench.clocks import Timed, here, medians
from bench.flat_rows import COVARIATES, FlatRows, flat_rows
from bench.handover import MISSING, read_column, write_columns
from bench.served import TooLong, python_module
from bench.table import OURS, Line, Report, Section


def test_a_target_is_judged_by_the_ratio_or_by_the_value() -> None:
    values = {OURS: 2.0, "R": 10.0}
    assert Line(rows=1, what="a", values=values, against="R", limit=0.2).met is True
    assert Line(rows=1, what="a", values=values, against="R", limit=0.1).met is False
    assert Line(rows=1, what="a", values=values, limit=1.5).met is False
    assert Line(rows=1, what="a", values=values, against="R").met is None
    assert Line(rows=1, what="a", values={OURS: 2.0}, against="R", limit=0.2).met is None


def test_a_contender_that_was_stopped_can_only_confirm_a_target() -> None:
    values = {OURS: 2.0, "R": 10.0}
    assert Line(rows=1, what="a", values=values, against="R", limit=0.2, at_least=True).met is True
    assert Line(rows=1, what="a", values=values, against="R", limit=0.1, at_least=True).met is None


def test_a_report_is_kept_as_json_and_as_text(tmp_path: Path) -> None:
    line = Line(rows=355, what="Cox", values={OURS: 0.002, "R": 0.004}, against="R", limit=1.0)
    section = Section(title="Methods", lines=(line,), remarks=("Warm.",))
    Report(machine={"cores": "2"}, sections=(section,)).write(tmp_path)
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert kept["sections"][0]["lines"][0] | {"ratio": 0.5, "met": True} == kept["sections"][0]["lines"][0]
    text = (tmp_path / "bench.txt").read_text()
    assert "2.00 ms" in text
    assert "<= 1 x R" in text
    assert "met" in text


def test_different_answers_are_not_timed() -> None:
    def other(repetitions: int) -> Timed:
        return Timed(1.0, 2.0)

    with pytest.raises(ValueError, match="do not compute the same"):
        medians({OURS: here(lambda: 1.0), "theirs": other}, 355)


def test_medians_are_of_one_call() -> None:
    found = medians({OURS: lambda repetitions: Timed(repetitions * 0.0 + 3.0, 1.0)}, 355)
    assert found == {OURS: 3.0}


def test_columns_come_back(tmp_path: Path) -> None:
    columns = {
        "months": np.array([1.5, 2.25, 0.125]),
        "event": np.array([True, False, True]),
        "stage": pd.Categorical(["II", None, "I"], categories=["I", "II"]),
    }
    write_columns(columns, tmp_path)
    np.testing.assert_array_equal(read_column("months", tmp_path), columns["months"])
    np.testing.assert_array_equal(read_column("event", tmp_path), [1, 0, 1])
    np.testing.assert_array_equal(read_column("stage", tmp_path), [2, MISSING, 1])


@pytest.mark.parametrize("n", [355, 5000])
def test_flat_rows_are_a_follow_up_of_ten_years_with_heavy_ties(n: int, tmp_path: Path) -> None:
    rows = flat_rows(n)
    assert rows.design.shape == (n, COVARIATES)
    assert set(np.unique(rows.design)) == {0.0, 1.0}
    assert rows.time.min() >= 1
    assert rows.time.max() == 3652
    assert 0.3 < rows.event.mean() < 0.9
    assert fit_cox(rows.design, rows.time, rows.event).diverging == ()
    write_columns(rows.columns(), tmp_path)
    again = FlatRows.read(tmp_path)
    for name in ("design", "time", "event", "arm"):
        np.testing.assert_array_equal(getattr(again, name), getattr(rows, name))


def test_flat_rows_of_one_seed_are_one_table() -> None:
    np.testing.assert_array_equal(flat_rows(50).design, flat_rows(50).design)
    assert not np.array_equal(flat_rows(50, seed=2).time, flat_rows(50).time)


def test_a_process_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow.py").write_text("print('ready', flush=True)\nfor _ in iter(input, ''):\n    while True: pass\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with python_module("slow") as served, pytest.raises(TooLong) as stopped:
        served.ask("go", allowed=0.5)
    assert stopped.value.seconds > 0


def test_a_process_that_fails_is_no_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.py").write_text("print('ready', flush=True)\ninput()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with python_module("broken") as served, pytest.raises(RuntimeError, match="ended early"):
        served.ask("go", allowed=30)


def test_lines_print_without_a_terminal() -> None:
    console = Console(width=140, record=True, file=None)
    with console.capture() as captured:
        Report(machine={}, sections=(Section(title="Empty", lines=()),)).show(console)
    assert "Empty" in captured.get()
