"""The data-quality rules about patients, their disease and their follow-up; one module per part of the chart."""

from patients.quality import person
from records import quality


def declare() -> None:
    """Called once, at start."""
    quality.register(*person.RULES)
