"""A plausible synthetic dataset with the study's variable names, for tests that need one: independent marginals, no
records behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analyses.pipeline.dataset import Dataset, Endpoint, Moment, Variable
from analyses.pipeline.parameters import DerivationParameters
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import Resampling, StudySpec
from analyses.pipeline.study import run_study

PLANS = Path(__file__).resolve().parents[2] / "analyses" / "plans"

# name: (label, levels, shares among PCT+RT, shares among PCT+CCRT, share missing)
_CATEGORICAL: dict[str, tuple[str, list[str], list[float], list[float], float]] = {
    "sex": ("Sex", ["Male", "Female"], [163, 29], [141, 22], 0),
    "diagnosis_period": (
        "Period of diagnosis",
        ["2000-2005", "2006-2011", "2012-2017"],
        [26, 66, 100],
        [12, 45, 106],
        0,
    ),
    "pathology": ("Pathology", ["I-II", "III"], [22, 170], [13, 150], 0),
    "t_category": ("T category", ["T1", "T2", "T3", "T4"], [7, 33, 95, 57], [8, 13, 72, 70], 0),
    "n_category": ("N category", ["N0", "N1", "N2", "N3"], [6, 39, 79, 68], [5, 31, 75, 52], 0),
    "bone_metastasis": ("Bone metastasis", ["Absent", "Single", "Multiple"], [47, 56, 89], [49, 55, 59], 0),
    "liver_metastasis": ("Liver metastasis", ["Absent", "Single", "Multiple"], [154, 17, 21], [128, 15, 20], 0),
    "lung_metastasis": ("Lung metastasis", ["Absent", "Single", "Multiple"], [165, 10, 17], [128, 16, 19], 0),
    "n_metastatic_organs": (
        "Number of metastatic organs",
        ["None", "Single organ", "Multiple organs"],
        [10, 157, 25],
        [7, 127, 29],
        0,
    ),
    "organ_metastasis_sites": (
        "Sites of organ metastasis",
        ["Absent", "Single", "Multiple"],
        [10, 62, 120],
        [7, 67, 89],
        0,
    ),
    "distant_nodal_metastasis": (
        "Distant nodal metastasis",
        ["Absent", "Single region", "Multiple regions"],
        [170, 19, 3],
        [141, 19, 3],
        0,
    ),
    "metastatic_type": (
        "Type of metastasis",
        [
            "Organ metastasis without LN involvement",
            "Only distant LN metastasis",
            "Organ metastasis with LN involvement",
        ],
        [170, 10, 12],
        [141, 7, 15],
        0,
    ),
    "n_metastatic_lesions": ("Metastatic lesions", ["Oligo", "Multiple"], [60, 132], [68, 95], 0),
    "pct_regimen": (
        "PCT regimen",
        ["PF", "GP", "TP", "TPF", "Others"],
        [69, 12, 46, 51, 14],
        [43, 4, 39, 59, 18],
        0,
    ),
    "pct_cycles": ("PCT cycles", ["1-3", "4-6", ">6"], [35, 142, 15], [41, 113, 9], 0),
    "response_to_pct": ("Response to PCT", ["CR", "PR", "SD", "PD"], [6, 123, 18, 0], [3, 96, 27, 0], 0.23),
    "kps_before_rt": ("KPS before RT", ["90", "80", "70"], [159, 9, 2], [143, 10, 2], 0.08),
    "rt_technique": ("RT technique", ["Conventional RT", "IMRT"], [67, 113], [28, 131], 0.04),
    "rt_dose_group": ("RT dose", ["<60", ">=60"], [11, 179], [2, 161], 0),
    "local_treatment": ("Local treatment of metastases", ["No", "Yes"], [128, 64], [102, 61], 0),
}
_ARMS = ["PCT alone", "PCT+RT", "PCT+CCRT", "CCRT alone", "Other"]
_CONCURRENT = ["None", "Single-agent platinum", "Platinum combination", "Other"]
_ENDPOINTS = {
    "os": ("Overall survival", "Death"),
    "pfs": ("Progression-free survival", "Progression or death"),
    "lrpfs": ("Locoregional progression-free survival", "Locoregional progression or death"),
    "dpfs": ("Distant progression-free survival", "Distant progression or death"),
}
_COMPETING = {
    "lrp": ("Locoregional progression", "Locoregional progression"),
    "dp": ("Distant progression", "Distant progression"),
}


def saved_plan(name: str) -> StudySpec:
    """A saved plan of the project."""
    return StudySpec.from_json(json.loads((PLANS / f"{name}.json").read_text()))


def plan(name: str = "ccrt_vs_rt") -> StudySpec:
    """A saved plan of the project with few replicates and few completed datasets."""
    spec = saved_plan(name)
    few = Resampling(replicates=20, stability=5, chunk=8) if spec.resampling is not None else None
    sets = replace(spec.imputation, sets=2, iterations=1) if spec.imputation is not None else None
    return replace(spec, resampling=few, imputation=sets)


def parameters() -> DerivationParameters:
    return DerivationParameters(data_cutoff=date(2019, 12, 31), oligo_threshold=1)


def synthetic_dataset(n: int = 300, *, seed: int = 0) -> Dataset:
    """`n` patients of whom about nine in ten are eligible for the CCRT plan, with OS, PFS, LRPFS, DPFS and
    toxicity."""
    rng = np.random.default_rng(seed)
    patients = [f"NPC-{number:06d}" for number in range(1, n + 1)]
    frame = pd.DataFrame(index=pd.Index(patients, name="patient"))
    group = rng.choice(_ARMS, size=n, p=[0.06, 0.47, 0.41, 0.03, 0.03])
    frame["treatment_group"] = pd.Categorical(group, categories=_ARMS, ordered=True)
    treated = group == "PCT+CCRT"
    for name, (_, levels, reference, exposed, missing) in _CATEGORICAL.items():
        frame[name] = _draw(rng, levels, reference, exposed, missing, treated)
    frame.loc[frame.index[np.flatnonzero(group == "PCT+RT")[:2]], "rt_dose_group"] = None
    concurrent = np.where(treated, rng.choice(_CONCURRENT[1:], size=n, p=[0.7, 0.25, 0.05]), "None")
    frame["concurrent_regimen"] = pd.Categorical(concurrent, categories=_CONCURRENT, ordered=True)
    frame["age"] = rng.normal(46, 11, n).clip(18, 80).round()
    frame["age_group"] = pd.Categorical(
        np.where(frame["age"] < 45, "<45", ">=45"), categories=["<45", ">=45"], ordered=True
    )
    for name, share in (("biopsy_proven", 0.99), ("metastasis_at_diagnosis", 0.98), ("metastatic_sites_known", 0.99)):
        frame[name] = pd.array(rng.random(n) < share, dtype="boolean")
    frame["other_malignancy"] = pd.array(rng.random(n) < 0.02, dtype="boolean")
    _add_times(frame, rng, treated)
    return Dataset(
        frame=frame,
        variables={variable.name: variable for variable in _variables()},
        endpoints={
            name: Endpoint(
                name=name,
                label=label,
                event_label=event,
                doc=f"{label}, synthetic.",
                competing="Death" if name in _COMPETING else "",
            )
            for name, (label, event) in (_ENDPOINTS | _COMPETING).items()
        },
        moments={
            "rt_start": Moment(name="rt_start", label="Start of RT", doc="First fraction, synthetic."),
            "rt_end": Moment(name="rt_end", label="End of RT", doc="Last fraction, synthetic."),
        },
        parameters=parameters(),
        registry="Synthetic registry",
        invented=True,
        toxicity=_toxicity(rng, patients),
    )


def study_result(name: str = "ccrt_vs_rt", n: int = 355) -> StudyResult:
    """A saved plan run on the synthetic dataset, once per test session."""
    return _run(name, n)


@cache
def _run(name: str, n: int) -> StudyResult:
    return run_study(synthetic_dataset(n), plan(name))


def _draw(
    rng: np.random.Generator,
    levels: list[str],
    reference: list[float],
    exposed: list[float],
    missing: float,
    treated: np.ndarray,
) -> pd.Categorical:
    shares = [np.asarray(weights, dtype=float) / sum(weights) for weights in (reference, exposed)]
    drawn = np.where(
        treated,
        rng.choice(len(levels), size=len(treated), p=shares[1]),
        rng.choice(len(levels), size=len(treated), p=shares[0]),
    )
    codes = np.where(rng.random(len(treated)) < missing, -1, drawn)
    return pd.Categorical.from_codes(codes, categories=levels, ordered=True)


def _add_times(frame: pd.DataFrame, rng: np.random.Generator, treated: np.ndarray) -> None:
    """Exponential deaths with a few true hazard ratios, progressions before them, uniform censoring; times in whole
    days."""
    n = len(frame)
    log_hazard = np.log(0.6) * treated + np.log(2.0) * (frame["n_metastatic_lesions"] == "Multiple").to_numpy()
    log_hazard += np.log(0.5) * (frame["pct_cycles"] != "1-3").to_numpy()
    death = rng.exponential(1800 * np.exp(-log_hazard))
    local, distant = death * rng.uniform(0.2, 1.6, n), death * rng.uniform(0.2, 1.3, n)
    censored = rng.uniform(500, 4000, n)
    first = {
        "os": death,
        "lrpfs": np.minimum(local, death),
        "dpfs": np.minimum(distant, death),
        "pfs": np.minimum(np.minimum(local, distant), death),
    }
    for name, event in first.items():
        days = np.maximum(np.ceil(np.minimum(event, censored)), 1)
        frame[f"{name}_months"] = days / 30.4375
        frame[f"{name}_event"] = pd.array((event <= censored).astype(int), dtype="Int8")
    for name, event in (("lrp", local), ("dp", distant)):
        ends = np.minimum(event, death)
        frame[f"{name}_months"] = np.maximum(np.ceil(np.minimum(ends, censored)), 1) / 30.4375
        code = np.where(ends > censored, 0, np.where(event <= death, 1, 2))
        frame[f"{name}_event"] = pd.array(code, dtype="Int8")
    start = rng.uniform(60, 240, n) / 30.4375
    had_rt = frame["treatment_group"].isin(["PCT+RT", "PCT+CCRT", "CCRT alone"]).to_numpy()
    for name, moment in (("rt_start", start), ("rt_end", start + 1.5)):
        frame[f"{name}_months"] = np.where(had_rt & (moment < frame["os_months"].to_numpy()), moment, np.nan)


def _toxicity(rng: np.random.Generator, patients: list[str]) -> pd.DataFrame:
    terms = {"PCT": ["Neutrophil count decreased", "Nausea"], "RT": ["Mucositis oral", "Neutrophil count decreased"]}
    rows = [
        (patient, term, int(rng.integers(1, 5)), phase)
        for patient in patients
        for phase, names in terms.items()
        for term in names
        if rng.random() < 0.5
    ]
    return pd.DataFrame(rows, columns=["patient", "term", "grade", "phase"])


def _variables() -> list[Variable]:
    categorical = {name: (label, levels) for name, (label, levels, *_) in _CATEGORICAL.items()}
    categorical["treatment_group"] = ("Treatment group", _ARMS)
    categorical["concurrent_regimen"] = ("Concurrent regimen", _CONCURRENT)
    categorical["age_group"] = ("Age group", ["<45", ">=45"])
    found = [
        Variable(
            name=name,
            label=label,
            kind="categorical",
            levels=tuple(levels),
            doc=f"{label}, synthetic.",
            known_at="rt_end" if name in ("treatment_group", "concurrent_regimen") else "diagnosis",
        )
        for name, (label, levels) in categorical.items()
    ]
    found.append(Variable(name="age", label="Age", kind="numeric", unit="years", doc="Age, synthetic."))
    for name, label in (
        ("biopsy_proven", "Biopsy-proven"),
        ("metastasis_at_diagnosis", "Metastasis shown at diagnosis"),
        ("metastatic_sites_known", "Metastatic sites known"),
        ("other_malignancy", "Other malignancy"),
    ):
        found.append(Variable(name=name, label=label, kind="boolean", doc=f"{label}, synthetic."))
    return found
