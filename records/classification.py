"""What each stored field says about a person. An app classifies its own tables in its ``classification`` module.

What is classified decides what may leave: identifying fields never do, quasi-identifying ones only changed (dates
shifted, ages capped, centres by code). A test fails on a field that is not classified.
"""

from collections.abc import Mapping

from django.db import models

from records.models import Centre, Exit, Membership, Recorded, Registry, User

Fields = Mapping[str, "Kind"]


class Kind(models.TextChoices):
    IDENTIFYING = "identifying", "Names the person, or may do so, as free text may"
    QUASI = "quasi-identifying", "With others of its kind leads to the person"
    CLINICAL = "clinical", "Says what the person has, had or was given"
    OWN = "own", "Says nothing about the person: the registry's own"


def classified(*, identifying: str = "", quasi: str = "", clinical: str = "", own: str = "") -> Fields:
    """Kinds by field name, for the names in each text."""
    kinds = {Kind.IDENTIFYING: identifying, Kind.QUASI: quasi, Kind.CLINICAL: clinical, Kind.OWN: own}
    return {name: kind for kind, names in kinds.items() for name in names.split()}


# Columns of every recorded row.
RECORDED = classified(
    identifying="note void_reason",
    own="id version created_at created_by updated_at updated_by source voided_at voided_by",
)
# Tables without a word about any patient.
OWN_TABLES: tuple[type[models.Model], ...] = (User, Registry, Centre, Membership, Exit)


def kind_of(field: models.Field[object, object], fields: Fields) -> Kind | None:
    """Kind of a model's field by the classification of its table; a derived column is of the kind of its date."""
    known = {**(RECORDED if issubclass(field.model, Recorded) else {}), **fields}
    if isinstance(field, models.GeneratedField):
        return known.get(field.name.removesuffix("_first").removesuffix("_last"))
    return known.get(field.name)
