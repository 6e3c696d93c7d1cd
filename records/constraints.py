"""CHECK constraints that many models share."""

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


def between(model: str, field: str, low: float, high: float, unit: str) -> models.CheckConstraint:
    """A constraint that a number, where given, lies in the closed range of what is possible."""
    name = field.replace("_", " ").capitalize()
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__range": (low, high)}),
        name=f"{model}_{field}_possible",
        violation_error_message=f"{name} must lie between {low:g} and {f'{high:g} {unit}'.strip()}.",
    )
