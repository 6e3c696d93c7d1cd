"""The table 'published | ours': every figure, what was a target, and whether it was met."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exchange.study_cohort import comparison, comparison_output, published
from exchange.study_cohort.comparison_row import Row, probability, target
from tests.exchange import cohorts


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return comparison.rows(cohorts.result(1))


def test_every_target_is_met(rows: list[Row]) -> None:
    assert [row for row in rows if row.met is False] == []
    assert sum(row.met is True for row in rows) > 80


def test_every_published_figure_has_a_row(rows: list[Row]) -> None:
    figures = published.figures()
    sections = [row.section for row in rows]
    # Per variable of Table 1 the counts of two arms and a p-value, before and after matching.
    assert sections.count("Table 1 before matching") == sections.count("Table 1 after matching") == 63
    assert sections.count("Table 2, univariate (matched)") == len(figures["table2"])
    assert sections.count("Table 2, multivariable (matched)") == sum("multi" in row for row in figures["table2"])
    assert sections.count("Combinations (Figure 2)") == 3
    assert sections.count("Landmarks (Figure 4)") == 2


def test_p_values_before_matching_agree_with_print_but_for_the_known_one(rows: list[Row]) -> None:
    p_values = [row for row in rows if row.section == "Table 1 before matching" and row.figure.endswith(": p")]
    odd = [row for row in p_values if row.published != row.ours]
    assert [(row.figure, row.published, row.ours, row.met) for row in odd] == [
        ("Response to PCT: p", "0.214", "0.213", None)
    ]


def test_misprints_and_counts_after_matching_are_no_targets(rows: list[Row]) -> None:
    assert {row.verdict for row in rows if row.section == "Table 1 after matching"} == {"no target"}
    bone = next(row for row in rows if "bone_metastasis, Multiple" in row.figure)
    assert bone.verdict == "no target"
    assert "misprint" in bone.note


def test_a_figure_off_its_target_is_called_missed() -> None:
    assert target("s", "f", "10 / 20", "11 / 19").verdict == "missed"
    assert target("s", "f", 40.1, 43.2, within=3.0, decimals=1).verdict == "missed"
    assert target("s", "f", 40.1, 43.0, within=3.0, decimals=1).verdict == "met"
    assert target("s", "f", 40.1, None, within=3.0, decimals=1).ours == "not reached"
    assert [probability(p) for p in (0.0004, 0.0005, 0.59, "<0.001", None)] == [
        "<0.001",
        "0.001",
        "0.590",
        "<0.001",
        "-",
    ]


def test_the_command_prints_and_writes_the_table(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(cohorts.result(1).to_json()))
    said = io.StringIO()
    call_command("published_vs_ours", file, stdout=said)
    assert "targets met" in said.getvalue()
    assert "Matched pairs" in said.getvalue()
    with (tmp_path / "published_vs_ours.csv").open(newline="", encoding="utf-8") as written:
        lines = list(csv.DictReader(written))
    assert tuple(lines[0]) == comparison_output.COLUMNS
    assert len(lines) == len(comparison.rows(cohorts.result(1)))
    assert lines[0]["published"] == lines[0]["ours"] == "746"


def test_what_is_no_result_of_this_study_is_refused(tmp_path: Path) -> None:
    other = replace(cohorts.result(1), spec=replace(cohorts.plan(), name="another"))
    with pytest.raises(comparison.OtherPlanError, match="'another'"):
        comparison.rows(other)
    file = tmp_path / "result.json"
    with pytest.raises(CommandError, match="No such file"):
        call_command("published_vs_ours", file)
    file.write_text("{}")
    with pytest.raises(CommandError, match="no result of a study"):
        call_command("published_vs_ours", file)
    assert not (tmp_path / "published_vs_ours.csv").exists()
