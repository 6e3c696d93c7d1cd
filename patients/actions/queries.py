"""Data queries open and close by themselves, as the data break the rules or no longer do."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from patients.actions import ranks
from patients.actions.conversation import moved
from patients.models import DataQuery, Patient, QueryState
from records import quality
from records.accounts import service_account
from records.actions import add_many, built, put, whole
from records.models import Source, User
from records.quality import Finding, Rule
from records.writes import Written

# So many patients are checked in one transaction, which holds their rows.
AT_ONCE = 500
BECAUSE = "Data-quality rules"
AGAIN = "The record breaks the rule again. Found: {}."
OTHERWISE = "The value was changed and still breaks the rule. Found: {}."
RIGHT = "Closed by itself: the record no longer breaks the rule."
WITHDRAWN = "Closed by itself: the rule is no longer declared."


@dataclass
class Outcome:
    """How many queries a check opened, opened again and closed."""

    opened: int = 0
    reopened: int = 0
    closed: int = 0


def check_patients(patients: Collection[int], rules: Sequence[Rule] | None = None) -> Outcome:
    """Ask the rules (all, or these) of the patients, given by primary key, and bring their queries in line with what
    is found. A query that was answered or accepted stays so as long as the value found is the one it was about."""
    outcome, by = Outcome(), service_account()
    for some in portions(sorted(patients)):
        with whole(by, reason=BECAUSE):
            # Of two checks of one patient the second waits here, and then sees what the first wrote.
            held = Patient.objects.select_for_update(no_key=True).filter(pk__in=some).order_by("pk")
            _brought_in_line({patient.pk: patient for patient in held}, rules, by, outcome)
    if outcome.opened or outcome.reopened:
        ranks.tell_of_new()
    return outcome


def portions(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _brought_in_line(patients: Mapping[int, Patient], rules: Sequence[Rule] | None, by: User, outcome: Outcome) -> None:
    asked = quality.registered() if rules is None else rules
    found = {finding.key: finding for finding in quality.findings(asked, patients)}
    of_rules = ~Q(rule="") if rules is None else Q(rule__in=[rule.id for rule in rules])
    # Held, so that nobody answers a query between its reading here and its writing.
    held = DataQuery.objects.select_for_update(no_key=True).order_by("pk")
    stored = held.filter(of_rules, patient__in=patients, voided_at=None)
    standing = {(query.rule, query.row): query for query in stored}
    _opened([found[key] for key in found.keys() - standing.keys()], patients, by, outcome)
    for key, query in standing.items():
        if key in found:
            _still_broken(query, found[key], by, outcome)
        elif query.state != QueryState.CLOSED:
            moved(query, QueryState.CLOSED, RIGHT if quality.rule(query.rule) else WITHDRAWN, by=by)
            outcome.closed += 1


def _opened(findings: Sequence[Finding], patients: Mapping[int, Patient], by: User, outcome: Outcome) -> None:
    rows = [built(DataQuery, by=by, source=Source.CHART, **_values(finding, patients)) for finding in findings]
    add_many(rows, by=by, source=Source.CHART, reason=BECAUSE)
    outcome.opened += len(rows)


def _values(finding: Finding, patients: Mapping[int, Patient]) -> dict[str, Any]:
    rule = quality.rule(finding.rule)
    assert rule is not None  # it was just asked
    return {
        "patient": patients[finding.patient],
        "rule": rule.id,
        "severity": rule.severity,
        "table": finding.table,
        "row": finding.row,
        "field": rule.field,
        "text": rule.sentence,
        "value": finding.value,
        "rank": ranks.rank_of(rule.severity),
    }


def _still_broken(query: DataQuery, finding: Finding, by: User, outcome: Outcome) -> None:
    if is_news(query.state, query.value, finding):
        said = AGAIN if query.state == QueryState.CLOSED else OTHERWISE
        moved(query, QueryState.OPEN, said.format(finding.value or "nothing"), by=by, value=finding.value, cost="")
        outcome.reopened += 1
    elif query.value != finding.value:
        put(query, by=by, version=query.version, value=finding.value, cost="")


def is_news(state: str, value: str, finding: Finding) -> bool:
    """Whether a standing query has to be opened again for what is found now."""
    return state == QueryState.CLOSED or (state != QueryState.OPEN and value != finding.value)


def check_all() -> Outcome:
    """Ask every rule of every stored row: when rules change, and each night, should a check after a write have failed.

    The rules are asked of all rows at once; only patients whose queries are not in line are then held and checked.
    """
    return check_patients(_out_of_line())


def _out_of_line() -> set[int]:
    """Primary keys of the patients whose queries differ from what the rules find."""
    found = {finding.key: finding for finding in quality.findings(quality.registered())}
    stored = DataQuery.objects.filter(~Q(rule=""), voided_at=None)
    patients = set[int]()
    for rule, row, patient, state, value in stored.values_list("rule", "row", "patient", "state", "value").iterator():
        finding = found.pop((rule, row), None)
        if finding is None:
            differs = state != QueryState.CLOSED
        else:
            differs = is_news(state, value, finding) or value != finding.value
        if differs:
            patients.add(patient)
    return patients | {finding.patient for finding in found.values()}


def after_writes(written: Written) -> None:
    """Ask the rules that read what was written, of the patients concerned."""
    rules = quality.rules_after(written.rows)
    if rules:
        check_patients(written.patients, rules)
