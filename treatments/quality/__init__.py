"""The data-quality rules about treatment, response and toxicity; one module per part of the chart."""

from records import quality
from treatments.quality import cycles, local_treatment, radiotherapy, response, systemic, toxicity


def declare() -> None:
    """Called once, at start."""
    for module in (systemic, cycles, radiotherapy, local_treatment, response, toxicity):
        quality.register(*module.RULES)
