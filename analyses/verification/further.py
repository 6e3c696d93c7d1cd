"""Computations on the data sets beside the checkout (see beside)."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analyses.pipeline.balance import balance_table
from analyses.pipeline.competing import cumulative_incidence, fine_gray, gray_test
from analyses.pipeline.cox import fit_cox, ph_test
from analyses.pipeline.matching import Matching, match_nearest
from analyses.pipeline.propensity import PropensityFit, fit_propensity
from analyses.pipeline.survival import kaplan_meier, logrank
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.cox import model, terms
from analyses.verification.datasets import design

LALONDE = ("age", "educ", "race", "married", "nodegree", "re74", "re75")
LALONDE_COLUMNS = ("age", "educ", "racehispan", "racewhite", "married", "nodegree", "re74", "re75")
VETERAN = ("trt", "celltypeadeno", "celltypelarge", "celltypesmallcell", "karno", "diagtime", "age", "prior")
CELL_TYPES = {"celltype": (1, 2, 3)}
COLON = ("rxLev", "rxLev+5FU", "age", "sex", "node4")
# the number of columns of the score of RHC makes a sample of its rows enough
RHC_SHOWN = ("distance", "age", "edu", "aps1", "scoma1", "meanbp1", "crea1", "alb1", "dnr1Yes", "raceblack")
TUMOURS = ("ACC", "BLCA", "COAD", "ESCA", "HNSC", "KIRC", "KIRP", "LUAD", "LUSC")
STAGES = {"Stage I": 0, "Stage II": 0, "Stage III": 1, "Stage IV": 1}


def _radcure_test(table: pd.DataFrame) -> Numbers:
    found = logrank(table["time"], table["event"], table["chemo"])
    return {
        "chi-square": found.statistic,
        "p": found.p,
        "observed, first group": float(found.observed[0]),
        "expected, first group": float(found.expected[0]),
    }


def _radcure_model(table: pd.DataFrame) -> Numbers:
    return model(fit_cox(design(table, "chemo", "age", "male"), table["time"], table["event"]))


def _veteran_model(table: pd.DataFrame) -> Numbers:
    return model(fit_cox(design(table, *VETERAN), table["time"], table["status"]))


def _veteran_proportional(table: pd.DataFrame) -> Numbers:
    singles = {name: (place,) for place, name in enumerate(VETERAN) if not name.startswith("celltype")}
    lines = ph_test(fit_cox(design(table, *VETERAN), table["time"], table["status"]), terms={**CELL_TYPES, **singles})
    return {f"p {line.term}": line.p for line in lines}


def _veteran_curve(table: pd.DataFrame) -> Numbers:
    numbers: dict[str, float] = {}
    for arm in (1, 2):
        rows = table[table["trt"] == arm]
        at = kaplan_meier(rows["time"], rows["status"]).at((90, 180, 365))
        for k, time in enumerate(at.time.tolist()):
            numbers |= {f"S({time:g}), trt {arm}": float(at.survival[k]), f"SE({time:g}), trt {arm}": float(at.se[k])}
    return numbers


def _colon_model(table: pd.DataFrame) -> Numbers:
    return model(fit_cox(design(table, *COLON), table["time"], table["status"]))


def _colon_test(table: pd.DataFrame) -> Numbers:
    found = logrank(table["time"], table["status"], table["rx"])
    return {"chi-square": found.statistic, "p": found.p}


def _diabetic_model(table: pd.DataFrame) -> Numbers:
    columns = pd.DataFrame({"trt": table["trt"], "laser": (table["laser"] == "argon") * 1})
    fit = fit_cox(columns, table["time"], table["status"], cluster=table["id"])
    naive = zip(fit.names, fit.se.tolist(), strict=True)
    return {**terms(fit), **{f"SE {name}, no clusters": value for name, value in naive}}


def _mgus2_incidence(table: pd.DataFrame) -> Numbers:
    found = cumulative_incidence(table["time"], table["event"], group=table["sex"])
    numbers: dict[str, float] = {}
    for curve in found.curves:
        values = zip((60, 120, 240), curve.at((60, 120, 240)).incidence.tolist(), strict=True)
        numbers |= {f"F({time}), {curve.group} {curve.cause}": value for time, value in values}
    return numbers


def _mgus2_test(table: pd.DataFrame) -> Numbers:
    numbers: dict[str, float] = {}
    for cause in (1, 2):
        found = gray_test(table["time"], table["event"], table["sex"], cause=cause)
        numbers |= {f"chi-square, cause {cause}": found.statistic, f"p, cause {cause}": found.p}
    return numbers


def _mgus2_model(table: pd.DataFrame) -> Numbers:
    numbers: dict[str, float] = {}
    for cause in (1, 2):
        for term in fine_gray(design(table, "age", "male"), table["time"], table["event"], cause=cause).terms():
            numbers |= {f"log HR {term.name}, cause {cause}": term.coef, f"SE {term.name}, cause {cause}": term.se}
    return numbers


def _tcga_models(table: pd.DataFrame) -> Numbers:
    """Stages III and IV against I and II, in each kind of tumour and for each endpoint."""
    stage = table["ajcc_pathologic_tumor_stage"].str.extract(r"^(Stage (?:IV|I{1,3}))")[0].map(STAGES)
    numbers: dict[str, float] = {}
    for tumour in TUMOURS:
        rows = table.assign(high=stage)[table["type"] == tumour]
        for endpoint in ("OS", "PFI", "DSS"):
            numbers |= _tcga_model(f"{tumour} {endpoint}", rows[["high", endpoint, f"{endpoint}.time"]].dropna())
    return numbers


def _tcga_model(name: str, rows: pd.DataFrame) -> Numbers:
    fit = fit_cox(design(rows, "high"), rows.iloc[:, 2], rows.iloc[:, 1])
    return {f"log HR {name}": float(fit.coef[0]), f"SE {name}": float(fit.se[0])}


def _coefficients(fit: PropensityFit) -> Numbers:
    named = zip(fit.names, fit.coef.tolist(), strict=True)
    return {"coefficient (Intercept)": fit.intercept, **{f"coefficient {name}": value for name, value in named}}


def _lalonde_fit(table: pd.DataFrame) -> PropensityFit:
    return fit_propensity(design(table, *LALONDE_COLUMNS), table["treat"])


def _rhc_terms(table: pd.DataFrame) -> list[str]:
    """The columns of the score, marked when the data set was read."""
    return [name for name in table.columns if name.startswith("score ")]


def _rhc_fit(table: pd.DataFrame) -> PropensityFit:
    names = _rhc_terms(table)
    columns = design(table, *names)
    return fit_propensity(columns, table["treat"], names=[name.removeprefix("score ") for name in names])


def _pairs(table: pd.DataFrame, found: Matching) -> Numbers:
    """`matchit` holds the number of the pair that MatchIt put a patient into."""
    number = table["matchit"].to_numpy()
    same = number[found.pairs[:, 0]] == number[found.pairs[:, 1]]
    return {"pairs": found.pairs.shape[0], "pairs that are MatchIt's": int(same.sum())}


def _lalonde_pairs(table: pd.DataFrame) -> Numbers:
    score, numbers = _lalonde_fit(table).score, dict[str, float]()
    for caliper, on in ((0.1, "probability"), (0.2, "probability"), (0.1, "logit"), (0.2, "logit")):
        found = match_nearest(score, table["treat"], caliper=caliper, on=on)
        numbers[f"pairs, caliper {caliper} on {on}"] = found.pairs.shape[0]
    return {**numbers, **_pairs(table, match_nearest(score, table["treat"], caliper=None))}


def _rhc_matching(table: pd.DataFrame) -> Matching:
    return match_nearest(_rhc_fit(table).score, table["treat"], caliper=0.2)


def _rhc_pairs(table: pd.DataFrame) -> Numbers:
    found = _rhc_matching(table)
    width = np.nan if found.caliper_width is None else found.caliper_width
    return {**_pairs(table, found), "caliper width": width}


def _balance(table: pd.DataFrame, fit: PropensityFit, matching: Matching, variables: Iterable[str]) -> Numbers:
    columns: dict[str, ArrayLike] = {"distance": fit.score, **{name: table[name] for name in variables}}
    numbers: dict[str, float] = {}
    for row in balance_table(columns, table["treat"], weights=matching.weights).rows:
        name = row.variable + (row.level or "")
        after = np.nan if row.after is None else row.after.smd
        numbers |= {f"{name} SMD before": row.before.smd, f"{name} SMD after": after}
    return numbers


def _lalonde_balance(table: pd.DataFrame) -> Numbers:
    fit = _lalonde_fit(table)
    return _balance(table, fit, match_nearest(fit.score, table["treat"], caliper=None), LALONDE)


def _rhc_balance(table: pd.DataFrame) -> Numbers:
    variables = ("age", "edu", "aps1", "scoma1", "meanbp1", "crea1", "alb1", "dnr1", "race")
    return _balance(table, _rhc_fit(table), _rhc_matching(table), variables)


CASES = (
    Case("RADCURE", (logrank,), _radcure_test),
    Case("RADCURE", (fit_cox,), _radcure_model),
    Case("veteran", (fit_cox,), _veteran_model),
    Case("veteran", (ph_test,), _veteran_proportional),
    Case("veteran", (kaplan_meier,), _veteran_curve),
    Case("colon", (fit_cox,), _colon_model),
    Case("colon", (logrank,), _colon_test),
    Case("diabetic", (fit_cox,), _diabetic_model, "clusters"),
    Case("mgus2", (cumulative_incidence,), _mgus2_incidence),
    Case("mgus2", (gray_test,), _mgus2_test),
    Case("mgus2", (fine_gray,), _mgus2_model),
    Case("TCGA-CDR", (fit_cox,), _tcga_models),
    Case("lalonde", (fit_propensity,), lambda table: _coefficients(_lalonde_fit(table))),
    Case("RHC", (fit_propensity,), lambda table: _coefficients(_rhc_fit(table))),
    Case("lalonde", (match_nearest,), _lalonde_pairs),
    Case("RHC", (match_nearest,), _rhc_pairs, "caliper 0.2"),
    Case("lalonde", (balance_table, match_nearest), _lalonde_balance),
    Case("RHC", (balance_table, match_nearest), _rhc_balance),
)
