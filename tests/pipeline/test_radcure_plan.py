"""The saved plan for the RADCURE table, run on the table itself, against a slow matcher and other software."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import lifelines
import numpy as np
import pandas as pd
import statsmodels.api as sm

from analyses.pipeline.results import StudyResult
from analyses.pipeline.study import run_study
from tests.pipeline.factories import plan
from tests.pipeline.flat import flat_dataset
from tests.pipeline.shared_data import needs_shared

SITES = ["Oropharynx", "Larynx", "Hypopharynx", "Nasopharynx"]
SMOKING = {"Non-smoker": "Never", "Ex-smoker": "Former", "Current": "Current"}
LEVELS = {
    "sex": ["Male", "Female"],
    "ecog": ["0", "1", "2", "3", "4"],
    "smoking": ["Never", "Former", "Current"],
    "primary_site": ["Nasopharynx", "Oropharynx", "Hypopharynx", "Larynx"],
    "stage": ["I", "II", "III", "IVA", "IVB"],
    "t_category": ["T1", "T2", "T3", "T4"],
    "n_category": ["N0", "N1", "N2", "N3"],
    "anti_egfr": ["No", "Yes"],
    "concurrent_chemotherapy": ["No", "Yes"],
}


@cache
def radcure() -> pd.DataFrame:
    """The table read plainly, with the variables of the plan."""
    raw = pd.read_csv(needs_shared("data/radcure/RADCURE_Clinical_v04_20241219.csv"))
    raw.columns = raw.columns.str.strip()
    modality = raw["Tx Modality"].str.strip()
    start, last = (pd.to_datetime(raw[name], format="%m/%d/%Y") for name in ("RT Start", "Last FU"))
    died = pd.to_datetime(raw["Date of Death"], format="%m/%d/%Y")
    return pd.DataFrame(
        {
            "age": raw["Age"].astype(float),
            "sex": raw["Sex"],
            "ecog": raw["ECOG PS"].str.extract(r"^ECOG(?:-Pt)? (\d)$")[0],
            "smoking": raw["Smoking Status"].map(SMOKING),
            "primary_site": raw["Ds Site"].where(raw["Ds Site"].isin(SITES)),
            "stage": raw["Stage"].where(raw["Stage"].isin(LEVELS["stage"])),
            "t_category": raw["T"].where(raw["T"] != "rT0").str.extract(r"^(T[1-4])")[0],
            "n_category": raw["N"].str.extract(r"^(N[0-3])")[0],
            "anti_egfr": np.where(modality == "RT + EGFRI", "Yes", "No"),
            "concurrent_chemotherapy": np.where(modality == "ChemoRT", "Yes", "No"),
            "days": (died.fillna(last) - start).dt.days,
            "dead": (raw["Status"] == "Dead").astype(int),
        }
    )


@cache
def study() -> StudyResult:
    table, spec = radcure(), plan("radcure_chemo_rt_vs_rt")
    dataset = flat_dataset(
        table, ("age", *LEVELS), months=table["days"] / 30.4375, event=table["dead"], levels=dict(LEVELS)
    )
    kept = tuple(item for item in spec.eligibility if item.name != "radiotherapy")
    return run_study(replace(dataset, parameters=spec.derivation), replace(spec, eligibility=kept, sensitivity=None))


def eligible() -> pd.DataFrame:
    table = radcure()
    wanted = table["primary_site"].notna() & table["stage"].isin(["III", "IVA", "IVB"]) & (table["anti_egfr"] == "No")
    return table[wanted].dropna(subset=["age", "sex", "ecog", "smoking", "t_category", "n_category"])


def slow_pairs(score: np.ndarray, treated: np.ndarray, caliper: float) -> set[tuple[int, int]]:
    """Treated from the largest score down; of the first free controls to the left and right in one ascending order of
    all patients the nearer one, the left one at equal distance."""
    line = sorted(range(len(score)), key=lambda row: (score[row], row))
    free = set(np.flatnonzero(~treated).tolist())
    found = set()
    for row in sorted(np.flatnonzero(treated).tolist(), key=lambda unit: (-score[unit], unit)):
        place = line.index(row)
        left = next((other for other in reversed(line[:place]) if other in free), None)
        right = next((other for other in line[place + 1 :] if other in free), None)
        beside = [other for other in (left, right) if other is not None and abs(score[other] - score[row]) <= caliper]
        if beside:
            best = min(beside, key=lambda other: abs(score[other] - score[row]))
            found.add((row, best))
            free.remove(best)
    return found


def test_score_pairs_and_hazard_ratios_are_those_of_other_software() -> None:
    table, result = eligible(), study()
    treated = (table["concurrent_chemotherapy"] == "Yes").to_numpy()
    assert tuple(arm.n for arm in result.arms) == ((~treated).sum(), treated.sum())
    ecog = table["ecog"].where(table["ecog"].isin(["0", "1"]), "2+")
    factors = table[["sex", "smoking", "primary_site", "t_category", "n_category"]].assign(ecog=ecog)
    design = sm.add_constant(pd.get_dummies(factors, drop_first=True).astype(float).assign(age=table["age"]))
    score = sm.Logit(treated.astype(float), design).fit(disp=0, tol=1e-12, maxiter=50).predict()
    assert result.propensity is not None
    assert result.matching is not None
    np.testing.assert_allclose(result.propensity.score, score, rtol=1e-6)
    caliper = 0.2 * score.std(ddof=1)
    np.testing.assert_allclose(result.matching.caliper_width, caliper, rtol=1e-6)
    rows = {f"P-{row:07d}": position for position, row in enumerate(table.index)}
    pairs = {(rows[one], rows[other]) for one, other in result.matching.pairs}
    assert pairs == slow_pairs(np.asarray(result.propensity.score), treated, caliper)
    matched = sorted(unit for pair in pairs for unit in pair)
    for population, part in (("all", table), ("matched", table.iloc[matched])):
        plain = part[["days", "dead"]].assign(arm=(part["concurrent_chemotherapy"] == "Yes") * 1.0)
        theirs = lifelines.CoxPHFitter().fit(plain, "days", "dead", fit_options={"precision": 1e-12})
        ours = result.comparison("os", population).hazard_ratio
        assert ours is not None
        expected = [theirs.params_["arm"], theirs.standard_errors_["arm"]]
        np.testing.assert_allclose([ours.log_hr, ours.se], expected, rtol=1e-5)


def test_the_result_says_where_its_claim_ends() -> None:
    result = study()
    assert result.matching is not None
    assert "could be matched" in result.matching.estimand
    assert any("found no match" in sentence for sentence in result.warnings)
    names = {check.name: check.verdict for check in result.diagnostics}
    assert names["second_opinion"] == "pass"
