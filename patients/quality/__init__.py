"""The data-quality rules about patients, their disease and their follow-up; one module per part of the chart."""

from patients.quality import assessments, disease, follow_up, metastasis, person
from records import quality


def declare() -> None:
    """Called once, at start."""
    for module in (person, disease, metastasis, assessments, follow_up):
        quality.register(*module.RULES)
