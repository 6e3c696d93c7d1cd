"""The data dictionary: every variable, endpoint and moment that derivation offers, in the order of a chart."""

from __future__ import annotations

from analyses.derivation.endpoints import RULES
from analyses.derivation.moments import MOMENTS
from analyses.derivation.variables import disease, laboratory, metastases, outcome, person, radiotherapy, systemic
from analyses.pipeline.dataset import Endpoint, Moment, Variable
from analyses.pipeline.parameters import DerivationParameters

DECLARATIONS = (
    *person.VARIABLES,
    *disease.VARIABLES,
    *metastases.VARIABLES,
    *systemic.VARIABLES,
    *radiotherapy.VARIABLES,
    *outcome.VARIABLES,
    *laboratory.VARIABLES,
)


def variables(parameters: DerivationParameters) -> tuple[Variable, ...]:
    """Every analysis variable; levels and windows follow the parameters."""
    return tuple(declaration.variable(parameters) for declaration in DECLARATIONS)


def endpoints(parameters: DerivationParameters) -> tuple[Endpoint, ...]:
    """Every endpoint; what competes follows the parameters."""
    return tuple(rule.endpoint(parameters) for rule in RULES)


def moments() -> tuple[Moment, ...]:
    """Every dated moment."""
    return MOMENTS
