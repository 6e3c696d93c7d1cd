"""Every change is in the trail, whichever way it took into the database: with what, who, why and whence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pghistory
import pytest
from django.db import DatabaseError, connection, transaction

from patients.models import Diagnosis, IdentityKey, Patient
from records import trail
from records.actions import add_many, amend, built, void
from records.audit import acting
from records.models import Membership, Recorded, Registry, Source
from tests.access_matrix import FORMLESS, RECORDS, model_of, record, values_of

if TYPE_CHECKING:
    from tests.worlds import World

# Per kind of record a field that can be empty, what empty is, and a value.
FIELDS: dict[str, tuple[str, Any, Any]] = {
    "patients.Patient": ("sex", None, "male"),
    "patients.Identity": ("phone", None, b"token"),
    "patients.Consent": ("withdrawn_on", None, "2015-06"),
    "patients.Diagnosis": ("height_cm", None, 171),
    "patients.MetastaticSite": ("largest_mm", None, 12),
    "patients.PerformanceStatus": ("ecog", None, 1),
    "patients.LabResult": ("detection_limit", None, 50),
    "patients.QualityOfLife": ("note", "", "p. 3"),
    "patients.FollowUp": ("method", None, "phone"),
    "patients.Progression": ("sites", None, ["liver"]),
    "patients.Death": ("note", "", "from the family"),
    "patients.DataQuery": ("note", "", "p. 12"),
    "patients.ChartLock": ("note", "", "complete"),
    "patients.DistinctPair": ("note", "", "brothers"),
    "patients.SecondEntry": ("note", "", "the folder of May"),
    "patients.Discrepancy": ("decision", None, "second"),
    "treatments.SystemicCourse": ("stop_reason", None, "toxicity"),
    "treatments.ChemotherapyCycle": ("delay_days", None, 7),
    "treatments.DrugDose": ("days", None, 1),
    "treatments.RadiotherapyCourse": ("technique", None, "imrt"),
    "treatments.RadiotherapyVolume": ("fractions", None, 33),
    "treatments.LocalTreatment": ("date", None, "2013-08"),
    "treatments.ResponseAssessment": ("category", None, "PR"),
    "treatments.TargetLesion": ("smallest_mm", None, 5),
    "treatments.AdverseEvent": ("phase", None, "pct"),
}
KINDS = sorted(FIELDS)


def stored(world: World, kind: str) -> Any:
    return world.patient() if kind == "patients.Patient" else record(world, world.here, kind)


def events(row: Recorded) -> list[Any]:
    model: Any = trail.events_of(type(row))
    return list(model.objects.filter(pgh_obj_id=row.pk).select_related("pgh_context").order_by("pgh_id"))


def by_amend(row: Any, field: str, value: Any) -> None:
    amend(row, by=row.created_by, version=row.version, reason="p. 14", source=Source.API, **{field: value})


def by_update(row: Any, field: str, value: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**{field: value})


def by_bulk_update(row: Any, field: str, value: Any) -> None:
    setattr(row, field, value)
    type(row).objects.bulk_update([row], [field])


def by_save(row: Any, field: str, value: Any) -> None:
    setattr(row, field, value)
    row.save(update_fields=[field])


def by_sql(row: Any, field: str, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {row._meta.db_table} SET "{field}" = %s WHERE id = %s', [value, row.pk])


PATHS: list[Callable[[Any, str, Any], None]] = [by_amend, by_update, by_bulk_update, by_save, by_sql]


def test_every_recorded_model_is_tried() -> None:
    assert set(KINDS) == {"patients.Patient", *RECORDS, *FORMLESS}
    assert {model_of(kind) for kind in KINDS} == set(leaves(Recorded))


def leaves(model: type[Any]) -> list[type[Any]]:
    below = model.__subclasses__()
    return [leaf for child in below for leaf in leaves(child)] if below else [model]


@pytest.mark.parametrize("kind", KINDS)
def test_each_change_on_each_path_leaves_one_row_that_says_who_and_why(world: World, kind: str) -> None:
    row, (field, empty, value) = stored(world, kind), FIELDS[kind]
    for path in PATHS:
        for new in (value, empty, value, empty):
            before = len(events(row))
            with acting(world.admin, reason="p. 14", source=Source.API):
                path(row, field, new)
            row.refresh_from_db()
            *_, last = found = events(row)
            assert len(found) == before + 1, (path.__name__, new)
            told = {name: last.pgh_context.metadata[name] for name in ("user", "reason", "source")}
            assert told == {"user": world.admin.pk, "reason": "p. 14", "source": "api"}, path.__name__
            assert getattr(last, field) == getattr(row, field), path.__name__


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_that_changes_nothing_leaves_nothing(world: World, kind: str) -> None:
    row, (field, *_) = stored(world, kind), FIELDS[kind]
    by_update(row, field, getattr(row, field))
    assert len(events(row)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_adding_and_voiding_are_in_the_trail_with_the_reason(world: World, kind: str) -> None:
    row = stored(world, kind)
    void(row, by=world.admin, version=1, reason="Entered twice", source=Source.API)
    added, voided = events(row)
    assert (added.pgh_label, added.voided_at) == ("insert", None)
    assert (voided.voided_by_id, voided.void_reason, voided.version) == (world.admin.pk, "Entered twice", 2)
    assert voided.pgh_context.metadata["reason"] == "Entered twice"
    change = trail.history(row)[0]
    assert (change.what, change.who, change.source, change.reason) == (
        "voided",
        "administrator",
        "API",
        "Entered twice",
    )


@pytest.mark.parametrize("kind", sorted({*RECORDS, *FORMLESS}))
def test_a_copy_carries_the_context_and_leaves_a_row_each(world: World, kind: str) -> None:
    rows = [
        built(model_of(kind), by=world.admin, source=Source.IMPORT, **values_of(world, world.here, kind))
        for _ in range(3)
    ]
    add_many(rows, by=world.admin, source=Source.IMPORT, reason="table of May")
    for row in rows:
        (event,) = events(row)
        assert event.source == "import"
        told = event.pgh_context.metadata
        assert (told["user"], told["reason"], told["source"]) == (world.admin.pk, "table of May", "import")


def test_one_statement_over_many_rows_leaves_a_row_for_each_that_changes(world: World) -> None:
    rows = [world.add(Diagnosis, patient=world.patient(), t_category=t) for t in ("T1", "T2", "T3")]
    Diagnosis.objects.update(t_category="T3")
    assert [len(events(row)) for row in rows] == [2, 2, 1]


def refused(write: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            write()
    except DatabaseError as error:
        return "Cannot" in str(error)
    return False


def sql(statement: str) -> Callable[[], Any]:
    return lambda: connection.cursor().execute(statement)


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_is_deleted_and_no_trail_changed_on_any_path(world: World, kind: str) -> None:
    row = stored(world, kind)
    event: Any = trail.events_of(type(row))
    attempts = {
        "query set": lambda: type(row).objects.filter(pk=row.pk)._raw_delete("default"),
        "SQL": sql(f"DELETE FROM {row._meta.db_table} WHERE id = {row.pk}"),
        "trail, DELETE": sql(f"DELETE FROM {event._meta.db_table}"),
        "trail, UPDATE": sql(f"UPDATE {event._meta.db_table} SET pgh_label = 'other'"),
    }
    assert [name for name, write in attempts.items() if not refused(write)] == []
    assert len(events(row)) == 1


def test_writes_of_one_request_keep_their_own_reasons(world: World) -> None:
    first, second = (world.add(Diagnosis, patient=world.patient()) for _ in range(2))
    with pghistory.context(user=world.admin.pk, url="/somewhere"):
        amend(first, by=world.admin, version=1, reason="p. 1", t_category="T1")
        amend(second, by=world.users["manager"], version=1, t_category="T2")
    one, other = events(first)[-1].pgh_context.metadata, events(second)[-1].pgh_context.metadata
    assert (one["reason"], one["url"], other["reason"], other["url"]) == ("p. 1", "/somewhere", "", "/somewhere")
    assert (one["user"], other["user"]) == (world.admin.pk, world.users["manager"].pk)


def test_a_change_without_anybody_is_there_all_the_same(world: World) -> None:
    """As an operator's own SQL would be: outside any action."""
    row = world.add(Diagnosis, patient=world.patient())
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_id', '', true)")
        cursor.execute("UPDATE patients_diagnosis SET t_category = 'T4'")
    last = events(row)[-1]
    assert (last.t_category, last.pgh_context) == ("T4", None)


def test_the_trail_of_keys_tells_that_one_was_destroyed_and_never_holds_it(world: World) -> None:
    from patients.actions import erase_identity, record_identity

    patient = world.patient()
    record_identity(patient, by=world.admin, name="Canary")
    erase_identity(patient, by=world.admin, reason="The person asked for it")
    kept: Any = trail.events_of(IdentityKey)  # type: ignore[arg-type]
    assert "wrapped" not in {field.name for field in kept._meta.fields}
    made, destroyed = kept.objects.filter(patient=patient).order_by("pgh_id")
    assert (made.pgh_label, destroyed.pgh_label) == ("insert", "delete")
    assert destroyed.pgh_context.metadata["reason"] == "The person asked for it"


def test_roles_given_and_taken_are_in_the_trail_and_numbering_is_not(world: World) -> None:
    membership = Membership.objects.get(role="auditor")
    pk = membership.pk
    membership.delete()
    kept: Any = trail.events_of(Membership)  # type: ignore[arg-type]
    assert [event.pgh_label for event in kept.objects.filter(pgh_obj_id=pk).order_by("pgh_id")] == ["insert", "delete"]
    world.patient()
    registry: Any = trail.events_of(Registry)  # type: ignore[arg-type]
    Registry.objects.update(title="Another title")
    assert [event.title for event in registry.objects.order_by("pgh_id")] == ["mNPC registry", "Another title"]
    assert Patient.objects.count() == 1
