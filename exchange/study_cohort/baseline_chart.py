"""Patient, consent basis, diagnosis, metastatic sites, first performance status and laboratory results."""

from typing import Any

import numpy as np

from exchange.study_cohort.published import UNKNOWN
from exchange.study_cohort.records import iso
from exchange.study_cohort.story import Story, Writer

ORGANS = ("bone", "liver", "lung", "other")
NODE_REGIONS = {"axillary": 0.3, "mediastinal": 0.45, "abdominal": 0.15, "inguinal": 0.05, "other": 0.05}
OTHER_ORGANS = ("brain", "skin", "adrenal gland", "spleen")
MORPHOLOGY = {"I": "8071/3", "II": "8072/3", "III": "8020/3"}
# AJCC/UICC edition by first year of use.
EDITIONS = {1998: 5, 2003: 6, 2010: 7}
COMORBIDITIES = {"diabetes": 0.05, "pulmonary": 0.03, "peptic_ulcer": 0.03, "liver_mild": 0.06, "cerebrovascular": 0.01}
# Analyte: unit, mean, standard deviation, share of patients with a value. EBV DNA was not available to the study.
ANALYTES = {
    "ldh": ("U/L", 230.0, 80.0, 0.9),
    "alp": ("U/L", 95.0, 40.0, 0.85),
    "albumin": ("g/L", 42.0, 4.0, 0.9),
    "haemoglobin": ("g/L", 135.0, 16.0, 0.95),
}
LEAST_BMI = 15
REVIEWED = "2019-06"


def write(writer: Writer, story: Story, note: str) -> list[int]:
    """Everything known before treatment; positions of the metastatic sites."""
    writer.records.add("consent", patient=story.position, basis="waiver", scope="research", date=REVIEWED)
    writer.records.add("diagnosis", patient=story.position, note=note, **_diagnosis(writer, story))
    sites = [] if _reason(story) == "no sites" else _sites(writer, story)
    _performance(writer, story)
    _laboratory(writer, story)
    return sites


def patient(writer: Writer, row: Any, diagnosed: np.datetime64) -> dict[str, Any]:
    """Values of the patient's own row. A birth date known in part leaves the age group certain."""
    born = diagnosed - np.timedelta64(int(row.age * 365.2425), "D")
    detail = writer.one_of({"D": 0.93, "M": 0.05, "Y": 0.02})
    return {"sex": row.sex.lower(), "birth_date": iso(born, to=detail if _clear_of_cut(row.age) else "D")}


def _clear_of_cut(age: float) -> bool:
    return abs(age - 45) > 1.2


def _reason(story: Story) -> str | None:
    return getattr(story.row, "reason", None)


def _diagnosis(writer: Writer, story: Story) -> dict[str, Any]:
    row, reason = story.row, _reason(story)
    diagnosed = np.datetime64(row.diagnosed, "D")
    year = diagnosed.astype("datetime64[Y]").astype(int) + 1970
    edition = next(number for first, number in reversed(EDITIONS.items()) if year >= first)
    who = "III" if row.pathology == "III" else writer.one_of({"I": 0.15, "II": 0.85})
    later = reason == "metachronous"
    found = {
        "date": iso(diagnosed, to="M" if writer.chance(0.03) and not later else "D"),
        "biopsy_proven": reason != "no biopsy",
        "primary_site": "C11.9",
        "morphology": None if reason == "no biopsy" else MORPHOLOGY[who],
        "who_type": None if reason == "no biopsy" else who,
        "staging_edition": edition,
        "t_category": None if reason == "no T category" else _split(writer, row.t_category, edition),
        "n_category": None if reason == "no N category" else _split(writer, row.n_category, edition),
        "m_category": "M0" if later else "M1",
        "stage": None if later or reason in ("no T category", "no N category") else "IVC",
        "metastasis_date": story.date(0),
        "metastasis_basis": writer.one_of({"imaging": 0.85, "pathology": 0.15}),
        "other_malignancy": reason == "other malignancy",
        "smoking": writer.one_of({"never": 0.55, "former": 0.1, "current": 0.3, None: 0.05}),
        "family_history": writer.one_of({True: 0.1, False: 0.85, None: 0.05}),
        "comorbidities": [name for name, share in COMORBIDITIES.items() if writer.chance(share)],
        "height_cm": round(float(writer.rng.normal(168 if row.sex == "Male" else 158, 6)), 1),
        "weight_kg": round(float(writer.rng.normal(64 if row.sex == "Male" else 54, 8)), 1),
    }
    lightest = round(LEAST_BMI * (found["height_cm"] / 100) ** 2, 1)
    return found | {"weight_kg": max(found["weight_kg"], lightest)}


def _split(writer: Writer, category: str, edition: int) -> str:
    """The subcategory where the edition has one and the chart gives it."""
    split = {"T2": edition < 7, "N3": True}.get(category, False)
    return f"{category}{writer.one_of({'a': 0.4, 'b': 0.6})}" if split and writer.chance(0.7) else category


def _sites(writer: Writer, story: Story) -> list[int]:
    letters = story.row.pattern
    found = []
    for organ, letter in zip(ORGANS, letters, strict=False):
        if letter == "A":
            continue
        text = writer.one_of(dict.fromkeys(OTHER_ORGANS, 1.0)) if organ == "other" else ""
        named = {"organ": "brain"} if text == "brain" else {"organ": organ, "organ_text": text}
        lesions = 1 if letter == "S" else 2 + int(writer.rng.geometric(0.3)) - 1
        uncounted = letter == "M" and writer.chance(0.04)
        found.append(
            _site(writer, story, **named, n_lesions=None if uncounted else lesions, multiple_not_counted=uncounted)
        )
    regions = {"A": 0, "S": 1, "M": 2 + int(writer.chance(0.2))}[letters[4]]
    left = dict(NODE_REGIONS)
    for _ in range(regions):
        region = writer.one_of(left)
        del left[region]
        found.append(_site(writer, story, organ="distant_node", node_region=region, n_lesions=1))
    return found


def _site(writer: Writer, story: Story, **values: Any) -> int:
    size = int(np.clip(writer.rng.lognormal(3.1, 0.5), 6, 120))
    basis = writer.one_of({"imaging": 0.9, "pathology": 0.1})
    return writer.records.add(
        "metastaticsite", patient=story.position, largest_mm=size, date=story.date(0), basis=basis, **values
    )


def _performance(writer: Writer, story: Story) -> None:
    """KPS at baseline; left out where KPS before RT shall be unknown, as it could lie within its window."""
    if story.row.rt and story.row.kps_before_rt == UNKNOWN:
        return
    kps = writer.one_of({90: 0.85, 80: 0.12, 70: 0.03} if story.row.pct else {90: 0.4, 80: 0.25, 70: 0.2, 50: 0.15})
    writer.records.add("performancestatus", patient=story.position, date=story.date(0), timepoint="baseline", kps=kps)


def _laboratory(writer: Writer, story: Story) -> None:
    for analyte, (unit, mean, deviation, share) in ANALYTES.items():
        if writer.chance(share):
            value = max(mean + deviation * writer.rng.standard_normal(), mean / 3)
            day = story.date(0)
            writer.records.add(
                "labresult", patient=story.position, date=day, analyte=analyte, value=round(float(value)), unit=unit
            )
