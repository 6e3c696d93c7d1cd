"""Response, performance status before RT, contacts, progressions, death."""

from typing import Any

from exchange.study_cohort.curves import DAYS_PER_MONTH
from exchange.study_cohort.overall import CUTOFF
from exchange.study_cohort.published import UNKNOWN
from exchange.study_cohort.story import Story, Writer

# Months after metastasis until which contacts are due, and months between them.
CONTACTS = ((24, 3), (60, 6), (360, 12))
# Change of the sum of diameters by category, in per cent (RECIST 1.1).
SHRINKAGE = {"CR": (-100, -100), "PR": (-75, -32), "SD": (-25, 15), "PD": (22, 60)}
AFTER_RT = {"CR": 0.25, "PR": 0.55, "SD": 0.2}
CAUSES = {"cancer": 0.9, "treatment": 0.01, "other": 0.04, "unknown": 0.05}
DISTANT_SITES = {"bone": 0.45, "liver": 0.3, "lung": 0.25, "distant_node": 0.12, "brain": 0.03}


def write(writer: Writer, story: Story) -> None:
    """Everything about what became of the patient."""
    if story.row.pct:
        _response_to_pct(writer, story)
    if story.row.rt:
        _before_rt(writer, story)
        _after_rt(writer, story)
    _progressions(writer, story)
    _contacts(writer, story)
    if story.dead:
        cause = _cause(story, writer.one_of(CAUSES))
        writer.records.add("death", patient=story.position, date=story.date(story.last), cause=cause)
        if cause == "treatment":
            _fatal_event(writer, story)


def _cause(story: Story, drawn: str) -> str:
    """As drawn, where the chart bears it out: nobody dies of treatment without one, nor, treated, of the cancer without
    progression."""
    treated = story.row.pct or story.row.rt
    if drawn == "cancer" and treated and story.progressed > story.last:
        return "other" if story.position % 2 else "unknown"
    return "unknown" if drawn == "treatment" and not treated else drawn


def _fatal_event(writer: Writer, story: Story) -> None:
    """The adverse event of which the patient died."""
    during = "rt" if story.row.rt else "pct"
    writer.records.add(
        "adverseevent",
        patient=story.position,
        term="Pharyngeal hemorrhage" if story.row.rt else "Sepsis",
        grade=5,
        onset=story.date(story.last),
        resolution=None,
        phase="late" if story.last > story.treated_until + 90 else during,
        related_to="radiotherapy" if story.row.rt else "chemotherapy",
    )


def _response_to_pct(writer: Writer, story: Story) -> None:
    """After the last cycle, and before RT where it followed; where unknown, none or one without a category."""
    row = story.row
    category = None if row.response_to_pct == UNKNOWN else row.response_to_pct
    if category is None and writer.chance(0.5):
        return
    day = row.last_cycle + 4 + writer.between(5, 14)
    _assessment(writer, story, day, "after_pct", category)


def _after_rt(writer: Writer, story: Story) -> None:
    day = story.row.rt_end + writer.between(60, 100)
    if day < min(story.last, story.progressed) and writer.chance(0.85):
        _assessment(writer, story, day, "after_rt", writer.one_of(AFTER_RT))


def _assessment(writer: Writer, story: Story, day: float, timepoint: str, category: str | None) -> None:
    date = story.date(day)
    found = ["mri_head_neck"]
    if int(date[:4]) >= 2008 and writer.chance(0.3):
        found.append("pet_ct")
    else:
        found += [writer.one_of({"chest_ct": 0.6, "chest_xray": 0.4})]
        found += [writer.one_of({"abdominal_us": 0.6, "abdominal_ct": 0.4}), "bone_scan"]
    position = writer.records.add(
        "responseassessment",
        patient=story.position,
        date=date,
        timepoint=timepoint,
        modalities=found,
        category=category,
    )
    if category and timepoint == "after_pct" and writer.chance(0.4):
        _lesions(writer, story, position, category)


def _lesions(writer: Writer, story: Story, assessment: int, category: str) -> None:
    low, high = SHRINKAGE[category]
    change = writer.rng.uniform(low, high) / 100
    for location in ("Nasopharynx", "Cervical node, level II"):
        before = round(float(writer.rng.uniform(15, 60)), 1)
        now = round(before * (1 + change), 1)
        writer.records.add(
            "targetlesion",
            patient=story.position,
            assessment=assessment,
            location=location,
            baseline_mm=before,
            smallest_mm=min(before, now),
            current_mm=now,
        )


def _before_rt(writer: Writer, story: Story) -> None:
    kps = story.row.kps_before_rt
    if kps != UNKNOWN:
        day = story.row.rt_start - writer.between(1, 10)
        writer.records.add(
            "performancestatus", patient=story.position, date=story.date(day), timepoint="before_rt", kps=int(kps)
        )


def _progressions(writer: Writer, story: Story) -> None:
    """One row per event, both kinds in one where they came together; nothing that lies after the last contact."""
    local, distant = story.locoregional, story.distant
    events: list[tuple[float, str]] = [(local, "locoregional"), (distant, "distant")]
    if local == distant:
        events = [(local, "both")]
    for day, kind in events:
        if day <= story.last:
            sites = None if kind == "locoregional" else _distant_sites(writer)
            basis = writer.one_of({"imaging": 0.85, "pathology": 0.15})
            writer.records.add(
                "progression", patient=story.position, date=story.date(day), kind=kind, sites=sites, basis=basis
            )


def _distant_sites(writer: Writer) -> list[str]:
    found = [organ for organ, share in DISTANT_SITES.items() if writer.chance(share)]
    return found or [writer.one_of(DISTANT_SITES)]


def _contacts(writer: Writer, story: Story) -> None:
    """At plausible intervals until the last day alive; then, who was lost could not be reached again."""
    for day in _days_of_contact(writer, story):
        _contact(writer, story, day, "alive", disease_status=_status(writer, story, day))
    if story.dead:
        if writer.chance(0.4):
            _contact(writer, story, story.last + writer.between(0, 20), "dead", method="phone")
        return
    asked = story.last + writer.between(150, 240)
    if story.day(asked) < CUTOFF:
        _contact(writer, story, asked, "lost", method="phone")


def _days_of_contact(writer: Writer, story: Story) -> list[int]:
    days, day = [], story.treated_until + writer.between(20, 45)
    latest = story.last - 12 if not story.dead else story.last - 1
    while day < latest:
        days.append(day)
        months = next(step for until, step in CONTACTS if day < until * DAYS_PER_MONTH)
        day += round(months * DAYS_PER_MONTH) + writer.between(-12, 12)
    return days if story.dead else [*days, story.last]


def _contact(writer: Writer, story: Story, day: int, status: str, **values: Any) -> None:
    chosen = {"method": writer.one_of({"clinic": 0.7, "phone": 0.3})} | values
    writer.records.add("followup", patient=story.position, date=story.date(day), status=status, **chosen)


def _status(writer: Writer, story: Story, day: int) -> str | None:
    if story.progressed <= day:
        return "progression"
    return str(writer.one_of({"stable": 0.6, "no_evidence": 0.3, "not_assessed": 0.1}))
