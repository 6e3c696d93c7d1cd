"""A spec is a value: it survives its JSON form, compares by content, and refuses what it cannot mean."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.references import check_references, endpoints_used
from analyses.pipeline.spec import StudySpec
from tests.pipeline.factories import PLANS, plan, synthetic_dataset

SAVED = sorted(path.stem for path in PLANS.glob("*.json"))


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_plan_is_complete_and_keeps_its_content(name: str) -> None:
    """The file holds every value, defaults included: what a plan does cannot change under it."""
    stored = json.loads((PLANS / f"{name}.json").read_text())
    spec = StudySpec.from_json(stored)
    assert spec.to_json() == stored
    assert spec.name == name
    assert StudySpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_the_fingerprint_follows_the_content() -> None:
    spec = plan()
    assert spec.fingerprint() == plan().fingerprint()
    assert replace(spec, seed=spec.seed + 1).fingerprint() != spec.fingerprint()
    assert len({plan(name).fingerprint() for name in SAVED}) == len(SAVED)


def test_the_published_plan_says_what_the_paper_says() -> None:
    spec = plan()
    assert spec.table1 is not None
    assert spec.propensity is not None
    assert spec.matching is not None
    assert len(spec.table1.variables) == 21
    assert (spec.table1.yates_before, spec.table1.yates_after) == (True, False)
    assert (spec.propensity.rule, spec.propensity.threshold) == ("significant-baseline", 0.05)
    assert (spec.matching.caliper, spec.matching.caliper_scale, spec.matching.on) == (0.1, "sd", "probability")
    assert (spec.derivation.oligo_threshold, spec.derivation.age_cut) == (1, 45)
    assert spec.sensitivity is not None
    assert spec.sensitivity.tie_orders == 200


def changed(path: str, value: Any) -> dict[str, Any]:
    """The published plan with one value replaced, by dotted path."""
    data = plan().to_json()
    *way, last = path.split(".")
    place: Any = data
    for key in way:
        place = place[int(key)] if key.isdigit() else place[key]
    place[int(last) if last.isdigit() else last] = value
    return data


MISTAKES: list[tuple[str, Any, str, str]] = [
    ("matching.caliper", 0, "matching.caliper", "a number above 0"),
    ("matching.caliper_scale", "SD", "matching.caliper_scale", "'sd', 'sd-pooled', 'absolute'"),
    ("matching.rule", "best", "matching.rule", "'matchit'"),
    ("propensity.threshold", 1.5, "propensity.threshold", "at most 1"),
    ("propensity.covariates", [], "propensity.covariates", "at least one variable"),
    ("propensity", None, "propensity", "matching needs a score"),
    ("matching", None, "survival.populations[1]", "the study has no matching"),
    ("exposure.treated", "PCT+RT", "exposure.treated", "other than the reference"),
    ("exposure.starts", "rt_start", "survival", "the exposure starts after time zero"),
    ("survival.times", [24, 12], "survival.times", "ascending"),
    ("survival.rmst_tau", -1, "survival.rmst_tau", "months above 0"),
    ("cox.prognostic.p_in", 0.2, "cox.prognostic.p_in", "below p_out"),
    ("landmarks.0.months", 0, "landmarks[0].months", "months above 0"),
    ("landmarks.0.classify", "moment", "landmarks[0].classify", "'exposure'"),
    ("toxicity.grade_from", 6, "toxicity.grade_from", "CTCAE grade"),
    ("derivation.data_cutoff", "2019", "derivation.data_cutoff", "YYYY-MM-DD"),
    ("derivation.oligo_threshold", 0, "derivation.oligo_threshold", "at least 1"),
    ("derivation.time_zero", "landmark", "derivation.landmark_months", "exactly when time_zero is 'landmark'"),
    ("derivation.period_breaks", [2006, 2000], "derivation.period_breaks", "ascending"),
    ("schema_version", 2, "schema_version", "1"),
    ("seed", -1, "seed", "at least 0"),
    ("eligibility.1.name", "biopsy_proven", "eligibility", "each name once"),
    ("recodes.0.to_missing", ["T1"], "recodes[0].groups", "each source level once"),
    ("combinations.0.groups", [], "combinations[0].groups", "at least two groups"),
    ("sensitivity.tie_orders", "many", "sensitivity.tie_orders", "a whole number"),
    ("colour", "red", "colour", "one of the keys name, title"),
]


@pytest.mark.parametrize(("path", "value", "named", "allowed"), MISTAKES)
def test_what_it_cannot_mean_is_refused_by_path(path: str, value: Any, named: str, allowed: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        StudySpec.from_json(changed(path, value))
    assert error.value.path == named
    assert allowed in error.value.allowed


UNKNOWN: list[tuple[str, Any, str, str]] = [
    ("exposure.variable", "arm", "exposure.variable", "treatment_group"),
    ("exposure.treated", "CCRT", "exposure.treated", "PCT+CCRT"),
    ("table1.variables.0", "agegroup", "table1.variables[0]", "age_group"),
    ("survival.endpoints.1", "ttp", "survival.endpoints[1]", "pfs"),
    ("cox.prognostic.endpoint", "css", "cox.prognostic.endpoint", "os"),
    ("recodes.0.variable", "tcat", "recodes[0].variable", "t_category"),
    ("recodes.0.groups.0.values", ["T1"], "recodes[0].groups", "each level of t_category once"),
    ("recodes.0.name", "sex", "recodes[0].name", "not taken"),
    ("eligibility.2.criterion.values.0", "PCT", "eligibility[2].criterion.values[0]", "PCT+RT"),
    (
        "combinations.1.groups.1.criterion.of.1.value",
        "Cisplatin",
        "combinations[1].groups[1].criterion.of[1].value",
        "Single-agent platinum",
    ),
]


@pytest.mark.parametrize(("path", "value", "named", "allowed"), UNKNOWN)
def test_what_the_dataset_does_not_declare_is_refused_by_path(path: str, value: Any, named: str, allowed: str) -> None:
    dataset = synthetic_dataset(20)
    spec = StudySpec.from_json(changed(path, value))
    with pytest.raises(InvalidValueError) as error:
        check_references(spec, dataset.variables, dataset.endpoints, dataset.moments)
    assert error.value.path == named
    assert allowed in error.value.allowed


def test_an_endpoint_with_competing_events_has_no_kaplan_meier() -> None:
    dataset = synthetic_dataset(20)
    competing = {name: replace(item, competing="Death") for name, item in dataset.endpoints.items()}
    with pytest.raises(InvalidValueError, match="an endpoint without competing events"):
        check_references(plan(), dataset.variables, competing, dataset.moments)


def test_endpoints_used_are_listed_once_in_order() -> None:
    assert endpoints_used(plan()) == ("os", "pfs", "lrpfs", "dpfs", "lrp", "dp")
    assert endpoints_used(plan("rt_vs_no_rt_after_pct")) == ("os", "pfs")
