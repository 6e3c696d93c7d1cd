"""The writes that every record shares: versions, all or nothing, void instead of delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from patients.models import Diagnosis, LabResult, MetastaticSite, Patient
from records.actions import StaleVersion, add, add_many, amend, built, void
from records.models import Source
from tests.access_matrix import RECORDS, model_of, record
from tests.at_once import at_once
from treatments.models import ChemotherapyCycle, DrugDose, SystemicCourse

if TYPE_CHECKING:
    from tests.worlds import World

EDITORS, SAVES = 6, 4


def insist(pk: int, by: Any, word: str) -> list[str]:
    """Add a word to the note as an editor does who reads again whenever somebody was faster; what the losses told."""
    told, row = [], Diagnosis.objects.get(pk=pk)
    while True:
        try:
            amend(row, by=by, version=row.version, note=f"{row.note} {word}".strip())
        except StaleVersion as stale:
            told.append(f"{stale.current.note}")
            row = Diagnosis.objects.get(pk=pk)
        else:
            return told


@pytest.mark.django_db(transaction=True)
def test_of_many_editors_of_one_record_none_loses_an_edit(world: World) -> None:
    row = world.add(Diagnosis, patient=world.patient())

    def editor(name: int) -> list[str]:
        return [loss for save in range(SAVES) for loss in insist(row.pk, world.admin, f"{name}:{save}")]

    losses = at_once(*(lambda name=name: editor(name) for name in range(EDITORS)))
    row.refresh_from_db()
    assert sorted(row.note.split()) == sorted(f"{name}:{save}" for name in range(EDITORS) for save in range(SAVES))
    assert row.version == 1 + EDITORS * SAVES
    assert all(told for loss in losses for told in loss), "who lost was shown what the others had stored"


def test_the_loser_has_both_versions_and_changes_nothing(world: World) -> None:
    row = world.add(Diagnosis, patient=world.patient(), t_category="T1")
    mine, theirs = Diagnosis.objects.get(pk=row.pk), Diagnosis.objects.get(pk=row.pk)
    amend(theirs, by=world.users["manager"], version=1, t_category="T2")
    with pytest.raises(StaleVersion, match="was changed by manager") as lost:
        amend(mine, by=world.users["abstractor"], version=1, t_category="T3")
    assert (mine.t_category, lost.value.current.t_category, lost.value.current.version) == ("T3", "T2", 2)
    row.refresh_from_db()
    assert (row.t_category, row.version, row.updated_by) == ("T2", 2, world.users["manager"])


def test_a_change_says_who_made_it_and_leaves_who_added_the_row(world: World) -> None:
    row = world.add(Diagnosis, patient=world.patient())
    before = row.created_at
    amend(row, by=world.users["abstractor"], version=1, t_category="T1")
    assert (row.created_by, row.updated_by, row.created_at) == (world.admin, world.users["abstractor"], before)
    assert row.updated_at >= before


def rows_for(world: World, *dates: str) -> list[LabResult]:
    patient = world.patient()
    values: dict[str, Any] = {"patient": patient, "analyte": "ldh", "value": 200, "unit": "U/L"}
    return [built(LabResult, by=world.admin, source=Source.IMPORT, date=date, **values) for date in dates]


@pytest.mark.parametrize("bad", ["2012-13", "2012-02-30", "next week"])
def test_of_many_rows_none_is_stored_when_one_is_refused(world: World, bad: str) -> None:
    with pytest.raises(ValidationError):
        add_many(rows_for(world, "2012", "2013-01", bad), by=world.admin, source=Source.IMPORT)
    assert not LabResult.objects.exists()
    add_many(rows_for(world, "2012", "2013-01"), by=world.admin, source=Source.IMPORT)
    assert LabResult.objects.count() == 2


def test_a_refused_row_leaves_nothing_and_says_which_field(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        add(Diagnosis, by=world.admin, patient=world.patient(), t_category="T9", height_cm=17)
    assert set(refused.value.message_dict) >= {"t_category"}
    assert not Diagnosis.objects.exists()


def test_what_the_database_refuses_is_said_in_the_words_of_the_rule(world: World) -> None:
    patient = world.patient()
    row = built(MetastaticSite, by=world.admin, source=Source.IMPORT, patient=patient, organ="bone", n_lesions=0)
    with pytest.raises(ValidationError, match="N lesions must lie between 1 and 500 lesions"):
        add_many([row], by=world.admin, source=Source.IMPORT)
    row = built(MetastaticSite, by=world.admin, source=Source.IMPORT, patient=patient, organ="heart")
    with pytest.raises(ValidationError, match=r"\(rule metastaticsite_organ_known\)"):
        add_many([row], by=world.admin, source=Source.IMPORT)


@pytest.mark.parametrize("reason", ["", "  "])
def test_voiding_needs_a_reason(world: World, reason: str) -> None:
    row = world.add(Diagnosis, patient=world.patient())
    with pytest.raises(ValidationError, match="Say why"):
        void(row, by=world.admin, version=1, reason=reason)
    assert not Diagnosis.objects.get().is_void


@pytest.mark.parametrize("kind", ["patients.Patient", *sorted(RECORDS)])
def test_the_database_takes_no_void_without_who_when_and_why(world: World, kind: str) -> None:
    row = world.patient() if kind == "patients.Patient" else record(world, world.here, kind)
    rows: Any = model_of(kind)._default_manager.filter(pk=row.pk)
    whole = {"voided_at": "2020-01-01T00:00Z", "voided_by": world.admin, "void_reason": "Entered twice"}
    for missing in whole:
        with pytest.raises(IntegrityError, match="void_whole"), transaction.atomic():
            rows.update(**{name: value for name, value in whole.items() if name != missing})
    assert rows.update(**whole) == 1


def test_a_void_row_is_neither_changed_nor_voided_again(world: World) -> None:
    row = world.add(Diagnosis, patient=world.patient())
    before = Diagnosis.objects.get()
    void(row, by=world.admin, version=1, reason="Wrong patient")
    with pytest.raises(ValidationError, match="is void"):
        amend(row, by=world.admin, version=2, t_category="T1")
    with pytest.raises(ValidationError, match="is void"):
        void(row, by=world.users["manager"], version=2, reason="Another reason")
    with pytest.raises(StaleVersion):
        amend(before, by=world.admin, version=1, t_category="T1")
    row.refresh_from_db()
    assert (row.version, row.void_reason, row.voided_by, row.t_category) == (2, "Wrong patient", world.admin, None)


def test_voiding_takes_along_what_hangs_below_and_nothing_else(world: World) -> None:
    dose = record(world, world.here, "treatments.DrugDose")
    course, beside = dose.cycle.course, record(world, world.here, "treatments.ChemotherapyCycle")
    void(course, by=world.admin, version=1, reason="Wrong patient")
    voided = {model: model.objects.filter(voided_at__isnull=False).count() for model in (SystemicCourse, DrugDose)}
    assert voided == {SystemicCourse: 1, DrugDose: 1}
    assert list(ChemotherapyCycle.objects.filter(voided_at=None)) == [beside]


def test_nothing_new_belongs_to_what_is_void(world: World) -> None:
    patient, course = world.patient(), record(world, world.here, "treatments.SystemicCourse")
    void(patient, by=world.admin, version=1, reason="No such person")
    void(course, by=world.admin, version=1, reason="Wrong patient")
    with pytest.raises(ValidationError, match="is void"):
        world.add(Diagnosis, patient=patient)
    with pytest.raises(ValidationError, match="is void"):
        world.add(ChemotherapyCycle, course=course, number=1)
    row = built(ChemotherapyCycle, by=world.admin, source=Source.IMPORT, course=course, number=1)
    with pytest.raises(ValidationError, match="is void"):
        add_many([row], by=world.admin, source=Source.IMPORT)


@pytest.mark.parametrize("field", ["patient", "created_by", "voided_at"])
def test_a_record_stays_where_and_as_it_was_made(world: World, field: str) -> None:
    row, other = world.add(Diagnosis, patient=world.patient()), world.patient()
    values = {"patient": other, "created_by": world.users["auditor"], "voided_at": None}
    with pytest.raises(ValidationError, match="stays where it was made"):
        amend(row, by=world.admin, version=1, **{field: values[field]})
    stored = Diagnosis.objects.get()
    assert (stored.patient_id, stored.version) == (row.patient_id, 1)


def test_a_patient_changes_neither_number_nor_centre_by_the_way(world: World) -> None:
    patient = world.patient()
    for values in ({"centre": world.there}, {"number": "NPC-000099"}, {"registry": world.registry}):
        with pytest.raises(ValidationError, match="stays where it was made"):
            amend(patient, by=world.admin, version=1, **values)
    assert Patient.objects.get().version == 1


@pytest.mark.parametrize(
    ("role", "writes"),
    [
        ("abstractor", {"patients.Diagnosis", "patients.Death"}),
        ("coordinator", {"patients.Death"}),
        ("manager", {"patients.Diagnosis", "patients.Death"}),
        ("investigator", set()),
        ("auditor", set()),
        ("stranger", set()),
    ],
)
def test_who_may_not_write_changes_nothing(world: World, role: str, writes: set[str]) -> None:
    user = world.users[role]
    for kind in ("patients.Diagnosis", "patients.Death"):
        row, elsewhere = record(world, world.here, kind), record(world, world.there, kind)
        new: Any = partial(add, model_of(kind), by=user, **RECORDS[kind])
        assert denied(partial(new, patient=world.patient(world.there)))
        assert denied(partial(void, elsewhere, by=user, version=1, reason="a test"))
        attempts = {
            "add": partial(new, patient=world.patient()),
            "amend": partial(amend, row, by=user, version=1, note="p. 14"),
            "void": partial(void, row, by=user, version=2, reason="a test"),
        }
        done = [name for name, attempt in attempts.items() if not denied(attempt)]
        assert done == (list(attempts) if kind in writes else [])


def denied(attempt: Any) -> bool:
    try:
        attempt()
    except PermissionDenied:
        return True
    return False
