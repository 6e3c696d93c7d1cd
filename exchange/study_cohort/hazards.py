"""The published hazard ratios as Cox models over the eligible patients' characteristics."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from exchange.study_cohort.objective import Model
from exchange.study_cohort.profiles import SINGLE_PLATINUM
from exchange.study_cohort.published import CCRT, RT, hazard_ratio

Floats = npt.NDArray[np.float64]
T34, N23, NAMED = ("T3", "T4"), ("N2", "N3"), ("1-3", "4-6", ">6")

# Variable of Table 2: column, reference levels, levels per contrast in print. Left out are the three rows whose
# intervals are half as wide as their counts allow (table2_notes).
CONTRASTS: dict[str, tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "group": ("arm", (RT,), {"PCT+CCRT vs PCT+RT": (CCRT,)}),
    "age_group": ("age_group", ("<45",), {">=45 vs <45": (">=45",)}),
    "sex": ("sex", ("Male",), {"Female vs Male": ("Female",)}),
    "diagnosis_period": (
        "diagnosis_period",
        ("2000-2005",),
        {"2006-2011 vs 2000-2005": ("2006-2011",), "2012-2017 vs 2000-2005": ("2012-2017",)},
    ),
    "t_category": ("t_category", ("T1", "T2"), {"T3-4 vs T1-2": T34}),
    "n_category": ("n_category", ("N0", "N1"), {"N2-3 vs N0-1": N23}),
    "bone_metastasis": (
        "bone_metastasis",
        ("Absent",),
        {"Single vs Absent": ("Single",), "Multiple vs Absent": ("Multiple",)},
    ),
    "liver_metastasis": (
        "liver_metastasis",
        ("Absent",),
        {"Single vs Absent": ("Single",), "Multiple vs Absent": ("Multiple",)},
    ),
    "lung_metastasis": (
        "lung_metastasis",
        ("Absent",),
        {"Single vs Absent": ("Single",), "Multiple vs Absent": ("Multiple",)},
    ),
    "distant_nodal_metastasis": ("distant_nodal_metastasis", ("Absent",), {"Present vs Absent": ("Present",)}),
    "n_metastatic_organs": (
        "n_metastatic_organs",
        ("Single organ",),
        {"Multiple organs vs Single organ": ("Multiple organs",)},
    ),
    "n_metastatic_lesions": ("n_metastatic_lesions", ("Oligo",), {"Multiple vs Oligo": ("Multiple",)}),
    "pct_regimen": ("pct_regimen", ("PF",), {"TP vs PF": ("TP",), "TPF vs PF": ("TPF",)}),
    "pct_cycles": ("pct_cycles", ("1-3",), {"4-6 vs 1-3": ("4-6",), ">6 vs 1-3": (">6",)}),
    "kps_before_rt": ("kps_before_rt", ("90",), {"70-80 vs 90": ("80", "70")}),
    "rt_technique": ("rt_technique", ("Conventional RT",), {"IMRT vs Conventional RT": ("IMRT",)}),
    "local_treatment": ("local_treatment", ("No",), {"Yes vs No": ("Yes",)}),
}
MULTIVARIABLE = ("group", "sex", "liver_metastasis", "n_metastatic_lesions", "pct_cycles", "local_treatment")
# 1.77 in print is a misprint; the centre of its interval (0.87-2.12) is taken.
CORRECTED = {("bone_metastasis", "Multiple vs Absent"): 1.36}
# Groups with more benefit from CCRT by the text (Figure 3); how much more is invented.
MORE_BENEFIT = {
    "bone_metastasis": ("Absent",),
    "liver_metastasis": ("Single", "Multiple"),
    "n_metastatic_lesions": ("Oligo",),
}
RATIO_OF_MORE_BENEFIT = 0.5
# Gives the printed log-rank p (.074) with the deaths of the two groups compared in Figure 2c.
RATIO_OF_FIGURE_2C = 0.67
WITHIN_TOLERANCE = 0.1
UNIVARIATE_TOLERANCE, MULTIVARIABLE_TOLERANCE = 0.08, 0.04


def models(table: pd.DataFrame) -> list[Model]:
    """The multivariable model, each univariate one, and the arms within the groups of more benefit; all in the
    population weighted by ``table.matched``."""
    table = table.assign(pct_cycles=cycle_groups(table["n_cycles"]))
    weights = table["matched"].to_numpy(dtype=float)
    return [
        _model(table, MULTIVARIABLE, "multi", weights, MULTIVARIABLE_TOLERANCE),
        *(_model(table, (name,), "uni", weights, UNIVARIATE_TOLERANCE) for name in CONTRASTS),
        *(
            _arms(table, weights * table[name].isin(levels), RATIO_OF_MORE_BENEFIT)
            for name, levels in MORE_BENEFIT.items()
        ),
        _arms(table, weights * _figure_2c(table), RATIO_OF_FIGURE_2C),
    ]


def _arms(table: pd.DataFrame, weights: Floats, ratio: float) -> Model:
    """The arms within some patients, by the hazard ratio wanted there."""
    of_ccrt = np.asarray(table["arm"] == CCRT, dtype=np.float64)[:, np.newaxis]
    return Model(of_ccrt, np.log([ratio]), np.asarray(weights, dtype=float), WITHIN_TOLERANCE)


def _figure_2c(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """After 4-6 cycles of PCT: RT alone, and CCRT with single-agent platinum."""
    compared = (table["arm"] == RT) | table["concurrent"].isin(SINGLE_PLATINUM)
    return np.asarray((table["pct_cycles"] == "4-6") & compared)


def linear_predictor(table: pd.DataFrame) -> Floats:
    """Log relative hazard of death within the arm by the multivariable model; diagnosis period by its own ratio."""
    table = table.assign(pct_cycles=cycle_groups(table["n_cycles"]))
    total = np.zeros(len(table))
    for name in (*MULTIVARIABLE[1:], "diagnosis_period"):
        for _, mask, ratio in _terms(table, name, "uni" if name == "diagnosis_period" else "multi"):
            total += np.where(mask, np.log(ratio), 0.0)
    return total


def cycle_groups(cycles: pd.Series) -> np.ndarray:
    return np.array(NAMED)[np.digitize(cycles.astype(int), [4, 7])]


def _model(table: pd.DataFrame, names: tuple[str, ...], kind: str, weights: Floats, tolerance: float) -> Model:
    known = np.ones(len(table), dtype=bool)
    for name in names:
        column, reference, contrasts = CONTRASTS[name]
        known &= table[column].isin([*reference, *(level for levels in contrasts.values() for level in levels)])
    terms = [term for name in names for term in _terms(table, name, kind)]
    return Model(
        columns=np.column_stack([mask for _, mask, _ in terms]).astype(float),
        coefficients=np.log([ratio for _, _, ratio in terms]),
        weights=weights * known,
        tolerance=tolerance,
    )


def _terms(table: pd.DataFrame, name: str, kind: str) -> Iterator[tuple[str, npt.NDArray[np.bool_], float]]:
    column, _, contrasts = CONTRASTS[name]
    for contrast, levels in contrasts.items():
        ratio = CORRECTED.get((name, contrast)) or hazard_ratio(name, contrast, kind)
        if ratio is None:
            raise KeyError(f"Table 2 prints no {kind} hazard ratio for {name}, {contrast}.")
        yield contrast, table[column].isin(levels).to_numpy(), ratio
