"""CHECK constraints that many models share."""

import re
from typing import cast

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


def between(
    model: str, field: str, low: float, high: float, unit: str, called: str | None = None
) -> models.CheckConstraint:
    """A constraint that a number, where given, lies in the closed range of what is possible.

    The sentence that refuses it calls it by the field's name unless it is ``called`` otherwise.
    """
    name = called or field.replace("_", " ").capitalize()
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__range": (low, high)}),
        name=f"{model}_{field}_possible",
        violation_error_message=f"{name} must lie between {low:g} and {f'{high:g} {unit}'.strip()}.",
    )
