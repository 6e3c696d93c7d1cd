"""Reads about patients. Each takes the user and returns what that user may see."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Extract, Now
from django.utils.text import capfirst

from patients import identity
from patients.models import (
    ChartInHand,
    ChartLock,
    ClinicalRow,
    Consent,
    ContactStatus,
    DataQuery,
    Death,
    FollowUp,
    Identity,
    IdentityKey,
    Patient,
    QueryState,
)
from records import access
from records.access import Actor, visible_to
from records.models import RECORDING, Recorded, User
from records.quality import VALUE_LENGTH, Severity, any_of
from records.roles import Act


class Median(Aggregate):
    """The middle value, by interpolation."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


Row = TypeVar("Row", bound=ClinicalRow)

# As PostgreSQL and Python write truth values.
YES_NO = {"true": "yes", "True": "yes", "false": "no", "False": "no"}

# Of one patient, inside a query for patients.
DEATH = Death.objects.filter(patient=OuterRef("pk"), voided_at=None)
CONTACTS = FollowUp.objects.filter(patient=OuterRef("pk"), voided_at=None)
LATEST = CONTACTS.order_by("-date_last", "-pk")
STATUS = Case(
    When(Exists(DEATH), then=Value("dead")),
    default=Coalesce(Subquery(LATEST.values("status")[:1]), Value("unknown")),
    output_field=CharField(),
)


def patients(user: Actor, act: Act = Act.VIEW) -> QuerySet[Patient]:
    """The patients of the user's centres: live, not merged into another, none that stands for a second entry."""
    return charts(user, act).filter(second_of=None)


def charts(user: Actor, act: Act = Act.VIEW) -> QuerySet[Patient]:
    """Whose charts the user may open: the patients, and those under whom a chart is entered a second time."""
    return visible_to(user, Patient.objects.filter(voided_at=None, merged_into=None), act)


def histories(user: Actor) -> QuerySet[Patient]:
    """Whose history the user may read: those of the charts, and of patients merged into others."""
    return visible_to(user, Patient.objects.filter(voided_at=None))


def live(user: Actor, model: type[Row], act: Act = Act.VIEW) -> QuerySet[Row]:
    """The live rows of ``model`` of patients (see ``patients``) the user may see."""
    counted = {"patient__voided_at": None, "patient__merged_into": None, "patient__second_of": None}
    return visible_to(user, model._default_manager.filter(voided_at=None, **counted), act)


def with_vital_status(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Annotate ``vital_status`` (dead, lost, alive, unknown), ``died_on`` and ``last_contact``: derived, never typed.

    A ``Death`` decides; without one, what the latest contact says.
    """
    return patients.annotate(
        died_on=Subquery(DEATH.values("date")[:1]),
        last_contact=Subquery(LATEST.values("date")[:1]),
        vital_status=STATUS,
    )


def of_vital_status(patients: QuerySet[Patient], status: str) -> QuerySet[Patient]:
    """The patients of one vital status, as ``with_vital_status`` derives it.

    Few contacts say that a patient is dead or lost, and an index holds these: they are looked up before the status is
    derived.
    """
    if status == "unknown":
        return patients.filter(~Exists(DEATH), ~Exists(CONTACTS))
    said = Exists(CONTACTS.filter(status=status))
    latest = patients.alias(_latest=Subquery(LATEST.values("status")[:1]))
    if status == "dead":
        return latest.filter(Exists(DEATH) | Q(said, _latest=status))
    if status == "lost":
        return latest.filter(~Exists(DEATH), said, _latest=status)
    return patients.alias(_status=STATUS).filter(_status=status)


def queries(user: Actor) -> QuerySet[DataQuery]:
    """The live data queries of the user's patients, dearest first."""
    return live(user, DataQuery).order_by("-rank", "pk")


def queries_waiting_for(user: Actor) -> QuerySet[DataQuery]:
    return queries(user).filter(waiting_for(user))


def waiting_for(user: Actor) -> Q:
    """A condition on data queries: open ones about records that the user writes, answered ones of the charts that the
    user manages."""
    managed = at_centres(access.centres_of(user, Act.MANAGE))
    return Q(state=QueryState.OPEN) & about_records_written_by(user) | Q(state=QueryState.ANSWERED) & managed


def about_records_written_by(user: Actor) -> Q:
    """A condition on data queries. Contacts, progressions and deaths have other writers than the rest of a chart."""
    tables: dict[Act, list[str]] = {}
    for model in apps.get_models():
        if issubclass(model, Recorded):
            tables.setdefault(model.written_under, []).append(model._meta.label_lower)
    return any_of(*(Q(table__in=tables[act]) & at_centres(access.centres_of(user, act)) for act in tables))


def at_centres(centres: set[int] | None) -> Q:
    return Q() if centres is None else Q(patient__centre__in=centres)


def charts_in_hand(user: Actor) -> QuerySet[Patient]:
    """Charts in which the user saved something and that are not signed off, the latest first, with ``saved_at``, and
    how many open queries (``asked``) and among these missing items (``missing``) each has."""
    if not isinstance(user, User):
        return Patient.objects.none()
    own = ChartInHand.objects.filter(user=user, patient=OuterRef("pk"))
    signed = ChartLock.objects.filter(patient=OuterRef("pk"), voided_at=None)
    held = charts(user).filter(pk__in=ChartInHand.objects.filter(user=user).values("patient"))
    saved = Subquery(own.values("saved_at")[:1])
    latest: QuerySet[Patient] = held.filter(~Exists(signed)).annotate(saved_at=saved).order_by("-saved_at")
    return with_open_queries(latest)


def with_open_queries(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Annotate ``asked`` and ``missing``: open queries, and those among them about a missing item."""
    opened = DataQuery.objects.filter(patient=OuterRef("pk"), state=QueryState.OPEN, voided_at=None).order_by()
    counted = opened.values("patient").annotate(n=Count("pk")).values("n")
    lacking = opened.filter(severity=Severity.MISSING).values("patient").annotate(n=Count("pk")).values("n")
    return patients.annotate(asked=Coalesce(Subquery(counted), 0), missing=Coalesce(Subquery(lacking), 0))


def most_incomplete(user: Actor, most: int) -> list[dict[str, Any]]:
    """The charts that the user enters with the most missing items: ``patient__number`` and ``missing``."""
    lacking = visible_to(user, queries(user), Act.ENTER).filter(state=QueryState.OPEN, severity=Severity.MISSING)
    counted = lacking.order_by().values("patient__number").annotate(missing=Count("pk"))
    return [dict(row) for row in counted.order_by("-missing", "patient__number")[:most]]


def follow_up_due(user: Actor, on: date) -> QuerySet[Patient]:
    """Patients not known to be dead whose latest contact set a next one before ``on``, the longest overdue first, with
    ``due`` and ``last_contact``."""
    reached = visible_to(user, patients(user), Act.FOLLOW_UP).filter(~Exists(DEATH))
    # One look at the latest contact decides, for it is asked of every patient.
    next_due = Case(When(status=ContactStatus.DEAD, then=None), default=F("next_due_last"))
    due = reached.annotate(
        due=Subquery(LATEST.annotate(next=next_due).values("next")[:1]),
        last_contact=Subquery(LATEST.values("date")[:1]),
    )
    return due.filter(due__lt=on).order_by("due", "number")


def chart_model(table: str) -> type[Recorded] | None:
    """The model of that name whose rows are part of a chart. Who a patient is stands apart from the chart."""
    for model in apps.get_models():
        if model._meta.label_lower == table and issubclass(model, Recorded) and model.of_chart:
            return None if model is Identity else model
    return None


def record(user: Actor, table: str, row: int) -> Recorded | None:
    """The row of a chart that the user may see, by the names that a data query has for it."""
    model = chart_model(table)
    return None if model is None else visible_to(user, model._default_manager.filter(pk=row)).first()


def fields_of(model: type[Recorded]) -> dict[str, str]:
    """Labels of the fields that are entered in a form of ``model``, by name."""
    belonging = {*RECORDING, *model.stays, getattr(model, "parent_field", None)}
    fields = [field for field in model._meta.concrete_fields if field.editable and not field.generated]
    return {field.name: capfirst(str(field.verbose_name)) for field in fields if field.name not in belonging}


def value_of(row: Recorded, field: str) -> str:
    """A field's value as a data query keeps it."""
    value = getattr(row, field) if field else None
    return "" if value is None else str(value)[:VALUE_LENGTH]


def words_of(query: DataQuery) -> str:
    """The value that a data query found, as the field's choices call it."""
    model = chart_model(query.table)
    field: Any = model._meta.get_field(query.field) if model and query.field in fields_of(model) else None
    words = {str(value): str(label) for value, label in field.flatchoices} if field and field.choices else YES_NO
    return words.get(query.value, query.value)


def identity_of(user: Actor, patient: Patient) -> dict[str, str]:
    """Who the patient is, in plain text, for those who may see it; empty where nothing is recorded or all is erased."""
    access.require(user, Act.SEE_IDENTITY, patient.centre_id)
    row = Identity.objects.filter(patient=patient, voided_at=None).first()
    key = IdentityKey.objects.filter(patient=patient).first()
    if row is None or key is None:
        return {}
    stored = {field: getattr(row, field) for field in ("name", "hospital_number", "national_id", "phone", "address")}
    return {field: identity.decrypt(bytes(token), bytes(key.wrapped)) for field, token in stored.items() if token}


def plain(user: Actor, patient: Patient, token: bytes | None) -> str:
    """One value of who the patient is in plain text, such as an earlier one of the trail; empty where it is erased."""
    access.require(user, Act.SEE_IDENTITY, patient.centre_id)
    key = IdentityKey.objects.filter(patient=patient).first()
    return identity.decrypt(bytes(token), bytes(key.wrapped)) if token and key else ""


def by_hospital_number(user: Actor, number: str) -> QuerySet[Patient]:
    """Exact look-up by hospital number through the blind index, at the centres where the user may see identity."""
    held = Identity.objects.filter(hospital_number_index=identity.blind_index(number))
    own = held.filter(voided_at=None).values("patient")
    merged = held.filter(patient__merged_into__isnull=False).values("patient__merged_into")
    return visible_to(user, patients(user).filter(Q(pk__in=own) | Q(pk__in=merged)), Act.SEE_IDENTITY)


def merged(user: Actor, number: str) -> Patient | None:
    """The patient of this number who was merged into another; None where there is none that the user may see."""
    found = histories(user).filter(number=number, merged_into__isnull=False)
    return found.select_related("updated_by", "merged_into").first()


def survivor(patient: Patient) -> Patient:
    """The patient as whom this one goes on, over as many merges as there were."""
    while patient.merged_into is not None:
        patient = patient.merged_into
    return patient


def withdrawn() -> Exists:
    """Whether a patient, in a query for patients, withdrew a consent: the condition of every use that needs one."""
    return Exists(Consent.objects.filter(patient=OuterRef("pk"), voided_at=None, withdrawn_on__isnull=False))


def consent_notice(patient: Patient) -> str | None:
    """What the forms of a chart say once a consent was withdrawn; entry is not refused, since corrections stay due."""
    rows = list(Consent.objects.filter(patient=patient, voided_at=None))
    gone = [row.withdrawn_on for row in rows if row.withdrawn_on]
    if not gone:
        return None
    if left := sorted({str(row.get_scope_display()).lower() for row in rows if not row.withdrawn_on}):
        return f"Consent was withdrawn on {max(gone)}. Enter what is still consented to: {', '.join(left)}."
    return f"Consent was withdrawn on {max(gone)}, and no other stands. Enter nothing but corrections."


def exportable(user: Actor, patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Those of the ``patients`` whose rows the user may take out of the registry: at centres where the user may export,
    without whoever withdrew consent."""
    return visible_to(user, patients, Act.EXPORT).filter(~withdrawn())


def withdrawn_numbers() -> set[str]:
    """Registry numbers of all who withdrew consent, those included under which they stood before a merge."""
    gone = set(Patient.objects.filter(withdrawn()).values_list("pk", flat=True))
    people = Patient.objects.filter(Q(pk__in=gone) | Q(merged_into__isnull=False)).select_related("merged_into")
    return {row.number for row in people if survivor(row).pk in gone} if gone else set()


@dataclass(frozen=True)
class QueryMetrics:
    """The data queries of one centre and severity ('' where people ask): how many stand in each state, and the median
    number of days for which those still open have been."""

    centre: str
    severity: str
    open: int
    answered: int
    accepted: int
    median_days_open: float | None


def query_metrics(user: Actor) -> list[QueryMetrics]:
    """Of the centres whose charts the user manages, in the order of their names, the gravest first."""
    rows = visible_to(user, live(user, DataQuery), Act.MANAGE).exclude(state=QueryState.CLOSED)
    waiting = Q(state=QueryState.OPEN)
    counted = (
        rows.order_by()
        .values_list("patient__centre__name", "severity")
        .annotate(
            open=Count("pk", filter=waiting),
            answered=Count("pk", filter=Q(state=QueryState.ANSWERED)),
            accepted=Count("pk", filter=Q(state=QueryState.ACCEPTED)),
            days=Median(Extract(Now() - F("state_since"), "epoch") / 86400.0, filter=waiting),
        )
    )
    found = [QueryMetrics(centre, severity or "", *figures) for centre, severity, *figures in counted]
    order = ["", *Severity.values]
    return sorted(found, key=lambda row: (row.centre, order.index(row.severity)))
