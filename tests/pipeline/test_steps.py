"""Steps of the study against other software and slow, obvious computations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_rossi, load_stanford_heart_transplants
from scipy.stats import chi2, norm
from statsmodels.duration.hazard_regression import PHReg

from analyses.pipeline.criteria import Compare
from analyses.pipeline.dataset import Dataset, Moment
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import (
    Combination,
    Cox,
    Landmark,
    Matching,
    NamedCriterion,
    Prognostic,
    Propensity,
    Sensitivity,
    Subgroups,
    Survival,
    Table1,
    TimeDependent,
    Toxicity,
)
from analyses.pipeline.study import run_study
from tests.pipeline.factories import plan, study_result, synthetic_dataset
from tests.pipeline.flat import flat_dataset, flat_plan
from tests.pipeline.shared_data import close


def test_attrition_equals_a_walk_over_the_patients() -> None:
    dataset, spec = synthetic_dataset(355), plan()
    rules: list[Any] = [
        lambda row: row["biopsy_proven"],
        lambda row: row["metastasis_at_diagnosis"],
        lambda row: row["treatment_group"] in ("PCT+RT", "PCT+CCRT"),
        lambda row: not row["other_malignancy"],
        lambda row: row["metastatic_sites_known"] and row["t_category"] and row["n_category"],
    ]
    left = dict(dataset.frame.to_dict("index"))
    attrition = study_result().attrition
    assert (attrition.top_label, attrition.top_count) == (dataset.registry, 355)
    for rule, row in zip(rules, attrition.rows, strict=True):
        gone = {patient for patient, values in left.items() if not rule(values)}
        assert (row.before, row.after) == (len(left), len(left) - len(gone))
        assert set(row.removed) == gone
        left = {patient: values for patient, values in left.items() if patient not in gone}
    for patient, bits in zip(attrition.patients, attrition.met, strict=True):
        values = dataset.frame.loc[patient]
        assert bits == sum(bool(rule(values)) << bit for bit, rule in enumerate(rules))
    assert len(spec.eligibility) == len(attrition.rows)


def test_unknown_is_told_apart_from_not_met() -> None:
    dataset = synthetic_dataset(50)
    frame = dataset.frame.copy()
    frame.loc[frame.index[:5], "biopsy_proven"] = None
    frame.loc[frame.index[5:8], "biopsy_proven"] = False
    spec = replace(plan("rt_vs_no_rt_after_pct"), landmarks=(), time_dependent=None)
    row = run_study(replace(dataset, frame=frame), spec).attrition.rows[0]
    others = int((~frame["biopsy_proven"].iloc[8:]).sum())
    assert (row.unknown, row.not_met) == (5, 3 + others)


def rossi_study(**options: Any) -> StudyResult:
    table = load_rossi()
    names = ("fin", "race", "wexp", "mar", "paro", "age", "prio")
    table = table.astype({"age": float, "prio": float})
    dataset = flat_dataset(table, names, months=table["week"], event=table["arrest"])
    prognostic = Prognostic(variables=names, population="all", entry_threshold=1.0, force_exposure=False, **options)
    return run_study(dataset, flat_plan("fin", "0", "1", cox=Cox(prognostic=prognostic)))


def test_rossi_stepwise_is_that_of_the_reference() -> None:
    found = rossi_study(p_in=0.10, p_out=0.15).prognostic
    assert found is not None
    assert found.model is not None
    assert [step.variable for step in found.steps] == ["prio", "age", "fin"]
    assert [step.statistic for step in found.steps] == pytest.approx([14.6406, 11.4592, 3.3588], abs=5e-5)
    assert found.model.loglik[1] == pytest.approx(-660.85703, abs=5e-6)
    assert {step.action for step in found.steps} == {"enter"}


def test_rossi_univariate_rows_solve_the_likelihood_of_statsmodels() -> None:
    """At our estimate the score of another implementation is zero (a Newton step from there is a millionth of a
    standard error at most), and its information gives our standard error."""
    found = rossi_study().prognostic
    assert found is not None
    table = load_rossi()
    for row in found.univariate:
        model = PHReg(table["week"], table[[row.variable]].astype(float), status=table["arrest"], ties="efron")
        term = row.terms[0]
        information = -model.hessian(np.array([term.log_hr]))[0, 0]
        assert abs(model.score(np.array([term.log_hr]))[0]) / information < 1e-6 * term.se
        close(term.se, information**-0.5)
        close([np.log(term.lower), np.log(term.upper)], term.log_hr + np.array([-1, 1]) * norm.ppf(0.975) * term.se)
        close(term.p, 2 * norm.sf(abs(term.log_hr) / term.se))
        assert (row.n, row.events, row.missing) == (432, 114, 0)


def test_rare_levels_leave_with_a_note_and_unknown_is_missing() -> None:
    result = study_result()
    found = result.prognostic
    assert found is not None
    assert result.table1_after is not None
    counts = {
        (row.variable, level.level): sum(level.counts) for row in result.table1_after.rows for level in row.levels
    }
    for level in found.rare:
        assert level.n < 15
        if (level.variable, level.level) in counts:
            assert level.n == counts[level.variable, level.level]
    shown = {(term.variable, term.level) for row in found.univariate for term in row.terms}
    assert not shown & {(level.variable, level.level) for level in found.rare}
    dose = next(row for row in found.univariate if row.variable == "rt_dose_group")
    assert dose.terms == ()
    assert "one level only" in dose.note
    response = next(row for row in found.univariate if row.variable == "response_2")
    assert response.missing == counts["response_to_pct", "Unknown"]
    assert all(row.candidate == (row.smallest_p is not None and row.smallest_p < 0.1) for row in found.univariate)
    assert set(found.candidates) == {row.variable for row in found.univariate if row.candidate}


def heart_transplants() -> tuple[Dataset, pd.DataFrame]:
    """Stanford heart transplants as one row per patient with the wait for the transplant."""
    episodes = load_stanford_heart_transplants()
    rows = []
    for _, mine in episodes.groupby("id"):
        last = mine.iloc[-1]
        waits = mine.loc[mine["transplant"] == 1, "start"]
        rows.append((last["stop"], last["event"], last["age"], waits.min() if len(waits) else np.nan))
    table = pd.DataFrame(rows, columns=["stop", "event", "age", "wait"])
    table["transplanted"] = np.where(table["wait"].notna(), "Yes", "No")
    dataset = flat_dataset(table, ("age", "transplanted"), months=table["stop"], event=table["event"])
    moment = Moment(name="transplant", label="Transplant", doc="From the episodes.")
    frame = dataset.frame.assign(transplant_months=table["wait"].to_numpy(dtype=float))
    return replace(dataset, frame=frame, moments={"transplant": moment}), episodes


def test_time_dependent_exposure_equals_lifelines_on_the_heart_transplants() -> None:
    """Fitted by another implementation on the episodes as they were published."""
    dataset, episodes = heart_transplants()
    options = TimeDependent(adjust_for=("age",))
    spec = flat_plan("transplanted", "No", "Yes", starts="transplant", time_dependent=options)
    found = run_study(dataset, spec).time_dependent[0]
    assert found.hazard_ratio is not None
    assert found.adjusted is not None
    assert (found.n, found.started) == (103, int(episodes.groupby("id")["transplant"].max().sum()))
    for ours, columns in ((found.hazard_ratio, ["transplant"]), (found.adjusted, ["transplant", "age"])):
        fitter = lifelines.CoxTimeVaryingFitter()
        fitter.fit(episodes[["id", "start", "stop", "event", *columns]], id_col="id", event_col="event")
        assert ours.log_hr == pytest.approx(fitter.params_["transplant"], rel=1e-5)
        assert ours.se == pytest.approx(fitter.standard_errors_["transplant"], rel=1e-5)


def test_a_landmark_by_moment_counts_later_starters_as_not_started() -> None:
    dataset, _ = heart_transplants()
    landmark = Landmark(months=30.0, classify="moment", population="all")
    spec = flat_plan("transplanted", "No", "Yes", starts="transplant", landmarks=(landmark,))
    found = run_study(dataset, spec).landmarks[0]
    frame = dataset.frame[dataset.frame["os_months"] > 30]
    reached = (frame["transplant_months"] <= 30).sum()
    assert found.comparison is not None
    assert [group.n for group in found.comparison.groups] == [len(frame) - reached, reached]
    assert found.comparison.groups[0].label == "No until 30 months"


def test_subgroups_equal_lifelines_level_by_level() -> None:
    table = load_rossi().assign(prio=lambda frame: np.where(frame["prio"] > 2, "many", "few"))
    dataset = flat_dataset(table, ("fin", "prio", "wexp"), months=table["week"], event=table["arrest"])
    spec = flat_plan("fin", "0", "1", subgroups=Subgroups(variables=("prio", "wexp"), population="all"))
    found = run_study(dataset, spec).subgroups
    assert found is not None
    plain = table[["week", "arrest", "fin"]].assign(prio=(table["prio"] == "many") * 1, wexp=table["wexp"])
    for variable in found.variables:
        name = variable.variable
        for position, row in enumerate(variable.rows):
            mine = plain[plain[name] == position][["week", "arrest", "fin"]]
            theirs = lifelines.CoxPHFitter().fit(mine, "week", "arrest", fit_options={"precision": 1e-11})
            assert row.hazard_ratio is not None
            assert row.hazard_ratio.log_hr == pytest.approx(theirs.params_["fin"], rel=1e-6)
            assert row.n == ((mine["fin"] == 0).sum(), (mine["fin"] == 1).sum())
        main = plain[["week", "arrest", "fin", name]]
        crossed = main.assign(cross=main["fin"] * main[name])
        small, large = (lifelines.CoxPHFitter().fit(part, "week", "arrest") for part in (main, crossed))
        statistic = 2 * (large.log_likelihood_ - small.log_likelihood_)
        assert variable.interaction.p == pytest.approx(chi2.sf(statistic, 1), rel=1e-4)
    assert found.comparisons == 4


def test_subgroups_without_events_or_patients_are_guarded() -> None:
    months = np.arange(1.0, 61.0)
    table = pd.DataFrame({"arm": ["a", "b"] * 30, "site": ["x"] * 40 + ["y"] * 12 + ["z"] * 8})
    table.loc[52:, "arm"] = "a"
    event = (np.arange(60) < 44).astype(int)
    dataset = flat_dataset(table, ("arm", "site"), months=months, event=event)
    spec = flat_plan("arm", "a", "b", subgroups=Subgroups(variables=("site",), population="all"))
    found = run_study(dataset, spec).subgroups
    assert found is not None
    notes = {row.level: (row.hazard_ratio is None, row.note) for row in found.variables[0].rows}
    assert notes == {
        "x": (False, ""),
        "y": (True, "Fewer than 5 events."),
        "z": (True, "No patient in b."),
    }
    assert found.variables[0].interaction.p is None
    assert found.comparisons == 1


def test_toxicity_equals_a_count_by_hand() -> None:
    dataset, result = synthetic_dataset(355), study_result()
    found = result.toxicity
    assert found is not None
    eligible = result.propensity.patients if result.propensity is not None else ()
    arm_of = dataset.frame["treatment_group"].astype(str).to_dict()
    members = set(eligible) | {p for item in result.propensity.non_overlap for p in item.patients}
    assert found.denominators == tuple(arm.n for arm in result.arms)
    for row in found.rows:
        for position, arm in enumerate(("PCT+RT", "PCT+CCRT")):
            worst: dict[str, int] = {}
            for event in dataset.toxicity.itertuples():
                same_term = row.term in ("Any", event.term)
                if event.phase == row.phase and same_term and event.patient in members and arm_of[event.patient] == arm:
                    worst[event.patient] = max(worst.get(event.patient, 0), event.grade)
            grades = [sum(grade == asked for grade in worst.values()) for asked in (3, 4, 5)]
            assert list(row.by_grade[position]) == grades
            assert row.counts[position] == sum(grades)


def test_toxicity_of_chosen_terms_and_phases() -> None:
    options = Toxicity(phases=("RT",), terms=("Mucositis oral",), grade_from=1)
    spec = replace(plan("rt_vs_no_rt_after_pct"), toxicity=options, landmarks=(), time_dependent=None)
    found = run_study(synthetic_dataset(80), spec).toxicity
    assert found is not None
    assert [(row.phase, row.term) for row in found.rows] == [("RT", "Any"), ("RT", "Mucositis oral")]
    assert found.rows[0].counts == found.rows[1].counts


def test_groups_of_a_combination_take_the_first_criterion_that_holds() -> None:
    table = pd.DataFrame({"arm": ["a", "b"] * 20, "age": np.arange(40.0)})
    dataset = flat_dataset(table, ("arm", "age"), months=np.arange(40) * 7 % 41 + 1.0, event=np.ones(40))

    def below(value: float) -> NamedCriterion:
        criterion = Compare(variable="age", comparison="<", value=value)
        return NamedCriterion(name=f"below_{value:g}", label=f"below {value:g}", criterion=criterion)

    groups = (below(10), below(30), below(20))
    combination = Combination(name="age", title="Age", groups=groups, population="all")
    found = run_study(dataset, flat_plan("arm", "a", "b", combinations=(combination,))).combinations[0]
    assert found.comparison is not None
    assert [(group.label, group.n) for group in found.comparison.groups] == [("below 10", 10), ("below 30", 20)]
    assert found.empty == ("below 20",)
    assert found.comparison.hazard_ratio is not None
    alone = replace(combination, groups=(below(10), below(-1)))
    nothing = run_study(dataset, flat_plan("arm", "a", "b", combinations=(alone,))).combinations[0]
    assert nothing.comparison is None
    assert nothing.empty == ("below -1",)


def matched_study(dataset: Dataset, **sections: Any) -> StudyResult:
    names = ("age", "t_category", "liver_metastasis")
    spec = replace(
        plan(),
        table1=Table1(variables=names),
        propensity=Propensity(rule="listed", covariates=names),
        matching=Matching(caliper=0.2),
        survival=Survival(endpoints=("os",)),
        cox=Cox(),
        combinations=(),
        subgroups=None,
        landmarks=(),
        toxicity=None,
    )
    return run_study(dataset, replace(spec, **sections))


def test_without_equal_scores_no_tie_order_moves_the_hazard_ratio() -> None:
    dataset = synthetic_dataset(200)
    frame = dataset.frame.assign(age=np.linspace(20, 80, 200))
    result = matched_study(replace(dataset, frame=frame), sensitivity=Sensitivity(tie_orders=10))
    assert result.sensitivity is not None
    ties = result.sensitivity.tie_orders
    assert ties is not None
    primary = result.comparison("os", "matched").hazard_ratio
    assert primary is not None
    assert ties.smallest == pytest.approx(primary.hr, rel=1e-9)
    assert ties.largest == pytest.approx(primary.hr, rel=1e-9)


def test_with_many_equal_scores_the_range_of_tie_orders_is_wide_and_holds_its_median() -> None:
    ties = study_result().sensitivity.tie_orders
    assert ties is not None
    assert ties.orders == 200
    assert ties.smallest < ties.median < ties.largest
    assert list(ties.hr) == sorted(ties.hr)
    assert ties.median == pytest.approx(float(np.median(ties.hr)))


def test_a_restriction_equals_the_study_of_the_smaller_population() -> None:
    dataset = synthetic_dataset(355)
    imrt = NamedCriterion(
        name="imrt", label="IMRT", criterion=Compare(variable="rt_technique", comparison="=", value="IMRT")
    )
    whole = matched_study(dataset, sensitivity=Sensitivity(tie_orders=0, restrictions=(imrt,)))
    part = matched_study(dataset, sensitivity=None, eligibility=(*plan().eligibility, imrt))
    assert whole.sensitivity is not None
    row = whole.sensitivity.rows[-1]
    assert part.matching is not None
    assert (row.kind, row.pairs, row.n) == ("restriction", len(part.matching.pairs), part.matching.matched)
    assert row.hazard_ratio == part.comparison("os", "matched").robust


def test_a_caliper_variant_equals_the_plan_with_that_caliper() -> None:
    dataset, spec = synthetic_dataset(355), plan()
    assert spec.sensitivity is not None
    result = matched_study(dataset, sensitivity=replace(spec.sensitivity, tie_orders=0, restrictions=()))
    assert result.sensitivity is not None
    rows = {row.label: row for row in result.sensitivity.rows}
    logit = Matching(caliper=0.2, caliper_scale="sd-pooled", on="logit")
    other = matched_study(dataset, sensitivity=None, matching=logit)
    assert other.matching is not None
    row = rows["0.2 pooled SD of the logit (Austin)"]
    assert row.pairs == len(other.matching.pairs)
    assert row.hazard_ratio == other.comparison("os", "matched").robust
    assert row.caliper_width is not None
    close(row.caliper_width, other.matching.caliper_width)


def test_exact_matching_pairs_within_levels_only() -> None:
    dataset = synthetic_dataset(355)
    exact = Matching(caliper=0.5, exact=("sex", "t_category"))
    result = matched_study(dataset, sensitivity=None, matching=exact)
    assert result.matching is not None
    for one, other in result.matching.pairs:
        for name in exact.exact:
            assert dataset.frame.loc[one, name] == dataset.frame.loc[other, name]


def test_optimal_pairs_are_at_least_as_many_and_the_report_says_how_they_were_found() -> None:
    spec = plan()
    assert spec.matching is not None
    optimal = replace(spec, matching=replace(spec.matching, rule="optimal"), sensitivity=None, imputation=None)
    found, greedy = run_study(synthetic_dataset(355), optimal).matching, study_result().matching
    assert found is not None
    assert greedy is not None
    assert len(found.pairs) >= len(greedy.pairs)
    assert "optimal assignment" in found.method
