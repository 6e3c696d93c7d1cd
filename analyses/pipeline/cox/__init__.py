"""Cox's proportional hazards model."""

from analyses.pipeline.cox.concordance import Concordance
from analyses.pipeline.cox.fit import fit_cox
from analyses.pipeline.cox.model import ChiSquare, CoxFit, CoxTerm
from analyses.pipeline.cox.profile import profile_terms
from analyses.pipeline.cox.proportional import ProportionalHazardsTest, ph_test

__all__ = [
    "ChiSquare",
    "Concordance",
    "CoxFit",
    "CoxTerm",
    "ProportionalHazardsTest",
    "fit_cox",
    "ph_test",
    "profile_terms",
]
