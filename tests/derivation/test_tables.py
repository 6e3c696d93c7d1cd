"""Rows in PostgreSQL come out of COPY as they went in, for those who may analyse them."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.errors import ProgrammingError

from analyses import tables
from analyses.derivation.derive import derive
from analyses.derivation.frames import SCHEMA, Frames, columns
from analyses.pipeline.parameters import DerivationParameters
from analyses.tables import MODELS, read_frames
from patients.actions import register
from patients.models import Diagnosis, FollowUp, MetastaticSite, Patient
from records.actions import add, void
from records.models import Centre, Membership, Registry, User
from records.partial_dates import PartialDateField
from records.roles import Role
from treatments.models import ChemotherapyCycle, Drug, DrugDose, Regimen, SystemicCourse

PARAMETERS = DerivationParameters(data_cutoff=datetime.date(2019, 12, 31))
RECORDING = {
    "version",
    "created_at",
    "created_by_id",
    "updated_at",
    "updated_by_id",
    "source",
    "note",
    "voided_at",
    "voided_by_id",
    "void_reason",
}
KINDS: dict[str, tuple[type[models.Field], ...]] = {
    "key": (models.BigAutoField, models.ForeignKey),
    "reference": (models.ForeignKey,),
    "number": (models.IntegerField, models.DecimalField),
    "code": (models.CharField,),
    "flag": (models.BooleanField,),
    "date": (PartialDateField,),
}


class Setting:
    """Two centres, one registry with a patient at each, and people with roles."""

    def __init__(self) -> None:
        self.admin = User.objects.create_superuser("admin")
        self.registry = Registry.objects.create(code="npc", title="NPC registry", number_prefix="NPC", is_invented=True)
        self.other_registry = Registry.objects.create(code="hn", title="Head and neck", number_prefix="HN")
        self.north = Centre.objects.create(code="north", name="North")
        self.south = Centre.objects.create(code="south", name="South")
        self.one = self._patient(self.registry, self.north)
        self.two = self._patient(self.registry, self.south)
        self.elsewhere = self._patient(self.other_registry, self.north)

    def _patient(self, registry: Registry, centre: Centre) -> Patient:
        return register(by=self.admin, registry=registry, centre=centre, sex="female", birth_date="1970-02")

    def person(self, role: Role, centre: Centre) -> User:
        user = User.objects.create_user(f"{role}-{centre.code}")
        Membership.objects.create(user=user, centre=centre, role=role)
        return user

    def write(self, model: Any, patient: Patient | None = None, **values: Any) -> Any:
        if getattr(model, "parent_field", None) is None:
            values["patient"] = patient or self.one
        return add(model, by=self.admin, **values)


@pytest.fixture
def setting(db: None) -> Setting:
    return Setting()


def numbers(frames: Frames) -> list[str]:
    return frames["patient"]["number"].tolist()


@pytest.mark.parametrize("table", SCHEMA)
def test_the_schema_names_columns_of_the_model_with_their_types_and_never_who_recorded_them(table: str) -> None:
    model = MODELS[table]
    for name, kind in SCHEMA[table].items():
        field = next(field for field in model._meta.concrete_fields if field.attname == name)
        assert isinstance(field, KINDS[kind]), name
        assert name not in RECORDING
        assert (kind == "key") <= (not field.null), f"{name} may be empty and needs a float"


def test_what_copy_reads_is_what_the_orm_reads(setting: Setting) -> None:
    write = setting.write
    write(Diagnosis, date="2012-05", biopsy_proven=True, primary_site="C11", smoking=None, pack_years=Decimal("12.5"))
    write(MetastaticSite, organ="other", organ_text='skin, "left"\narm', n_lesions=2, date="2012")
    write(MetastaticSite, organ="bone", multiple_not_counted=True)
    course = write(
        SystemicCourse, intent="palliative", agent_class="chemotherapy", regimen=Regimen.objects.get(code="PF")
    )
    write(SystemicCourse, intent="later_line", line=2, agent_class="other", start="2014-01-02")
    cycle = write(ChemotherapyCycle, course=course, number=1, day_1="2012-06-01")
    write(DrugDose, cycle=cycle, drug=Drug.objects.get(code="cisplatin"))
    frames = read_frames(setting.admin, setting.registry)
    for table in SCHEMA:
        assert frames[table].dtypes.astype(str).to_dict() == columns(table), table
        assert plain(frames[table].sort_values("id")) == by_orm(table, setting), table
    assert (frames.registry, frames.invented) == ("NPC registry", True)


def plain(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    rows = frame.astype(object).itertuples(index=False)
    return [tuple(None if pd.isna(value) else value for value in row) for row in rows]


def by_orm(table: str, setting: Setting) -> list[tuple[object, ...]]:
    rows = MODELS[table]._default_manager.order_by("pk")
    if table == "patient":
        rows = rows.filter(registry=setting.registry)
    values = rows.values_list(*columns(table))
    return [tuple(as_read(value) for value in row) for row in values]


def as_read(value: object) -> object:
    if isinstance(value, datetime.date):
        return pd.Timestamp(value)
    return float(value) if isinstance(value, Decimal) else value


def test_void_rows_and_the_children_of_void_rows_and_merged_patients_are_not_seen(setting: Setting) -> None:
    admin = setting.admin
    course = setting.write(SystemicCourse, intent="palliative", agent_class="chemotherapy", start="2012-06-01")
    setting.write(ChemotherapyCycle, course=course, number=1, day_1="2012-06-01")
    site = setting.write(MetastaticSite, organ="bone", n_lesions=1)
    void(course, by=admin, version=course.version, reason="Wrong patient")
    void(site, by=admin, version=site.version, reason="Not confirmed")
    Patient.objects.filter(pk=setting.two.pk).update(merged_into=setting.one)
    setting.write(Diagnosis, patient=setting.two, date="2012")
    frames = read_frames(admin, setting.registry)
    assert numbers(frames) == [setting.one.number]
    assert [len(frames[table]) for table in ("systemiccourse", "metastaticsite", "diagnosis")] == [0, 0, 0]
    frame = derive(frames, PARAMETERS).frame
    assert frame["n_pct_cycles"].tolist() == [0.0]
    assert frame["bone_metastasis"].isna().all()


def test_only_rows_of_centres_where_the_user_may_analyse_are_read(setting: Setting) -> None:
    for patient in (setting.one, setting.two, setting.elsewhere):
        setting.write(Diagnosis, patient=patient, date="2012")
    investigator = setting.person(Role.INVESTIGATOR, setting.south)
    frames = read_frames(investigator, setting.registry)
    assert numbers(frames) == [setting.two.number]
    assert frames["diagnosis"]["patient_id"].tolist() == [setting.two.pk]
    abstractor = setting.person(Role.ABSTRACTOR, setting.south)
    assert read_frames(abstractor, setting.registry)["patient"].empty
    assert read_frames(User.objects.create_user("nobody"), setting.registry)["diagnosis"].empty
    assert numbers(read_frames(setting.admin, setting.other_registry)) == [setting.elsewhere.number]


def test_a_registry_without_rows_gives_an_empty_dataset(setting: Setting) -> None:
    empty = Registry.objects.create(code="new", title="New", number_prefix="NEW")
    dataset = derive(read_frames(setting.admin, empty), PARAMETERS)
    assert dataset.frame.empty
    assert "os_months" in dataset.frame


def test_copy_works_while_queries_are_being_logged(setting: Setting) -> None:
    with CaptureQueriesContext(connection):
        assert len(read_frames(setting.admin, setting.registry)["patient"]) == 2


@pytest.mark.django_db(transaction=True)
def test_all_tables_show_the_database_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody else writes between two reads of one dataset is in neither of them."""
    setting = Setting()
    rows = tables._rows

    def with_a_writer(user: Any, registry: Registry, model: Any) -> Any:
        if model is FollowUp:
            in_another_session(lambda: setting.write(FollowUp, date="2015", status="alive"))
        return rows(user, registry, model)

    monkeypatch.setattr(tables, "_rows", with_a_writer)
    assert read_frames(setting.admin, setting.registry)["followup"].empty
    assert len(read_frames(setting.admin, setting.registry)["followup"]) == 1


def in_another_session(write: Callable[[], object]) -> None:
    def run() -> None:
        write()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_inside_a_transaction_the_callers_own_writes_are_seen(setting: Setting) -> None:
    setting.write(FollowUp, date="2015", status="alive")
    assert len(read_frames(setting.admin, setting.registry)["followup"]) == 1


def test_what_the_server_refuses_is_raised_as_a_database_error(setting: Setting) -> None:
    with pytest.raises(ProgrammingError, match="no_such_table"), transaction.atomic():
        tables._received(connection.connection.pgconn, b"COPY no_such_table TO STDOUT")
