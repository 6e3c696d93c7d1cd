"""Every rule is held to its own examples, in the database and through the world's actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

from patients.models import ClinicalRow
from records import quality
from records.models import Recorded
from records.quality import At, Example, Rule
from treatments.models import Drug, Regimen

if TYPE_CHECKING:
    from tests.worlds import World

RULES = quality.registered()
CATALOGUE = {"regimen": Regimen, "drug": Drug}
# The catalogue is no part of a chart: what a change of it means is found by the nightly sweep.
OF_CATALOGUE = {"treatments_regimen", "treatments_regimendrug", "treatments_drug"}
of_each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def model_called(name: str) -> Any:
    return next(model for model in apps.get_models() if issubclass(model, Recorded) and model._meta.model_name == name)


def build(world: World, example: Example) -> list[Any]:
    """The rows of an example, stored in their order."""
    rows: list[Any] = []
    for name, values in example:
        rows.append(stored(world, name, {key: value_of(key, value, rows) for key, value in values.items()}, rows))
    return rows


def value_of(name: str, value: Any, rows: list[Any]) -> Any:
    if isinstance(value, At):
        return rows[value.place]
    return CATALOGUE[name].objects.get(code=value) if name in CATALOGUE else value


def stored(world: World, name: str, values: dict[str, Any], rows: list[Any]) -> Any:
    if name == "patient":
        return world.patient(**values)
    model = model_called(name)
    assert issubclass(model, ClinicalRow)
    return world.add(model, **values) if model.parent_field in values else world.add(model, patient=rows[0], **values)


def found(rule: Rule) -> list[int]:
    return [finding.row for finding in quality.findings([rule])]


@pytest.mark.django_db
@of_each_rule
def test_a_broken_example_opens_one_finding_on_its_last_row(rule: Rule, world: World) -> None:
    assert rule.broken
    before = set[int]()
    for example in rule.broken:
        *_, expected = [row for row in build(world, example) if isinstance(row, rule.model)]
        assert set(found(rule)) - before == {expected.pk}, example
        before.add(expected.pk)


@pytest.mark.django_db
@of_each_rule
def test_a_kept_example_opens_none(rule: Rule, world: World) -> None:
    assert rule.kept
    for example in rule.kept:
        build(world, example)
        assert found(rule) == [], example


def test_there_are_rules_for_every_part_of_the_chart() -> None:
    assert len(RULES) >= 40
    assert all(re.fullmatch(r"[A-Z]{2}-\d\d", rule.id) for rule in RULES)


@of_each_rule
def test_a_rule_speaks_to_an_abstractor(rule: Rule) -> None:
    assert rule.sentence.endswith(".")
    assert rule.sentence[0].isupper()
    assert len(rule.sentence) <= 120
    if rule.field:
        rule.model._meta.get_field(rule.field)


@of_each_rule
def test_a_rule_is_asked_again_after_a_change_of_what_it_reads(rule: Rule) -> None:
    """The tables that its SQL names, and of the patient more than whether it counts, are among ``asked_after``."""
    sql, _ = quality.breaking(rule).query.sql_with_params()
    named = set(re.findall(r'(?:FROM|JOIN) "(\w+)"', sql)) - OF_CATALOGUE
    columns = set(re.findall(r'"patients_patient"\."(\w+)"', sql)) - {
        "id",
        "voided_at",
        "merged_into_id",
        "second_of_id",
    }
    asked = {model._meta.db_table for model in rule.asked_after}
    assert named - {"patients_patient"} | ({"patients_patient"} if columns else set()) <= asked
    assert asked - {"patients_patient"} <= named


@pytest.mark.django_db
def test_one_patient_and_all_rows_are_asked_the_same(world: World) -> None:
    patients = [build(world, rule.broken[0])[0].pk for rule in RULES]
    of_all = set(quality.findings(RULES))
    assert {finding.rule for finding in of_all} == {rule.id for rule in RULES}
    for patient in patients[::25]:
        assert set(quality.findings(RULES, {patient})) == {item for item in of_all if item.patient == patient}
    assert set(quality.findings(RULES, patients)) == of_all
