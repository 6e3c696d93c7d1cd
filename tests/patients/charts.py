"""Charts with a record of every kind, for tests that do something to whole charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.access_matrix import PARENTS, RECORDS, model_of

if TYPE_CHECKING:
    from patients.models import Patient
    from tests.worlds import World

# Entered by actions of their own.
APART = {"patients.Identity", "patients.ChartLock", "patients.DataQuery"}


def fill(world: World, patient: Patient, **changes: dict[str, Any]) -> dict[str, Any]:
    """One record of every kind of chart record; ``changes`` of its values by the name of the model."""
    from treatments.models import Drug

    made: dict[str, Any] = {}
    for kind, values in RECORDS.items():
        model = model_of(kind)
        if kind in APART or not is_chart(model):
            continue
        given: dict[str, Any] = {**values, **changes.get(model.__name__, {})}
        if kind in PARENTS:
            given[model.parent_field] = made[PARENTS[kind]]
        else:
            given["patient"] = patient
        if kind == "treatments.DrugDose":
            given["drug"] = Drug.objects.get(code="cisplatin")
        if kind == "treatments.LocalTreatment":
            given["site"] = made["patients.MetastaticSite"]
        made[kind] = world.add(model, **given)
    return made


def is_chart(model: Any) -> bool:
    from patients.comparison import kinds

    return model in kinds()


def live(*patients: Patient) -> set[tuple[str, int]]:
    """The live rows of the patients, of whatever kind: (table, primary key)."""
    from patients.models import ClinicalRow, Patient

    related: list[Any] = [r.related_model for r in Patient._meta.related_objects if r.field.name == "patient"]
    return {
        (model._meta.label, pk)
        for model in related
        if issubclass(model, ClinicalRow)
        for pk in model.objects.filter(patient__in=patients, voided_at=None).values_list("pk", flat=True)
    }
