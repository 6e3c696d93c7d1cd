"""What each stored field says about a person. An app classifies its own tables in its ``classification`` module, which
its configuration has it declare at start.

What is classified decides what may leave: identifying fields never do, quasi-identifying ones only changed (dates
shifted, ages capped, centres by code). A test fails on a field that is not classified.
"""

from collections.abc import Iterable, Mapping

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


_classified: dict[type[models.Model], Fields] = {}
_oversight: set[type[models.Model]] = set()


def register(fields: Mapping[type[models.Model], Fields], *, oversight: Iterable[type[models.Model]] = ()) -> None:
    """The tables of one app that say something about patients; of these, ``oversight`` say how a chart is kept."""
    _classified.update(fields)
    _oversight.update(oversight)


def registered() -> dict[type[models.Model], Fields]:
    """Every table with a word about a patient, in the order in which a chart holds them."""
    return dict(_classified)


def is_oversight(model: type[models.Model]) -> bool:
    """Whether the table says how a chart is kept (queries, locks, keys) and nothing that a chart would say."""
    return model in _oversight


def kind_of(field: models.Field[object, object]) -> Kind | None:
    """Kind of a model's field by the classification of its table; a derived column is of the kind of its date."""
    known = {**(RECORDED if issubclass(field.model, Recorded) else {}), **_classified.get(field.model, {})}
    if isinstance(field, models.GeneratedField):
        return known.get(field.name.removesuffix("_first").removesuffix("_last"))
    return known.get(field.name)
