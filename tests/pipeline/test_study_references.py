"""Whole studies on open data give R's numbers: matching, balance, curves, log-rank, Cox with pair-robust errors."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyses.pipeline.results import GroupSurvival, StudyResult
from analyses.pipeline.spec import Cox, Landmark, Matching, Prognostic, Propensity, Survival, Table1
from analyses.pipeline.study import run_study
from tests.pipeline.flat import flat_dataset, flat_plan
from tests.pipeline.shared_data import (
    close,
    colon_deaths,
    lalonde,
    lung,
    pairs_of,
    published,
    r_reference,
    rhc,
    veteran,
)

LALONDE = ("age", "educ", "race", "married", "nodegree", "re74", "re75")


@cache
def lalonde_study(caliper: float | None) -> StudyResult:
    table, _ = lalonde()
    table = table.astype({"age": float, "educ": float, "re74": float, "re75": float})
    months = np.arange(1.0, len(table) + 1)
    dataset = flat_dataset(table, ("treat", *LALONDE), months=months, event=np.ones(len(table)))
    spec = flat_plan(
        "treat",
        "0",
        "1",
        table1=Table1(variables=LALONDE),
        propensity=Propensity(rule="listed", covariates=LALONDE),
        matching=Matching(caliper=caliper, ties="number"),
        survival=Survival(endpoints=("os",)),
    )
    return run_study(dataset, spec)


def test_lalonde_score_pairs_and_balance_are_matchits() -> None:
    reference, result = r_reference()["lalonde"], lalonde_study(None)
    assert result.propensity is not None
    assert result.matching is not None
    assert result.balance is not None
    table, _ = lalonde()
    names = {f"P-{row:07d}": name for row, name in enumerate(table.index)}
    assert {(names[one], names[other]) for one, other in result.matching.pairs} == pairs_of("lalonde_pairs.csv")
    renamed = {"race=hispan": "racehispan", "race=white": "racewhite", "(intercept)": "(Intercept)"}
    ours = {renamed.get(item.term, item.term.split("=")[0]): item.estimate for item in result.propensity.coefficients}
    close([ours[name] for name in reference["ps_coef"]], list(reference["ps_coef"].values()))
    for side in ("before", "after"):
        for row in result.balance.rows:
            if row.level != "0":
                term = row.variable + (row.level if row.variable == "race" else "")
                close(getattr(row, f"smd_{side}"), reference[f"smd_{side}"][term])
    assert result.matching.lost is None
    assert "average effect in the treated (ATT)" in result.matching.estimand


@pytest.mark.parametrize(("caliper", "pairs"), [(0.1, 111), (0.2, 113)])
def test_lalonde_calipers(caliper: float, pairs: int) -> None:
    found = lalonde_study(caliper).matching
    assert found is not None
    assert len(found.pairs) == pairs
    assert found.lost is not None
    assert found.lost.denominators == (pairs, 185 - pairs)


@cache
def rhc_study() -> tuple[pd.DataFrame, StudyResult]:
    table, _, terms = rhc()
    for name in terms:
        if table[name].dtype != object and table[name].nunique() > 2:
            table[name] = table[name].astype(float)
    dataset = flat_dataset(table, ("treat", *terms), months=table["t3d30"], event=table["dth30"] == "Yes")
    spec = flat_plan(
        "treat",
        "0",
        "1",
        propensity=Propensity(rule="listed", covariates=tuple(terms)),
        matching=Matching(caliper=0.2, ties="number"),
        survival=Survival(endpoints=("os",), times=(10.0, 29.0), at_risk_step=5.0),
    )
    return table, run_study(dataset, spec)


def test_rhc_pairs_and_cox_are_rs() -> None:
    reference = r_reference()["rhc_psm"]
    table, result = rhc_study()
    assert result.matching is not None
    close(result.matching.caliper_width, reference["caliper_abs"])
    ids = {f"P-{row:07d}": key for row, key in enumerate(table["ptid"])}
    expected = pairs_of("rhc_pairs.csv")
    assert {(ids[one], ids[other]) for one, other in result.matching.pairs} == expected
    assert len(expected) == 1678
    for population, key in (("all", "cox30_unmatched"), ("matched", "cox30_matched_robust")):
        ours = result.comparison("os", population)
        theirs = reference[key]["coef"]["treat"]
        assert ours.hazard_ratio is not None
        close(ours.hazard_ratio.log_hr, theirs["logHR"])
        if population == "all":
            close(ours.hazard_ratio.se, theirs["se"])
        else:
            assert ours.robust is not None
            close([ours.hazard_ratio.se, ours.robust.se], [theirs["se"], theirs["robust_se"]])
            close([ours.robust.lower, ours.robust.upper], [theirs["lower95"], theirs["upper95"]])


def survival_study(table: pd.DataFrame, arm: str, levels: list[str], times: tuple[float, ...]) -> StudyResult:
    text = table.assign(**{arm: table[arm].astype(str)})
    dataset = flat_dataset(text, (arm,), months=table["time"], event=table["event"])
    survival = Survival(endpoints=("os",), times=times, populations=("all",), at_risk_step=100.0, rmst_tau=365.0)
    return run_study(dataset, flat_plan(arm, levels[0], levels[1], survival=survival))


def check_rates(group: GroupSurvival, rows: list[dict[str, Any]], median: dict[str, Any]) -> None:
    for rate, row in zip(group.rates, rows, strict=True):
        close([rate.survival, rate.se, rate.lower, rate.upper], [row["surv"], row["se"], row["lower"], row["upper"]])
        assert rate.at_risk == row["n.risk"]
    close(group.median.estimate, median["median"])
    close([group.median.lower, group.median.upper], [median["0.95LCL"], median["0.95UCL"]])
    assert (group.n, group.events) == (median["records"], median["events"])


def test_lung_by_sex() -> None:
    reference = r_reference()["lung"]
    result = survival_study(lung(), "sex", ["1", "2"], (180.0, 365.0, 730.0)).comparison("os", "all")
    rows = reference["km_by_sex"]["at_times"]
    for index, name in enumerate(("sex=1", "sex=2")):
        mine = [row for row in rows if row["strata"] == name]
        check_rates(result.groups[index], mine, reference["km_by_sex"]["table"][name])
    assert result.logrank is not None
    close(result.logrank.statistic, reference["logrank_sex"]["chisq"])
    close(result.logrank.p, reference["logrank_sex"]["p"])
    rmst = r_reference()["more"]["lung_rmst365_by_sex"]
    means = [group.rmst for group in result.groups]
    close([mean.estimate for mean in means if mean is not None], rmst["rmst"])
    assert result.rmst_difference is not None
    close(result.rmst_difference.estimate, rmst["rmst"][1] - rmst["rmst"][0])
    half = 1.959963984540054 * np.hypot(*rmst["se"])
    close(result.rmst_difference.upper, rmst["rmst"][1] - rmst["rmst"][0] + half)
    first, second = rows[1], rows[4]
    difference = result.differences[1].difference
    close(difference.estimate, second["surv"] - first["surv"])
    assert difference.lower is not None
    close(difference.lower, second["surv"] - first["surv"] - 1.959963984540054 * np.hypot(first["se"], second["se"]))
    close(
        [result.follow_up.estimate, result.follow_up.lower, result.follow_up.upper],
        r_reference()["more"]["lung_reverse_km"],
    )


def test_veteran_by_treatment() -> None:
    reference = r_reference()["veteran"]
    table = veteran().assign(event=lambda frame: frame["status"])
    result = survival_study(table, "trt", ["1", "2"], (90.0, 180.0, 365.0)).comparison("os", "all")
    for index, name in enumerate(("trt=1", "trt=2")):
        mine = [row for row in reference["km_by_trt"]["at_times"] if row["strata"] == name]
        check_rates(result.groups[index], mine, reference["km_by_trt"]["table"][name])
    assert result.logrank is not None
    close(result.logrank.statistic, reference["logrank_trt"]["chisq"])


def test_lung_model_with_everything_entered() -> None:
    reference = r_reference()["lung"]["cox_efron"]
    table = lung().assign(sex=lambda frame: frame["sex"].astype(str)).astype({"age": float, "ph.ecog": float})
    dataset = flat_dataset(table, ("sex", "age", "ph.ecog"), months=table["time"], event=table["event"])
    prognostic = Prognostic(variables=("age", "ph.ecog"), population="all", method="enter", entry_threshold=1.0)
    found = run_study(dataset, flat_plan("sex", "1", "2", cox=Cox(prognostic=prognostic))).prognostic
    assert found is not None
    assert found.model is not None
    model = found.model
    assert (model.n, model.events, model.missing) == (227, 164, 1)
    close(model.loglik, reference["loglik"])
    close(model.concordance, reference["concordance"][0])
    for term in model.terms:
        theirs = reference["coef"][term.variable]
        names = ("logHR", "se", "HR", "lower95", "upper95", "p")
        ours = [term.log_hr, term.se, term.hr, term.lower, term.upper, term.p]
        close(ours, [theirs[name] for name in names])
    zph = r_reference()["lung"]["zph_p"]
    for line in model.proportional_hazards:
        close(line.p, zph[line.variable])


def test_landmark_counts_and_curves_start_at_the_landmark() -> None:
    table = colon_deaths()
    table = table[table["rx"] != "Lev"].reset_index(drop=True)
    dataset = flat_dataset(table, ("rx",), months=table["time"], event=table["status"])
    spec = flat_plan(
        "rx", "Obs", "Lev+5FU", landmarks=(Landmark(months=365.0, population="all", times=(730.0, 1460.0)),)
    )
    found = run_study(dataset, spec).landmarks[0]
    died = int(((table["time"] <= 365) & (table["status"] == 1)).sum())
    assert (found.had_event, found.not_followed) == (died, int(((table["time"] <= 365) & (table["status"] == 0)).sum()))
    assert found.comparison is not None
    rows = {(row["strata"], row["time"]): row["surv"] for row in r_reference()["colon_death"]["km_by_rx"]["at_times"]}
    for group, name in zip(found.comparison.groups, ("rx=Obs", "rx=Lev+5FU"), strict=True):
        conditional = [rows[(name, day)] / rows[(name, 365)] for day in (1095, 1825)]
        close([rate.survival for rate in group.rates], conditional)


def test_table1_prints_the_published_p_values() -> None:
    """20 of 21 rows before matching with Yates' correction, 21 of 21 after it without."""
    agree = {"before": 0, "after": 0}
    for row in published()["table1"]:
        for side, yates in (("before", True), ("after", False)):
            counts = row[side]
            table = pd.DataFrame(
                {
                    "arm": np.repeat(["PCT+RT", "PCT+CCRT"], [sum(counts["PCT+RT"]), sum(counts["PCT+CCRT"])]),
                    row["variable"]: [
                        None if level == "Unknown" else level
                        for arm in ("PCT+RT", "PCT+CCRT")
                        for level, n in zip(row["levels"], counts[arm], strict=True)
                        for _ in range(n)
                    ],
                }
            )
            levels = {row["variable"]: [level for level in row["levels"] if level != "Unknown"]}
            months = np.arange(1.0, len(table) + 1)
            dataset = flat_dataset(
                table, ("arm", row["variable"]), months=months, event=np.ones(len(table)), levels=levels
            )
            options = Table1(variables=(row["variable"],), yates_before=yates)
            found = run_study(dataset, flat_plan("arm", "PCT+RT", "PCT+CCRT", table1=options)).table1_before
            assert found is not None
            p = found.rows[0].test.p
            assert p is not None
            printed = counts["p"]
            agree[side] += p < 0.001 if printed == "<0.001" else round(p, 3) == printed
    assert agree == {"before": 20, "after": 21}
