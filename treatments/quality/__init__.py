"""The data-quality rules about treatment, response and toxicity; one module per part of the chart."""


def declare() -> None:
    """Called once, at start."""
