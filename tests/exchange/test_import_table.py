"""A flat table through a mapping: what is good is taken in, each bad cell is named with line, column, value, reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.exceptions import PermissionDenied

from exchange import mapping, table_import
from exchange.findings import Finding, Severity
from patients.models import DataQuery, Death, Diagnosis, FollowUp, Patient
from records.accounts import service_account
from records.models import Centre, Membership, Registry, User
from records.roles import Role
from treatments.models import RadiotherapyVolume

MAPPING = """
registry: {code: clinic, title: Clinic, number_prefix: CL}
centre: {code: here, name: Here}
date_formats: ["%d.%m.%Y"]
missing: [na]
ignored: {remark: free text}
patient:
  external_id: {column: id}
  sex: {column: sex, values: {m: male, f: female}}
records:
  - model: patients.Diagnosis
    fields:
      date: {column: diagnosed, kind: date}
      t_category: {column: t, values: {"1": T1, "4": T4, "4?": {value: T4, report: doubted}}}
      pack_years: {column: smoking, kind: decimal, bad: report}
  - model: treatments.RadiotherapyCourse
    name: rt
    needs: [planned_dose_gy]
    fields:
      intent: {constant: locoregional}
      planned_dose_gy: {column: dose, kind: decimal}
  - model: treatments.RadiotherapyVolume
    below: rt
    needs: [prescribed_gy]
    fields:
      volume: {constant: gtvnx}
      prescribed_gy: {column: dose, kind: decimal}
  - model: patients.FollowUp
    when: {seen: given}
    fields:
      date: {column: seen, kind: date}
      status: {constant: alive}
  - model: patients.Death
    when: {died: given}
    fields:
      date: {column: died, kind: date}
      cause: {constant: unknown}
checks:
  - {name: seen_after, kind: not_before, columns: [seen, diagnosed], sentence: seen before the diagnosis}
"""
COLUMNS = ["id", "sex", "diagnosed", "t", "smoking", "dose", "seen ", "died", "remark"]
GOOD = ["a1", "m", "17.05.2012", "1", "20", "70", "01.02.2014", "", "x"]


def rules() -> mapping.TableMapping:
    return mapping.parse(yaml.safe_load(MAPPING))


def table(*rows: Sequence[str]) -> table_import.ImportPlan:
    return table_import.plan(rules(), COLUMNS, [(i, row) for i, row in enumerate(rows, start=2)])


def changed(**cells: str) -> list[str]:
    names = [column.strip() for column in COLUMNS]
    return [cells.get(name, cell) for name, cell in zip(names, GOOD, strict=True)]


def refused(plan: table_import.ImportPlan) -> list[tuple[int, str, str, str]]:
    return [(item.line, item.column, item.value, item.reason) for item in plan.refused]


@pytest.mark.django_db
def test_good_rows_become_patients_with_their_records() -> None:
    found = table(GOOD, changed(id="a2", sex="f", dose="", seen="", died="2.3.2013"))
    result = table_import.take_in(found, rules(), by=service_account())
    assert (result.patients, result.records) == (2, 6)
    first, second = Patient.objects.order_by("number")
    assert (first.number, first.external_id, first.sex, first.source) == ("CL-000001", "a1", "male", "import")
    assert RadiotherapyVolume.objects.get().patient == first
    assert (FollowUp.objects.get().patient, Death.objects.get().patient) == (first, second)
    assert Diagnosis.objects.get(patient=first).date == "2012-05-17"


@pytest.mark.parametrize(
    ("cells", "finding"),
    [
        ({"sex": "x"}, (2, "sex", "x", "the mapping names no such value")),
        ({"diagnosed": "2012-05-17"}, (2, "diagnosed", "2012-05-17", "not a date in the form %d.%m.%Y")),
        ({"dose": "7o"}, (2, "dose", "7o", "not a number (decimal)")),
    ],
)
def test_a_bad_cell_refuses_its_row(cells: dict[str, str], finding: tuple[int, str, str, str]) -> None:
    assert refused(table(changed(**cells))) == [finding]


@pytest.mark.django_db
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_the_rules_find_is_reported_by_line_and_opens_queries(
    dry_run: bool, django_capture_on_commit_callbacks: Any
) -> None:
    found = table(GOOD, changed(id="a2", sex="na"))
    with django_capture_on_commit_callbacks(execute=True):
        result = table_import.take_in(found, rules(), by=service_account(), dry_run=dry_run)
    broken = [(item.severity, item.line, item.column) for item in result.findings if "(rule PT-01)" in item.reason]
    assert broken == [(Severity.REPORTED, 3, "sex")]
    queries = DataQuery.objects.filter(rule="PT-01")
    assert [query.patient.external_id for query in queries] == ([] if dry_run else ["a2"])


def test_doubts_are_reported_and_the_row_kept() -> None:
    found = table(changed(t="4?", smoking=">20", seen="01.02.2011"))
    assert not found.refused
    assert {(item.severity, item.column, item.reason) for item in found.findings if item.line > 1} == {
        (Severity.REPORTED, "t", "doubted"),
        (Severity.REPORTED, "smoking", "not a number (decimal); stored as not known"),
        (Severity.REPORTED, "seen", "seen before the diagnosis"),
    }


def test_blanks_are_taken_off_and_noted() -> None:
    found = table(changed(sex="m "))
    notes = {(item.line, item.column, item.value) for item in found.findings if item.severity is Severity.NOTED}
    assert notes == {(1, "seen ", "seen "), (2, "sex", "m ")}


def test_the_same_identifier_twice_is_refused() -> None:
    assert refused(table(GOOD, GOOD)) == [(3, "external_id", "a1", "the identifier stands on line 2 too")]


@pytest.mark.django_db
def test_one_refused_row_stops_the_table_unless_told_otherwise() -> None:
    found = table(GOOD, changed(id="a2", sex="x"))
    assert table_import.take_in(found, rules(), by=service_account()).patients == 0
    assert not Patient.objects.exists()
    assert not Registry.objects.exists()
    assert table_import.take_in(found, rules(), by=service_account(), skip_refused=True).patients == 1


@pytest.mark.django_db
def test_what_only_the_database_knows_is_traced_to_its_line() -> None:
    rows = [changed(id=f"a{i}") for i in range(9)]
    rows[6] = changed(id="late", died="01.01.2013")
    result = table_import.take_in(table(*rows), rules(), by=service_account())
    assert result.patients == 0
    late = [item for item in result.findings if item.severity is Severity.REFUSED]
    assert [item.line for item in late] == [8]
    assert "2014-02-01" in late[0].reason
    assert not Patient.objects.exists()


@pytest.mark.django_db
def test_a_field_out_of_its_range_is_traced_to_its_line() -> None:
    result = table_import.take_in(table(GOOD, changed(id="a2", dose="700")), rules(), by=service_account())
    assert [item.line for item in result.findings if item.severity is Severity.REFUSED] == [3]


@pytest.mark.django_db
def test_a_dry_run_tries_everything_and_leaves_nothing() -> None:
    result = table_import.take_in(table(GOOD), rules(), by=service_account(), dry_run=True)
    assert (result.patients, Patient.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_a_second_import_says_what_is_there_already() -> None:
    table_import.take_in(table(GOOD), rules(), by=service_account())
    again = table_import.take_in(table(GOOD), rules(), by=service_account())
    assert again.patients == 0
    assert (
        Finding(Severity.REFUSED, 2, "external_id", "a1", "is in the registry already, as CL-000001") in again.findings
    )


@pytest.mark.django_db
def test_only_who_may_import_imports() -> None:
    user = User.objects.create_user("abstractor")
    Membership.objects.create(user=user, centre=Centre.objects.create(code="here"), role=Role.ABSTRACTOR)
    with pytest.raises(PermissionDenied):
        table_import.take_in(table(GOOD), rules(), by=user)
    assert not Patient.objects.exists()


@pytest.mark.django_db
def test_the_trail_names_who_imported() -> None:
    """COPY goes past the wrapper that carries the trail's context; the action carries it by hand."""
    by = service_account()
    table_import.take_in(table(GOOD), rules(), by=by)
    event = Diagnosis.pgh_event_model.objects.get()
    assert event.pgh_context.metadata["user"] == by.pk
    assert (event.pgh_label, event.t_category) == ("insert", "T1")


def test_columns_that_nobody_mapped_are_named() -> None:
    with pytest.raises(table_import.TableRefused, match="'extra' are in the table but not in the mapping"):
        table_import.plan(rules(), [*COLUMNS, "extra"], [])
    with pytest.raises(table_import.TableRefused, match="'remark' are named by the mapping but not in the table"):
        table_import.plan(rules(), COLUMNS[:-1], [])


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("kind: date}\n      t_category", "kind: day}\n      t_category", "records[0].fields.date.kind"),
        ("      t_category:", "      t_categories:", "records[0].fields.t_categories"),
        ("model: patients.Death", "model: patients.Deaths", "records[4].model"),
        ("kind: not_before", "kind: before", "checks[0].kind"),
        ("centre: {code: here, name: Here}", "centre: {code: here}", "centre"),
    ],
)
def test_a_wrong_mapping_says_where(old: str, new: str, path: str) -> None:
    assert old in MAPPING
    with pytest.raises(mapping.MappingError) as caught:
        mapping.parse(yaml.safe_load(MAPPING.replace(old, new, 1)))
    assert str(caught.value).startswith(f"{path}:")


def test_the_shipped_mapping_is_valid() -> None:
    shipped = Path(mapping.__file__).parent / "mappings" / "radcure.yaml"
    assert mapping.read(shipped).registry["code"] == "radcure"
