"""CHECK constraints that many models share."""

import re
from collections.abc import Iterator
from typing import Any, cast

from django.core.validators import RegexValidator
from django.db import models


def known_values(model: str, **choices: type[models.Choices]) -> list[models.CheckConstraint]:
    """A constraint per choice field: nothing but the declared values (or nothing at all) is stored."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{field}__in": values.values}) | models.Q(**{f"{field}__isnull": True}),
            name=f"{model}_{field}_known",
        )
        for field, values in choices.items()
    ]


def known_items(model: str, **choices: type[models.Choices]) -> list[models.CheckConstraint]:
    """As ``known_values``, for fields that hold a list of them."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__contained_by": values.values}),
            name=f"{model}_{field}_known",
        )
        for field, values in choices.items()
    ]


def coded(model: str, **validators: RegexValidator) -> list[models.CheckConstraint]:
    """A constraint per field that holds a code (or nothing): what the validator of its form asks."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{field}__isnull": True})
            | models.Q(**{f"{field}__regex": cast("re.Pattern[str]", validator.regex).pattern}),
            name=f"{model}_{field}_coded",
            violation_error_message=validator.message,
        )
        for field, validator in validators.items()
    ]


class Possible(models.CheckConstraint):
    """A range that knows its unit. To the database and its migrations it is any CHECK constraint."""

    def __init__(self, *, unit: str = "", **rule: Any) -> None:
        super().__init__(**rule)
        self.unit = unit

    def deconstruct(self) -> Any:
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs

    def clone(self) -> "Possible":
        """Each model gets its constraints as clones."""
        return type(self)(unit=self.unit, **self.deconstruct()[2])


def between(model: str, field: str, low: float, high: float, unit: str, called: str | None = None) -> Possible:
    """A constraint that a number, where given, lies in the closed range of what is possible.

    The sentence that refuses it calls it by the field's name unless it is ``called`` otherwise.
    """
    name = called or field.replace("_", " ").capitalize()
    return Possible(
        unit=unit,
        condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__range": (low, high)}),
        name=f"{model}_{field}_possible",
        violation_error_message=f"{name} must lie between {low:g} and {f'{high:g} {unit}'.strip()}.",
    )


def leaves(condition: models.Q) -> Iterator[tuple[str, Any]]:
    """The look-ups of a condition with their values, without how they are joined."""
    children: list[Any] = list(condition.children)
    for child in children:
        if isinstance(child, models.Q):
            yield from leaves(child)
        else:
            yield child
