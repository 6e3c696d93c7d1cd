"""The drawn cohort into the database, through the bulk actions that every import uses."""

from typing import Any

from django.db import transaction

from exchange.study_cohort.records import CATALOGUE, TABLES, Records, parent_table
from patients import models as patient_models
from patients.actions import register_many
from patients.models import Patient
from records import writes
from records.actions import add_many, built
from records.models import Centre, Recorded, Registry, Source, User
from treatments import models as treatment_models
from treatments.models import Drug, Regimen

CODE, PREFIX = "mnpc", "NPC"
TITLE = "De novo metastatic NPC (invented)"
CENTRE_CODE, CENTRE_NAME = "invented", "Invented cancer centre"

MODELS: dict[str, type[Recorded]] = {
    model._meta.model_name: model
    for module in (patient_models, treatment_models)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, Recorded) and model._meta.model_name in TABLES
}


def registry_exists() -> bool:
    return Registry.objects.filter(code=CODE).exists()


@transaction.atomic
def write(records: Records, *, by: User, reason: str) -> Registry:
    """Make the registry with all rows of ``records``; all or nothing. Raises ``ValidationError``.

    The data-quality rules are asked once, when all is written.
    """
    registry = Registry.objects.create(code=CODE, title=TITLE, number_prefix=PREFIX, is_invented=True)
    centre, _ = Centre.objects.get_or_create(code=CENTRE_CODE, defaults={"name": CENTRE_NAME})
    catalogue: dict[str, dict[str, int]] = {
        "regimen": dict(Regimen.objects.values_list("code", "pk")),
        "drug": dict(Drug.objects.values_list("code", "pk")),
    }
    with writes.gathered():
        patients: list[Patient] = register_many(
            by=by, registry=registry, centre=centre, rows=records.tables["patient"], source=Source.IMPORT
        )
        stored: dict[str, list[Any]] = {"patient": patients}
        for table in TABLES[1:]:
            rows = [
                built(MODELS[table], by=by, source=Source.IMPORT, **_resolved(table, row, stored, catalogue))
                for row in records.tables[table]
            ]
            stored[table] = add_many(rows, by=by, source=Source.IMPORT, reason=reason)
    return registry


def _resolved(
    table: str, row: dict[str, Any], stored: dict[str, list[Any]], catalogue: dict[str, dict[str, int]]
) -> dict[str, Any]:
    """The row's values with the stored patient and parent in place of their positions, and keys in place of codes."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        parent = parent_table(table, name)
        if name == "patient":
            values[name] = stored[name][value]
        elif parent is not None:
            values[name] = stored[parent][value]
        elif name in CATALOGUE:
            values[f"{name}_id"] = catalogue[name][value]
        else:
            values[name] = value
    return values
