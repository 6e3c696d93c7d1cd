"""What the data-quality rules say they harm is what the dictionary offers: the lower apps know it by name alone."""

from datetime import date

import pytest

from analyses.derivation import dictionary
from analyses.pipeline.parameters import DerivationParameters
from records import quality
from records.quality import Rule

PARAMETERS = DerivationParameters(data_cutoff=date(2019, 12, 31))
OFFERED = {
    *(variable.name for variable in dictionary.variables(PARAMETERS)),
    *(endpoint.name for endpoint in dictionary.endpoints(PARAMETERS)),
}


@pytest.mark.parametrize("rule", quality.registered(), ids=lambda rule: rule.id)
def test_a_rule_harms_variables_and_endpoints_that_exist(rule: Rule) -> None:
    assert set(rule.harms) <= OFFERED
    assert len(set(rule.harms)) == len(rule.harms)


def test_every_endpoint_is_harmed_by_some_rule() -> None:
    harmed = {name for rule in quality.registered() for name in rule.harms}
    assert {endpoint.name for endpoint in dictionary.endpoints(PARAMETERS)} <= harmed
