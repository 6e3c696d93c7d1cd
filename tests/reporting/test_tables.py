"""Tables hold the numbers of the result, as they should be printed."""

from __future__ import annotations

import pytest

from analyses.pipeline.results import StudyResult
from analyses.reporting import catalogue, format
from analyses.reporting.table import Row, Table, left, right, row
from analyses.reporting.tables import survival
from analyses.reporting.tables.attrition import attrition_table
from analyses.reporting.tables.baseline import baseline_table
from analyses.reporting.tables.effects import subgroups_table
from analyses.reporting.tables.prognostic import cox_table, steps_table
from analyses.reporting.tables.score import balance_table
from analyses.reporting.tables.toxicity import toxicity_table
from tests.reporting import factories


def texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


def table(result: StudyResult, name: str) -> Table:
    return next(item for item in catalogue.tables(result) if item.name == name)


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 columns"):
        Table(name="t", title="T", columns=(left("A"), right("B")), rows=(row("a"),))


def test_baseline_table_before_and_after_matching() -> None:
    found = baseline_table(factories.table1(), factories.table1(p=0.9997))
    assert [column.full_heading for column in found.columns] == [
        "Characteristic",
        "Before matching: PCT+RT (n = 192), n (%)",
        "Before matching: PCT+CCRT (n = 163), n (%)",
        "Before matching: p",
        "Before matching: Test",
        "Before matching: SMD",
        "After matching: PCT+RT (n = 192), n (%)",
        "After matching: PCT+CCRT (n = 163), n (%)",
        "After matching: p",
        "After matching: Test",
        "After matching: SMD",
    ]
    assert [texts(item) for item in found.rows] == [
        ["Sex", "", "", "<0.001", "a", "0.046", "", "", ">0.999", "a", "0.046"],
        ["Male", "163 (84.9)", "141 (86.5)", "", "", "", "163 (84.9)", "141 (86.5)", "", "", ""],
        ["Female", "29 (15.1)", "22 (13.5)", "", "", "", "29 (15.1)", "22 (13.5)", "", "", ""],
        ["Age, years", "45.5 (38.0–53.2)", "–", "–", "b", "–", "45.5 (38.0–53.2)", "–", "–", "b", "–"],
    ]
    assert [item.kind for item in found.rows] == ["group", "level", "level", "plain"]
    assert found.notes[0] == "Tests: a, Pearson chi-square with Yates correction; b, no test."
    assert "Age: One group is empty." in found.notes


def test_survival_tables() -> None:
    found = survival.groups_table([factories.comparison()], name="survival", title="Survival")
    assert texts(found.rows[0])[0] == "Overall survival, matched patients"
    assert texts(found.rows[2]) == [
        "PCT+CCRT",
        "133",
        "49",
        "55.7 (46.5–66.7)",
        "–",
        "40.1 (36.2–NR)",
        "50.8 (47.0–55.2)",
    ]


def test_hazard_ratios_show_the_robust_one_first_and_the_test_once() -> None:
    found = survival.comparison_table([factories.comparison()], name="hr", title="HR")
    assert [texts(item)[1:] for item in found.rows] == [
        ["robust, clustered by pair", "268", "116", "0.67 (0.46–0.97)", "0.033", "0.034", "0.310"],
        ["model-based", "268", "116", "0.67 (0.45–0.99)", "0.045", "", ""],
    ]


def test_a_comparison_without_a_hazard_ratio_says_why() -> None:
    nothing = factories.comparison(hazard_ratio=None, robust=None, note="No event in PCT+RT: no hazard ratio.")
    found = survival.comparison_table([nothing], name="hr", title="HR")
    assert texts(found.rows[0])[1:6] == ["–", "267", "98", "–", "–"]
    assert "Overall survival, matched patients: No event in PCT+RT: no hazard ratio." in found.notes


def test_differences_in_points_and_months() -> None:
    found = survival.difference_table([factories.comparison()], name="d", title="D")
    assert texts(found.rows[0]) == [
        "Overall survival, matched patients",
        "16.7 (−1.2 to 32.1)",
        "1.2 (−0.5 to 3.0)",
    ]


def test_guarded_subgroups_have_words_where_others_have_numbers() -> None:
    found = subgroups_table(factories.subgroups(), factories.ARMS, "Overall survival")
    assert [texts(item) for item in found.rows] == [
        ["All patients", "", "", "0.67 (0.46–0.97)", "", ""],
        ["Metastatic lesions", "", "", "", "", "0.412"],
        ["Oligo", "30/60", "20/68", "0.67 (0.46–0.97)", "0.200", ""],
        ["Multiple", "2/20", "1/15", "fewer than 5 events", "–", ""],
    ]


def test_balance_gives_each_level_its_verdict_and_drops_ratios_nobody_has() -> None:
    found = balance_table(factories.balance())
    assert [texts(item) for item in found.rows] == [
        ["Sex", "", "", "", ""],
        ["Male", "0.300", "0.050", "yes", "balanced"],
        ["Female", "−0.300", "−0.150", "yes", "not balanced"],
    ]


def test_attrition_adds_up(result: StudyResult) -> None:
    found = attrition_table(result)
    numbers = [[int(cell.number or 0) for cell in item.cells[2:]] for item in found.rows if item.kind == "plain"]
    for before, not_met, unknown, after in numbers:
        assert before - not_met - unknown == after
    assert [after for *_, after in numbers][:-1] == [before for before, *_ in numbers][1:]
    assert numbers[-1][-1] == sum(arm.n for arm in result.arms)


def test_cox_table_prints_both_models(result: StudyResult) -> None:
    found = result.prognostic
    assert found is not None
    assert found.model is not None
    printed = cox_table(found, "Overall survival")
    for term in found.model.terms:
        ratio = format.ratio_interval(term.hr, term.lower, term.upper)
        assert any(texts(item)[4] == ratio and texts(item)[0] == term.level for item in printed.rows)
    shown = [item for item in found.univariate if item.terms]
    assert sum(len(item.terms) for item in shown) == sum(
        1 for item in printed.rows if texts(item)[2] not in ("", format.ABSENT)
    )


def test_every_step_of_the_selection_is_shown(result: StudyResult) -> None:
    assert result.prognostic is not None
    printed = steps_table(result.prognostic, {"pct_cycles": "PCT cycles"})
    assert len(printed.rows) == len(result.prognostic.steps)
    for line, step in zip(printed.rows, result.prognostic.steps, strict=True):
        assert texts(line)[4] == f"{step.statistic:.3f}"


def test_toxicity_has_a_heading_per_phase_and_every_row(result: StudyResult) -> None:
    assert result.toxicity is not None
    printed = toxicity_table(result, result.toxicity)
    phases = {item.phase for item in result.toxicity.rows}
    assert len(printed.rows) == len(result.toxicity.rows) + len(phases)
    first = result.toxicity.rows[0]
    assert texts(printed.rows[1])[:2] == [first.term, format.count_percent(first.counts[0], first.percents[0])]


def test_the_catalogue_has_a_table_for_each_part_of_the_study(result: StudyResult) -> None:
    names = [item.name for item in catalogue.tables(result)]
    assert len(names) == len(set(names))
    assert {
        "summary", "diagnostics", "attrition", "table1", "matching", "treated_lost", "score_model", "balance",
        "survival", "hazard_ratios", "differences", "cox", "cox_model", "cox_steps", "combinations", "subgroups",
        "landmarks", "toxicity", "tie_orders", "sensitivity", "manifest", "second_opinion",
    } <= set(names)  # fmt: skip


def test_a_plan_without_matching_has_only_what_it_asked_for(second_result: StudyResult) -> None:
    names = {item.name for item in catalogue.tables(second_result)}
    assert "time_dependent" in names
    assert not names & {"matching", "balance", "survival", "subgroups"}


def test_terms_of_the_score_are_in_words(result: StudyResult) -> None:
    printed = table(result, "score_model")
    assert not [item for item in printed.rows if "=" in texts(item)[0] and ": " not in texts(item)[0]]


def test_the_manifest_replays_but_does_not_time(result: StudyResult) -> None:
    printed = dict(texts(item) for item in table(result, "manifest").rows)
    assert printed["Plan fingerprint (SHA-256)"] == result.spec.fingerprint()
    assert printed["Result fingerprint (SHA-256)"] == result.fingerprint()
    assert printed["Seed"] == str(result.spec.seed)
