"""Several causes that end follow-up: cumulative incidence, its comparison, and models of the hazards behind it."""

from analyses.pipeline.competing.cause_specific import cause_specific
from analyses.pipeline.competing.fine_gray import FineGrayFit, fine_gray
from analyses.pipeline.competing.gray import GrayTest, gray_test
from analyses.pipeline.competing.incidence import (
    CauseCurve,
    CauseCurveAt,
    CumulativeIncidence,
    cumulative_incidence,
)

__all__ = [
    "CauseCurve",
    "CauseCurveAt",
    "CumulativeIncidence",
    "FineGrayFit",
    "GrayTest",
    "cause_specific",
    "cumulative_incidence",
    "fine_gray",
    "gray_test",
]
