"""PCT, RT, concurrent chemotherapy, local treatment of metastases, later lines."""

from typing import Any

from exchange.study_cohort.profiles import CYCLE_DAYS
from exchange.study_cohort.published import UNKNOWN
from exchange.study_cohort.story import Story, Writer
from treatments.catalogue import REGIMENS

# 'Others' of Table 1, and second-line regimens (both invented).
OTHER_REGIMENS = {"TC": 0.5, "GN": 0.5}
LATER_REGIMENS = {"GP": 0.4, "capecitabine": 0.3, "S-1": 0.2, "TC": 0.1}
STOPPED = {"completed": 0.9, "toxicity": 0.07, "refusal": 0.03}
# Doses where the catalogue has no standard (mg/m2 per day); carboplatin is dosed by AUC, so none.
NO_STANDARD = {"s1": 60.0, "carboplatin": None}
# Guideline doses in Gy of the source; GTVnx is drawn, the others follow.
OTHER_VOLUMES = {"gtvnd": (64, 70), "ctv1": (60, 62), "ctv2": (54, 56)}
MODALITY_BY_ORGAN: dict[str, dict[str, float]] = {
    "bone": {"radiotherapy": 0.95, "surgery": 0.05},
    "liver": {"tace": 0.4, "radiofrequency": 0.45, "surgery": 0.15},
    "lung": {"radiotherapy": 0.4, "surgery": 0.3, "radiofrequency": 0.3},
    "distant_node": {"radiotherapy": 0.9, "surgery": 0.1},
    "brain": {"radiotherapy": 0.9, "surgery": 0.1},
    "other": {"radiotherapy": 0.7, "surgery": 0.3},
}


def write(writer: Writer, story: Story, sites: list[int]) -> None:
    """All treatment from the first cycle to the last line."""
    row = story.row
    if row.pct:
        _pct(writer, story)
    if row.rt:
        _radiotherapy(writer, story)
        if row.concurrent is not None:
            _concurrent(writer, story)
    if row.local_treatment == "Yes" and (row.pct or row.rt) and sites:
        _local(writer, story, sites)
    if story.progressed + 100 < story.last and writer.chance(0.5):
        _later_line(writer, story)


def _pct(writer: Writer, story: Story) -> None:
    row = story.row
    regimen = writer.one_of(OTHER_REGIMENS) if row.pct_regimen == "Others" else row.pct_regimen
    reason = "progression" if row.response_to_pct == "PD" else writer.one_of(STOPPED)
    last = row.last_cycle + 4
    course = _course(writer, story, "palliative", regimen, row.pct_start, last, line=1, stop_reason=reason)
    day = int(row.pct_start)
    for number in range(1, int(row.n_cycles) + 1):
        delay = int(row.delays[number - 1]) if number > 1 else 0
        day += CYCLE_DAYS + delay if number > 1 else 0
        _cycle(writer, story, course, regimen, number, day, delay)


def _course(writer: Writer, story: Story, intent: str, regimen: str, start: float, stop: float, **values: Any) -> int:
    return writer.records.add(
        "systemiccourse",
        patient=story.position,
        intent=intent,
        agent_class="chemotherapy",
        regimen=regimen,
        start=story.date(start),
        stop=story.date(stop),
        **values,
    )


def _cycle(writer: Writer, story: Story, course: int, regimen: str, number: int, day: int, delay: int = 0) -> None:
    reduced = number > 1 and writer.chance(0.08)
    cycle = writer.records.add(
        "chemotherapycycle",
        patient=story.position,
        course=course,
        number=number,
        day_1=story.date(day),
        as_planned=not (reduced or delay),
        delay_days=delay,
    )
    share = writer.one_of({0.8: 0.7, 0.75: 0.3}) if reduced else 1.0
    for drug, standard, days, _ in REGIMENS[regimen][2]:
        dose = standard if standard is not None else NO_STANDARD[drug]
        writer.records.add(
            "drugdose",
            patient=story.position,
            cycle=cycle,
            drug=drug,
            mg_m2=None if dose is None else round(dose * share, 1),
            days=len(days),
            reduction_reason="Haematological toxicity" if reduced else "",
        )


def _radiotherapy(writer: Writer, story: Story) -> None:
    row = story.row
    year = int(str(story.day(row.rt_start))[:4])
    known = row.rt_dose_group != UNKNOWN
    dose = float(writer.between(48, 58)) if row.rt_dose_group == "<60" else _dose(writer)
    course = writer.records.add(
        "radiotherapycourse",
        patient=story.position,
        intent="locoregional",
        technique=_technique(writer, row.rt_technique, year),
        planned_dose_gy=dose if known else None,
        delivered_dose_gy=dose if known else None,
        start=story.date(row.rt_start),
        end=story.date(row.rt_end),
        fractions_planned=int(row.fractions),
        fractions_given=int(row.fractions),
        fractions_per_week=5,
        interruption_days=int(row.interruption),
    )
    for volume, prescribed in _volumes(writer, row, dose).items():
        writer.records.add(
            "radiotherapyvolume",
            patient=story.position,
            course=course,
            volume=volume,
            prescribed_gy=prescribed if known else None,
            delivered_gy=prescribed if known else None,
            fractions=int(row.fractions),
        )


def _dose(writer: Writer) -> float:
    return float(writer.one_of({70.0: 0.62, 68.0: 0.16, 66.0: 0.16, 69.96: 0.06}))


def _volumes(writer: Writer, row: Any, dose: float) -> dict[str, float]:
    """GTVnx as prescribed, the others by the guideline and never above it; no nodal volume in N0."""
    names = [name for name in OTHER_VOLUMES if name != "gtvnd" or row.n_category != "N0"]
    return {"gtvnx": dose} | {name: min(dose, float(writer.between(*OTHER_VOLUMES[name]))) for name in names}


def _technique(writer: Writer, technique: str, year: int) -> str | None:
    if technique == UNKNOWN:
        return None
    if technique == "IMRT":
        return str(writer.one_of({"imrt": 0.85, "vmat": 0.15})) if year >= 2014 else "imrt"
    return str(writer.one_of({"2d": 0.7, "3d": 0.3}))


def _concurrent(writer: Writer, story: Story) -> None:
    """Two or three cycles from the first days of RT, none beginning after its end."""
    row = story.row
    first = int(row.rt_start) + writer.between(0, 2)
    days = [day for day in range(first, first + 3 * CYCLE_DAYS, CYCLE_DAYS) if day <= row.rt_end - 2]
    days = days[: writer.one_of({3: 0.5, 2: 0.5})]
    stop = min(days[-1] + 4, row.rt_end)
    course = _course(writer, story, "concurrent", row.concurrent, days[0], stop, stop_reason="completed")
    for number, day in enumerate(days, start=1):
        _cycle(writer, story, course, row.concurrent, number, day)


def _local(writer: Writer, story: Story, sites: list[int]) -> None:
    site = sites[writer.between(0, len(sites) - 1)]
    organ = writer.records.tables["metastaticsite"][site]["organ"]
    modality = writer.one_of(MODALITY_BY_ORGAN[organ])
    day = max(story.treated_until - writer.between(0, 25), 0)
    writer.records.add("localtreatment", patient=story.position, site=site, modality=modality, date=story.date(day))


def _later_line(writer: Writer, story: Story) -> None:
    regimen = writer.one_of(LATER_REGIMENS)
    start = round(story.progressed) + writer.between(14, 35)
    days = [day for day in range(start, start + 6 * CYCLE_DAYS, CYCLE_DAYS) if day + 10 < story.last]
    days = days[: writer.between(2, 6)]
    course = _course(writer, story, "later_line", regimen, days[0], min(days[-1] + 14, story.last), line=2)
    for number, day in enumerate(days, start=1):
        _cycle(writer, story, course, regimen, number, day)
