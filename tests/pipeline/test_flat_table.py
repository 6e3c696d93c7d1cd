"""A flat file as a dataset: what is declared is read, what is not is named cell by cell, and the numbers are those of
other software and of the same patients read another way."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.datasets import load_rossi

from analyses.pipeline import codec
from analyses.pipeline.dataset import Dataset, Exclusion
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.flat.declaration import FlatTable
from analyses.pipeline.flat.declared import check_plan
from analyses.pipeline.flat.problems import Problem, TableRefused, grouped
from analyses.pipeline.flat.propose import propose
from analyses.pipeline.flat.read import FlatRead, read_flat
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec, Toxicity
from analyses.pipeline.study import run_study
from registry.paths import BASE_DIR
from tests.pipeline import test_radcure_plan
from tests.pipeline.factories import plan
from tests.pipeline.shared_data import close, needs_shared

RADCURE = "data/radcure/RADCURE_Clinical_v04_20241219.csv"
SEX = {"name": "sex", "kind": "categorical", "levels": ["Male", "Female"], "values": {"M": "Male", "9": None}}
AGE = {"name": "age", "kind": "numeric", "unit": "years"}
STATUS = {"column": "status", "event": ["dead"], "censored": ["alive"]}
OS = {
    "name": "os",
    "label": "Overall survival",
    "event_label": "Death",
    "time": {"column": "time", "unit": "months"},
    "status": STATUS,
}
BETWEEN = {"start": "start", "end": ["died", "seen"]}
HEADING = "id,sex,age,time,status"
DATES = "id,sex,age,start,died,seen,status"
GOOD = "1,Male,50,12,dead"


def example(name: str) -> dict[str, Any]:
    return json.loads((BASE_DIR / "docs" / "examples" / f"{name}.json").read_text())


def declared(**changes: Any) -> FlatTable:
    """A small table: sex, age, overall survival."""
    base = {"title": "A table", "id": "id", "time_zero": "randomisation", "variables": [SEX, AGE], "endpoints": [OS]}
    return codec.from_json(FlatTable, base | changes)


def with_dates(**changes: Any) -> FlatTable:
    return declared(endpoints=[OS | {"time": BETWEEN}], date_format="%d.%m.%Y", **changes)


def read(table: FlatTable, *lines: str) -> FlatRead:
    """The table in comma-separated lines, the heading first."""
    heading, *rows = (line.split(",") for line in lines)
    return read_flat(table, heading, list(enumerate(rows, start=2)))


def refused(table: FlatTable, *lines: str) -> tuple[Problem, ...]:
    with pytest.raises(TableRefused) as refusal:
        read(table, *lines)
    return refusal.value.problems


def texts(column: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else value for value in column]


def rossi() -> tuple[list[str], list[tuple[int, list[str]]]]:
    table = load_rossi()
    table.insert(0, "id", [f"{number:03d}" for number in range(1, len(table) + 1)])
    return list(table.columns), [(line, [str(cell) for cell in row]) for line, row in enumerate(table.to_numpy(), 2)]


def radcure() -> tuple[list[str], list[tuple[int, list[str]]]]:
    with open(needs_shared(RADCURE), encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    return heading, list(enumerate(rows, start=2))


def study(spec: StudySpec, columns: Sequence[str], rows: list[tuple[int, list[str]]]) -> StudyResult:
    return run_study(read_flat(check_plan(spec), columns, rows).dataset, spec)


def test_rossi_is_what_lifelines_makes_of_it() -> None:
    """The example of the guide; the trial has many arrests in the same week."""
    result = study(StudySpec.from_json(example("rossi")), *rossi())
    fit = lifelines.CoxPHFitter().fit(load_rossi(), "week", "arrest", fit_options={"precision": 1e-12})
    assert result.prognostic is not None
    assert result.prognostic.model is not None
    ours = {term.variable: (term.log_hr, term.se) for term in result.prognostic.model.terms}
    names = {"aid": "fin", "work": "wexp", "married": "mar", "parole": "paro", "convictions": "prio"}
    for name, estimate in ours.items():
        column = names.get(name, name)
        close(estimate, (fit.params_[column], fit.standard_errors_[column]))
    aid = result.comparison("arrest", "all").groups[1]
    plain = load_rossi().query("fin == 1")
    km = lifelines.KaplanMeierFitter().fit(plain["week"] * 7 / 30.4375, plain["arrest"])
    close([rate.survival for rate in aid.rates], km.predict([3, 6, 9, 11]).to_numpy())
    assert (result.manifest.registry, result.manifest.data_cutoff) == ("Rossi trial of financial aid", "")


def test_radcure_is_what_the_table_says_when_it_is_read_plainly() -> None:
    """The saved plan on the declared table, against the same plan on a table made by hand, which other software has
    confirmed."""
    saved = plan("radcure_chemo_rt_vs_rt").to_json()
    table = example("radcure")["table"]
    spec = StudySpec.from_json(saved | {"derivation": None, "table": table, "sensitivity": None})
    ours, theirs = study(spec, *radcure()), test_radcure_plan.study()
    assert [arm.n for arm in ours.arms] == [arm.n for arm in theirs.arms] == [898, 1186]
    for population in ("all", "matched"):
        one, other = (result.comparison("os", population) for result in (ours, theirs))
        assert one.hazard_ratio == other.hazard_ratio
        assert one.groups == other.groups
    assert ours.matching is not None
    assert theirs.matching is not None
    rows = {patient: row for row, patient in enumerate(ours.attrition.patients)}
    places = {patient: row for row, patient in enumerate(theirs.attrition.patients)}
    assert [(rows[one], rows[other]) for one, other in ours.matching.pairs] == [
        (places[one], places[other]) for one, other in theirs.matching.pairs
    ]


def test_the_radcure_example_runs_as_it_stands() -> None:
    result = study(StudySpec.from_json(example("radcure")), *radcure())
    assert (result.manifest.data_cutoff, result.attrition.top_count) == ("2012-12-31", 3346)
    assert [row.not_met + row.unknown for row in result.attrition.rows][:2] == [451, 722]
    assert any("immortal time" in warning for warning in result.warnings)


def test_what_is_declared_is_read() -> None:
    table = declared(missing=["NA"])
    found = read(table, HEADING, "b,M,50,12,dead", "a, Female,NA,0.5,alive", "c,9,1e1,24,alive")
    frame = found.dataset.frame
    assert list(frame.index) == ["a", "b", "c"]
    assert texts(frame["sex"]) == ["Female", "Male", None]
    np.testing.assert_array_equal(frame["age"], [np.nan, 50, 10])
    np.testing.assert_array_equal(frame["os_months"], [0.5, 12, 24])
    assert list(frame["os_event"]) == [0, 1, 0]
    assert (found.dataset.registry, found.dataset.parameters, found.dataset.exclusions) == ("A table", None, ())
    assert Dataset.from_parquet(found.dataset.to_parquet()).sha256() == found.dataset.sha256()
    assert found.notes == ("Cells of 'sex' with blanks at the ends, which were taken off: 1.",)


def test_truth_values_dates_and_decimal_commas() -> None:
    table = declared(
        variables=[
            {"name": "smoker", "kind": "boolean"},
            {"name": "biopsy", "kind": "boolean", "values": {"j": True, "n": False, "?": None}},
            {"name": "born", "kind": "date"},
            {"name": "dose", "kind": "numeric", "values": {"none": 0}},
        ],
        decimal=",",
        date_format="%d.%m.%Y",
    )
    heading = ["id", "smoker", "biopsy", "born", "dose", "time", "status"]
    rows = [
        (2, ["1", "TRUE", "j", "01.02.1950", "1,5", "12,25", "dead"]),
        (3, ["2", "false", "?", "", "none", "1", "alive"]),
    ]
    frame = read_flat(table, heading, rows).dataset.frame
    assert (list(frame["smoker"]), texts(frame["biopsy"])) == ([True, False], [True, None])
    assert texts(frame["born"]) == [pd.Timestamp(1950, 2, 1), None]
    assert (list(frame["dose"]), list(frame["os_months"])) == ([1.5, 0.0], [12.25, 1.0])


@pytest.mark.parametrize(
    ("unit", "months"), [("days", 1 / 30.4375), ("weeks", 7 / 30.4375), ("months", 1.0), ("years", 12.0)]
)
def test_times_become_months(unit: str, months: float) -> None:
    table = declared(endpoints=[OS | {"time": {"column": "time", "unit": unit}}])
    close(read(table, HEADING, GOOD).dataset.frame["os_months"], [12 * months])


def test_times_between_dates_end_at_the_first_date_given_and_at_the_cut_off() -> None:
    lines = [
        DATES,
        "died,Male,50,01.01.2020,31.01.2020,20.01.2020,dead",
        "seen,Male,50,01.01.2020,,02.03.2020,alive",
        "late,Male,50,01.01.2020,01.01.2021,,dead",
        "unsure,Male,50,01.01.2020,,01.01.2021,",
        "after,Male,50,01.01.2021,,01.02.2021,alive",
    ]
    found = read(with_dates(data_cutoff="2020-12-31"), *lines)
    frame = found.dataset.frame
    days = {"after": np.nan, "died": 30, "late": 365, "seen": 61, "unsure": 365}
    np.testing.assert_allclose(frame["os_months"] * 30.4375, [days[patient] for patient in frame.index])
    assert dict(frame["os_event"].dropna()) == {"died": 1, "late": 0, "seen": 0, "unsure": 0}
    reason = "Time zero lies after the data cut-off."
    assert found.dataset.exclusions == (Exclusion(patient="after", reason=reason, endpoint="os"),)
    assert "Patients followed beyond the data cut-off, where 'os' was ended: 2." in found.notes
    whole = read(with_dates(), *lines).dataset.frame
    assert dict(whole["os_event"].dropna()) == {"after": 0, "died": 1, "late": 1, "seen": 0}


def test_who_has_no_usable_time_stays_with_the_reason() -> None:
    found = read(declared(missing=["?"]), HEADING, GOOD, "2,Male,50,,dead", "3,Male,50,4,?", "4,Male,50,0,alive")
    assert [(item.patient, item.reason) for item in found.dataset.exclusions] == [
        ("2", "'time' is not known."),
        ("3", "'status' is not known."),
    ]
    assert list(found.dataset.frame["os_months"].isna()) == [False, True, True, False]
    assert "Patients without a usable time for 'os': 2." in found.notes


def test_competing_events_and_moments() -> None:
    relapse = OS | {
        "name": "relapse",
        "status": {"column": "status", "event": ["relapse"], "censored": ["alive"], "competing": ["dead"]},
        "competing_label": "Death",
    }
    moments = [{"name": "rt", "label": "Start of RT", "time": {"column": "wait", "unit": "days"}}]
    table = declared(endpoints=[relapse], moments=moments)
    lines = ["id,sex,age,time,status,wait", "1,Male,50,3,relapse,-30.4375", "2,Male,50,4,dead,", "3,Male,50,5,alive,0"]
    dataset = read(table, *lines).dataset
    assert list(dataset.frame["relapse_event"]) == [1, 2, 0]
    assert dataset.endpoints["relapse"].competing == "Death"
    np.testing.assert_array_equal(dataset.frame["rt_months"], [-1, np.nan, 0])


def test_a_moment_after_the_cut_off_has_not_happened() -> None:
    moments = [{"name": "second", "label": "Second line", "time": {"start": "start", "end": ["seen"]}}]
    table = with_dates(data_cutoff="2020-06-30", moments=moments)
    frame = read(table, DATES, "1,Male,50,01.01.2020,,01.08.2020,alive").dataset.frame
    assert np.isnan(frame.loc["1", "second_months"])


@pytest.mark.parametrize(
    ("line", "column", "wrong", "remedy"),
    [
        ("2,male,50,12,dead", "sex", "is none of the levels of 'sex'", "add it to the levels"),
        ("2,Male,fifty,12,dead", "age", "is not a number", "under 'values' or 'missing'"),
        ("2,Male,nan,12,dead", "age", "is not a number", "under 'values' or 'missing'"),
        ("2,Male,1_000,12,dead", "age", "is not a number", "correct the cell"),
        ("2,Male,1e999,12,dead", "age", "is not a number", "correct the cell"),
        ("2,Male,01.02.1950,12,dead", "age", "is a date where a number is expected", "as a date"),
        ("2,Male,50,2020-01-31,dead", "time", "is a date where a number is expected", "by its dates"),
        ("2,Male,50,-1,dead", "time", "is a time before time zero", "or empty it"),
        ("2,Male,50,12,Dead", "status", "is no declared status", "'event', 'censored' or 'competing'"),
        ("1,Male,50,12,dead", "id", "is the patient of line 2 too", "one row per patient"),
        (",Male,50,12,dead", "id", "is blank", "an identifier"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(line: str, column: str, wrong: str, remedy: str) -> None:
    (problem,) = refused(declared(), HEADING, GOOD, line)
    value = line.split(",")[HEADING.split(",").index(column)]
    assert (problem.line, problem.column, problem.value, problem.wrong) == (3, column, value, wrong)
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("line", "column", "wrong"),
    [
        ("2,Male,50,2020-01-01,,02.03.2020,alive", "start", "is not a date of the form %d.%m.%Y"),
        ("2,Male,50,31.02.2020,,02.03.2020,alive", "start", "is not a date of the form %d.%m.%Y"),
        ("2,Male,50,01.01.0220,,02.03.2020,alive", "start", "is a date outside the years 1700 to 2200"),
        ("2,Male,50,01.01.2020,31.12.2019,,dead", "died", "is a date before that in 'start'"),
        ("2,Male,50,01.01.2020,,31.12.2019,alive", "seen", "is a date before that in 'start'"),
    ],
)
def test_a_date_that_does_not_fit_is_named(line: str, column: str, wrong: str) -> None:
    (problem,) = refused(with_dates(), DATES, line)
    assert (problem.column, problem.wrong) == (column, wrong)


@pytest.mark.parametrize(("decimal", "cell", "sign"), [(".", "1,5", ","), (",", "1.5", "."), (".", "1,500", ",")])
def test_another_decimal_sign_is_never_guessed(decimal: str, cell: str, sign: str) -> None:
    table = declared(decimal=decimal)
    with pytest.raises(TableRefused, match=f'has a \'{sign}\'; .*declare "decimal": "{sign}"'):
        read_flat(table, HEADING.split(","), [(2, ["1", "Male", cell, "12", "dead"])])


def test_every_problem_is_named_at_once() -> None:
    lines = [HEADING, "1,X,50,12,dead", "1,X,old,-2,gone", "3,Y,50,12,alive"]
    problems = refused(declared(), *lines)
    assert [(item.line, item.column) for item in problems] == [
        *[(2, "sex"), (3, "id"), (3, "sex"), (3, "age"), (3, "time"), (3, "status"), (4, "sex")],
    ]
    groups = {group.column: group for group in grouped(problems)}
    assert (groups["sex"].lines, groups["sex"].values) == ((2, 3, 4), ("X", "Y"))
    with pytest.raises(TableRefused, match=r"^line 2, column 'sex': 'X' is none of the levels.* And 6 more\.$"):
        read(declared(), *lines)


def test_the_heading_is_checked_before_any_cell() -> None:
    problems = refused(declared(), "id,Sexx,age,age,status", "1,X,1,1,X")
    assert [(item.line, item.column, item.wrong) for item in problems] == [
        (1, "sex", "is not in the heading"),
        (1, "age", "stands in the heading more than once"),
        (1, "time", "is not in the heading"),
    ]
    assert [item.remedy for item in problems] == [
        "correct the declaration, or the heading; the nearest column is 'Sexx'",
        "give each column a name of its own",
        "correct the declaration, or the heading",
    ]
    assert read(declared(), " id,sex ,age,time,status", GOOD).dataset.frame.shape == (1, 4)


def test_a_table_without_rows_is_refused() -> None:
    (problem,) = refused(declared(), HEADING)
    assert (problem.line, problem.wrong) == (1, "is followed by no row")


def test_what_was_left_aside_is_said() -> None:
    notes = read(declared(), HEADING + ",note,weight", GOOD + ",a,70").notes
    assert notes == (
        "No patient has these levels of 'sex': Female.",
        "Columns that the declaration does not name were not read: note, weight.",
    )


cells = st.tuples(
    st.sampled_from(["Male", "Female", "M", "9", "", "male", " Male"]),
    st.sampled_from(["50", "50.5", "", "NA", "old", "-3", "1e1"]),
    st.sampled_from(["0", "12", "12.5", "", "-1", "soon"]),
    st.sampled_from(["dead", "alive", "", "NA", "lost"]),
)


def obvious(row: tuple[str, str, str, str]) -> tuple[list[Any], set[str]]:
    """One row read by hand: (sex, age, months, event), and the columns that do not fit."""
    sex, age, time, status = (cell.strip() for cell in row)
    known = {"Male": "Male", "Female": "Female", "M": "Male", "9": None, "": None}
    wrong = {column for column, bad in (("sex", sex not in known), ("age", age == "old")) if bad}
    wrong |= {column for column, bad in (("time", time in ("-1", "soon")), ("status", status == "lost")) if bad}
    usable = time != "" and status in ("dead", "alive")
    values = [known.get(sex), None if age in ("", "NA", "old") else float(age)]
    return [*values, float(time) if usable and not wrong else None, int(status == "dead") if usable else None], wrong


@given(st.lists(cells, min_size=1, max_size=8))
def test_a_table_is_read_as_by_hand(rows: list[tuple[str, str, str, str]]) -> None:
    numbered = [(line, (f"{line:02d}", *row)) for line, row in enumerate(rows, start=2)]
    by_hand = [obvious(row) for row in rows]
    expected = {(line, column) for (line, _), (_, wrong) in zip(numbered, by_hand, strict=True) for column in wrong}
    table, columns = declared(missing=["NA"]), HEADING.split(",")
    if expected:
        with pytest.raises(TableRefused) as refusal:
            read_flat(table, columns, numbered)
        assert {(item.line, item.column) for item in refusal.value.problems} == expected
        return
    frame = read_flat(table, columns, numbered).dataset.frame
    found = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    assert found == [values for values, _ in by_hand]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"title": ""}, "title"),
        ({"id": ""}, "id"),
        ({"time_zero": ""}, "time_zero"),
        ({"date_format": "dd.mm.yyyy"}, "date_format"),
        ({"date_format": "%d.%m"}, "date_format"),
        ({"date_format": "%Q"}, "date_format"),
        ({"decimal": ";"}, "decimal"),
        ({"variables": [SEX, SEX]}, "variables"),
        ({"variables": [AGE | {"name": "os_months"}]}, "variables"),
        ({"endpoints": [OS, OS]}, "endpoints"),
        ({"variables": [AGE | {"name": "../age"}]}, "variables[0].name"),
        ({"variables": [AGE | {"levels": ["1"]}]}, "variables[0].levels"),
        ({"variables": [SEX | {"levels": []}]}, "variables[0].levels"),
        ({"variables": [SEX | {"levels": ["Male", "Unknown"]}]}, "variables[0].levels"),
        ({"variables": [SEX | {"values": {"M": "Man"}}]}, "variables[0].values.M"),
        ({"variables": [AGE | {"values": {"old": "90"}}]}, "variables[0].values.old"),
        ({"variables": [{"name": "x", "kind": "boolean", "values": {"j": 1}}]}, "variables[0].values.j"),
        ({"endpoints": [OS | {"time": {"column": "time"}}]}, "endpoints[0].time"),
        ({"endpoints": [OS | {"time": BETWEEN | {"column": "time", "unit": "days"}}]}, "endpoints[0].time"),
        ({"endpoints": [OS | {"status": STATUS | {"event": []}}]}, "endpoints[0].status.event"),
        ({"endpoints": [OS | {"status": STATUS | {"event": ["alive"]}}]}, "endpoints[0].status.event"),
        ({"endpoints": [OS | {"competing_label": "Death"}]}, "endpoints[0].competing_label"),
    ],
)
def test_a_declaration_that_means_nothing_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        declared(**changes)
    assert error.value.path == path


def test_a_plan_has_either_a_registry_or_a_table() -> None:
    data = example("rossi")
    for derivation, table in ((None, None), ({"data_cutoff": "2020-01-01"}, data["table"])):
        with pytest.raises(InvalidValueError, match="or else a table"):
            StudySpec.from_json(data | {"derivation": derivation, "table": table})
    with pytest.raises(InvalidValueError, match="table: None is not allowed"):
        check_plan(plan())


def test_the_plan_is_checked_against_the_declaration_before_any_cell() -> None:
    spec = StudySpec.from_json(example("rossi"))
    assert spec.table is not None
    with pytest.raises(InvalidValueError) as error:
        check_plan(replace(spec, survival=replace(spec.survival, endpoints=("os",))))
    assert (error.value.path, error.value.allowed) == ("survival.endpoints[0]", "one of arrest")
    with pytest.raises(InvalidValueError, match="a row per patient holds no list of adverse events"):
        check_plan(replace(spec, toxicity=Toxicity()))


def test_when_the_arms_are_known_has_to_be_said() -> None:
    """Also where the exposure is made from another variable."""
    data = example("rossi")
    del data["table"]["variables"][0]["known_at"]
    groups = [{"level": "with", "values": ["Yes"]}, {"level": "without", "values": ["No"]}]
    data["recodes"] = [{"name": "money", "label": "Money", "variable": "aid", "groups": groups}]
    data["exposure"] |= {"variable": "money", "reference": "without", "treated": "with"}
    with pytest.raises(InvalidValueError, match="are the arms known at release from prison, or only later") as error:
        check_plan(StudySpec.from_json(data))
    assert error.value.path == "table.variables[0].known_at"
    data["table"]["variables"][0]["known_at"] = "follow_up"
    result = study(StudySpec.from_json(data), *rossi())
    assert any("time starts at release from prison" in warning for warning in result.warnings)


def test_a_proposal_becomes_a_plan_when_a_person_completes_it() -> None:
    columns, rows = rossi()
    proposal = propose("rossi.csv", columns, rows)
    draft, table = proposal.spec, proposal.spec["table"]
    assert (table["id"], table["endpoints"][0]["time"]) == ("id", {"column": "week", "unit": "weeks"})
    kinds = {item["name"]: item["kind"] for item in table["variables"]}
    assert (kinds["age"], kinds["prio"], kinds["fin"]) == ("numeric", "numeric", "categorical")
    assert proposal.notes[0].startswith("Say what is null: title, question, table.time_zero, table.endpoints[0].name")
    with pytest.raises(InvalidValueError):
        StudySpec.from_json(draft)
    arm = {"variable": "fin", "reference": "0", "treated": "1", "reference_label": "No aid", "treated_label": "Aid"}
    draft |= {"title": "Aid", "question": "Does aid help?", "exposure": arm}
    draft["survival"]["endpoints"] = ["arrest_time"]
    draft["table1"]["variables"].remove("fin")
    table["time_zero"] = "release"
    next(item for item in table["variables"] if item["name"] == "fin")["known_at"] = "time_zero"
    table["endpoints"][0] |= {"name": "arrest_time", "label": "Freedom from arrest", "event_label": "Arrest"}
    table["endpoints"][0]["status"] = {"column": "arrest", "event": ["1"], "censored": ["0"]}
    hazard_ratio = study(StudySpec.from_json(draft), columns, rows).comparison("arrest_time", "all").hazard_ratio
    assert hazard_ratio is not None
    close(hazard_ratio.hr, 0.6913775583630883)


def test_a_proposal_sees_dates_commas_unknowns_and_free_text() -> None:
    columns = ["Patient ID", "Größe", "Stage", "Entered", "Status", "Remark", "Empty"]
    rows = [
        (
            line,
            [
                f"P{line}",
                f"1,{line:02d}",
                ["II", "I", "n/a"][line % 3],
                f"{line:02d}.12.2020",
                "01"[line % 2],
                "x" * line,
                "",
            ],
        )
        for line in range(2, 32)
    ]
    proposal = propose("a table.xlsx", columns, rows)
    table = proposal.spec["table"]
    assert (proposal.spec["name"], table["id"], table["decimal"]) == ("a_table", "Patient ID", ",")
    assert (table["missing"], table["date_format"]) == (["n/a"], "%d.%m.%Y")
    assert table["variables"] == [
        {"name": "gr_e", "column": "Größe", "label": "Größe", "kind": "numeric", "unit": ""},
        {"name": "stage", "column": "Stage", "label": "Stage", "kind": "categorical", "levels": ["I", "II"]},
    ]
    assert table["endpoints"][0]["time"] == {"start": None, "end": [None]}
    assert table["endpoints"][0]["status"] == {"column": "Status", "event": [], "censored": ["0", "1"]}
    assert proposal.notes[-2:] == (
        "Columns of dates, for the start and end of times: Entered.",
        "Not proposed, as empty or free text: Remark, Empty.",
    )


def test_dates_that_could_be_read_in_two_ways_are_left_to_the_person() -> None:
    table = propose("t.csv", ["id", "seen"], [(2, ["1", "01/02/2020"]), (3, ["2", "03/04/2020"])]).spec["table"]
    assert table["date_format"] is None
