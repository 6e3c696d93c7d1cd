"""Merging two patients who are one person, and judging that two who look alike are not."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from patients import selectors
from patients.actions.conversation import moved
from patients.actions.identity import record_identity
from patients.actions.locks import hold
from patients.comparison import Charts, Compared, Ref, compare, must_come, ref, references
from patients.models import (
    ChartLock,
    DataQuery,
    DistinctPair,
    EntryState,
    Identity,
    Patient,
    QueryState,
    SecondEntry,
)
from records import access, writes
from records.actions import add, put, refuse_void, whole
from records.models import Recorded, User
from records.roles import Act
from records.selectors import below

PERSON = "person"
IDENTITY = "identity"
# What the record of a person says of them.
PERSONAL = ("sex", "birth_date", "age_at_reference", "age_reference")
LEFT_BEHIND = "Closed: {drop} was merged into {keep}, and the record did not come over."


def judge_distinct(patient: Patient, other: Patient, *, by: User, reason: str) -> DistinctPair:
    """Record that two patients who look alike are two persons; they are then proposed no more."""
    if not reason.strip():
        raise ValidationError("Say by what they are known to be two persons.", code="reason")
    _refuse_pair(patient, other, by)
    first, second = sorted((patient, other), key=lambda row: row.pk)
    return add(DistinctPair, by=by, reason=reason.strip(), patient=first, other=second, note=reason.strip())


def merge(
    *,
    by: User,
    keep: Patient,
    drop: Patient,
    version_keep: int,
    version_drop: int,
    singles: Mapping[str, bool],
    rows: Mapping[Ref, bool],
    reason: str,
) -> Patient:
    """Make one patient of two who are one person: ``drop`` is closed under ``keep``, for good.

    ``singles`` says for each section of which both have a record whether that of ``drop`` stands: by table, and under
    ``person`` and ``identity`` (False where nothing is said). ``rows`` says of each other record of ``drop``, as it was
    read, whether it comes over. What comes over takes along what hangs below it; the rest is voided with the reason.

    Raises ``StaleVersion`` or ``ValidationError`` where either chart changed since it was read.
    """
    if not reason.strip():
        raise ValidationError("Say by what they are known to be one person.", code="reason")
    _refuse_pair(keep, drop, by)
    _refuse_second_entry(keep, drop)
    with whole(by, reason=reason):
        hold({keep.pk, drop.pk})
        plan = _Plan(Charts(keep, drop), keep, drop, singles, rows)
        written = _chart(plan, by=by, reason=reason)
        _identity(keep, drop, by=by, reason=reason, theirs=singles.get(IDENTITY, False))
        _oversight(plan, by=by, reason=reason)
        values = {name: getattr(drop, name) for name in PERSONAL} if singles.get(PERSON, False) else {}
        # An identifier of the source stands once in a registry, and leads an import to its patient.
        follows = bool(drop.external_id) and not keep.external_id
        given, taken = ({"external_id": None}, {"external_id": drop.external_id}) if follows else ({}, {})
        put(drop, by=by, version=version_drop, merged_into=keep, **given)
        put(keep, by=by, version=version_keep, **values, **taken)
    kinds: set[type[Recorded]] = {*written, Patient}
    writes.tell({kind: {keep.pk, drop.pk} for kind in kinds}, by=by)
    keep.refresh_from_db()
    drop.refresh_from_db()
    return keep


def _refuse_pair(patient: Patient, other: Patient, by: User) -> None:
    for row in (patient, other):
        access.require(by, Act.MANAGE, row.centre_id)
        refuse_void(row)
        if row.second_of_id is not None:
            raise ValidationError(f"{row} stands for the second entry of another chart.", code="second")
    if patient.pk == other.pk:
        raise ValidationError("These are one patient already.", code="same")
    if patient.registry_id != other.registry_id:
        raise ValidationError("The two stand in different registries, each with a numbering of its own.", code="apart")


def _refuse_second_entry(*patients: Patient) -> None:
    unsettled = SecondEntry.objects.filter(patient__in=patients, voided_at=None).exclude(state=EntryState.SETTLED)
    if entry := unsettled.select_related("patient").first():
        raise ValidationError(f"Settle or void the second entry of {entry.patient} first.", code="second")


class _Plan:
    """What becomes of each record of both charts."""

    def __init__(
        self, charts: Charts, keep: Patient, drop: Patient, singles: Mapping[str, bool], rows: Mapping[Ref, bool]
    ) -> None:
        self.charts, self.keep, self.drop = charts, keep, drop
        self.coming: dict[Recorded, None] = {}
        self.voided: dict[Recorded, None] = {}
        # Rows that say the same as one that is left behind, by the latter.
        self.twins: dict[Recorded, Recorded] = {}
        compared = compare(charts, keep, drop)
        _refuse_unread(compared, rows)
        for item in compared:
            self.twins |= {other: twin for twin, other in item.twins}
            for row in item.optional:
                self.decide(row, comes=rows[ref(row)] or (must_come(row) and row not in self.twins))
            if item.single:
                self.single(item, theirs=singles.get(item.kind._meta.label_lower, False))
        # The database holds what hangs below a row, or names it, to the row's patient: it moves along, void or not.
        self.moving = self.closure(self.coming)

    def single(self, item: Compared, *, theirs: bool) -> None:
        for _, other in item.twins:
            self.decide(other, comes=False)
        for row in item.only_dropped:
            self.decide(row, comes=theirs or not item.only_kept)
        if theirs and item.only_dropped:
            for row in item.only_kept:
                self.decide(row, comes=False)

    def decide(self, row: Any, *, comes: bool) -> None:
        (self.coming if comes else self.voided)[row] = None
        for child in self.charts.children(row):
            if not comes and not child.is_void:
                self.decide(child, comes=False)

    def closure(self, rows: Iterable[Any]) -> dict[Any, None]:
        found: dict[Any, None] = {}
        waiting = list(rows)
        while waiting:
            row = waiting.pop()
            if row not in found:
                found[row] = None
                waiting += self.charts.naming(row)
        return found

    def named_anew(self, row: Any) -> dict[str, Any]:
        """The rows that a moving row names, where these stay behind: their twins at the survivor."""
        anew: dict[str, Any] = {}
        for key in references(type(row)):
            kind: Any = key.related_model
            named = self.charts.rows[kind].get(getattr(row, key.attname))
            if named is None or named in self.moving:
                continue
            if named not in self.twins:
                raise ValidationError(f"{row} names a record that does not come over: {named}.", code="named")
            anew[key.attname] = self.twins[named].pk
        return anew


def _refuse_unread(compared: Iterable[Compared], rows: Mapping[Ref, bool]) -> None:
    asked = {ref(row) for item in compared for row in item.optional}
    if asked != set(rows):
        raise ValidationError(
            "A record of the two charts changed since you compared them. Compare again.", code="stale"
        )


def _chart(plan: _Plan, *, by: User, reason: str) -> set[type[Recorded]]:
    """Void and move the records of both charts; the models that were written."""
    # In this order: of a single kind one row has to go before the other can take its place.
    touched = [*plan.voided, *(row for row in plan.moving if row not in plan.voided)]
    both = frozenset({plan.keep.pk, plan.drop.pk})
    for kind in {type(row) for row in touched} or {Patient}:
        writes.ask_guards(writes.Write(kind, both, by, reason, adding=False))
    void = _voided(by, reason)
    for row in touched:
        values: dict[str, Any] = void if row in plan.voided else {}
        if row in plan.moving:
            values = values | {"patient": plan.keep} | plan.named_anew(row)
        put(row, by=by, version=row.version, **values)
    return {type(row) for row in touched}


def _voided(by: User, reason: str) -> dict[str, Any]:
    return {"voided_at": timezone.now(), "voided_by": by, "void_reason": reason.strip()[:200]}


def _identity(keep: Patient, drop: Patient, *, by: User, reason: str, theirs: bool) -> None:
    """The values of ``drop`` where they stand, or where ``keep`` has none, encrypted anew under the key of ``keep``.

    A hospital number belongs to its centre and is not taken to another one.
    """
    left = Identity.objects.filter(patient=drop, voided_at=None).first()
    if left is None:
        return
    texts: dict[str, Any] = selectors.identity_of(by, drop)
    if keep.centre_id != drop.centre_id:
        texts.pop("hospital_number", None)
    put(left, by=by, version=left.version, **_voided(by, reason))
    if texts and (theirs or not Identity.objects.filter(patient=keep, voided_at=None).exists()):
        record_identity(keep, by=by, reason=reason, **texts)


def _oversight(plan: _Plan, *, by: User, reason: str) -> None:
    """What is said about the two charts: queries, sign-off, second entry, judgements about further patients."""
    void = _voided(by, reason)
    _queries(plan, by=by)
    for lock in ChartLock.objects.filter(patient=plan.drop, voided_at=None):
        put(lock, by=by, version=lock.version, **void)
    for entry in SecondEntry.objects.filter(patient=plan.drop, voided_at=None):
        for row in (*reversed(below(entry)), entry):
            put(row, by=by, version=row.version, **void)
    for pair in DistinctPair.objects.filter(Q(patient=plan.drop) | Q(other=plan.drop), voided_at=None):
        _distinct_anew(pair, plan, by=by, reason=reason)


def _queries(plan: _Plan, *, by: User) -> None:
    """Queries stay with their records; those about a record that is void now are closed."""
    gone = {(row._meta.label_lower, row.pk) for row in plan.voided} | {(Patient._meta.label_lower, plan.drop.pk)}
    both = (plan.keep, plan.drop)
    said = LEFT_BEHIND.format(drop=plan.drop, keep=plan.keep)
    for query in DataQuery.objects.filter(patient__in=both, voided_at=None):
        along = {"patient": plan.keep} if query.patient_id == plan.drop.pk else {}
        if (query.table, query.row) in gone and query.state != QueryState.CLOSED:
            moved(query, QueryState.CLOSED, said, by=by, **along)
        elif along:
            put(query, by=by, version=query.version, **along)


def _distinct_anew(pair: DistinctPair, plan: _Plan, *, by: User, reason: str) -> None:
    """Whoever is not the one is not the other either; a judgement about just these two is overruled."""
    put(pair, by=by, version=pair.version, **_voided(by, reason))
    other = pair.other if pair.patient_id == plan.drop.pk else pair.patient
    first, second = sorted((plan.keep, other), key=lambda row: row.pk)
    known = DistinctPair.objects.filter(patient=first, other=second, voided_at=None).exists()
    if other.pk != plan.keep.pk and not known and other.merged_into_id is None:
        add(DistinctPair, by=by, reason=reason, patient=first, other=second, note=pair.note)
