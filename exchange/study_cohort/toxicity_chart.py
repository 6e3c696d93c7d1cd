"""Adverse events per phase, by shares that are invented but within what phase III trials of these treatments report.

Sources of the orders of magnitude: induction GP, TP and TPF in nasopharyngeal carcinoma (grade 3-4 neutropenia 20-40%,
little else), IMRT with and without concurrent cisplatin (grade 3 mucositis a third, leucopenia with cisplatin mostly).
"""

from typing import NamedTuple

from exchange.study_cohort.story import Story, Writer


class Share(NamedTuple):
    """Shares of patients with grade 1-2 and with grade 3-4 as their worst."""

    mild: float
    severe: float


# CTCAE v5 terms.
DURING_PCT = {
    "Neutrophil count decreased": Share(0.35, 0.26),
    "White blood cell decreased": Share(0.4, 0.18),
    "Anemia": Share(0.4, 0.03),
    "Platelet count decreased": Share(0.15, 0.03),
    "Nausea": Share(0.55, 0.05),
    "Vomiting": Share(0.35, 0.05),
    "Alanine aminotransferase increased": Share(0.15, 0.02),
    "Mucositis oral": Share(0.12, 0.02),
}
DURING_RT = {
    "Mucositis oral": Share(0.65, 0.24),
    "Dermatitis radiation": Share(0.6, 0.05),
    "Dry mouth": Share(0.6, 0.01),
    "White blood cell decreased": Share(0.25, 0.05),
    "Neutrophil count decreased": Share(0.2, 0.04),
    "Anemia": Share(0.2, 0.01),
    "Nausea": Share(0.15, 0.01),
}
DURING_CCRT = {
    "Mucositis oral": Share(0.6, 0.34),
    "Dermatitis radiation": Share(0.6, 0.08),
    "Dry mouth": Share(0.65, 0.02),
    "White blood cell decreased": Share(0.45, 0.22),
    "Neutrophil count decreased": Share(0.35, 0.14),
    "Anemia": Share(0.4, 0.05),
    "Platelet count decreased": Share(0.2, 0.04),
    "Nausea": Share(0.5, 0.06),
    "Vomiting": Share(0.4, 0.05),
    "Creatinine increased": Share(0.08, 0.005),
}
LATE = {
    "Dry mouth": Share(0.55, 0.02),
    "Hearing impaired": Share(0.25, 0.04),
    "Fibrosis deep connective tissue": Share(0.2, 0.02),
    "Cranial nerve palsy": Share(0.02, 0.01),
    "Central nervous system necrosis": Share(0.03, 0.01),
}
# More severe blood counts under three drugs, and with gemcitabine fewer platelets.
FACTOR = {("TPF", "Neutrophil count decreased"): 1.4, ("GP", "Platelet count decreased"): 3.0}


def write(writer: Writer, story: Story) -> None:
    """Worst grade of each term in each phase that the patient went through."""
    row = story.row
    if row.pct:
        start, end = int(row.pct_start), int(row.last_cycle) + 10
        _phase(writer, story, DURING_PCT, "pct", (start + 5, end), "chemotherapy")
    if row.rt:
        concurrent = row.concurrent is not None
        terms, cause = (DURING_CCRT, "both") if concurrent else (DURING_RT, "radiotherapy")
        _phase(writer, story, terms, "rt", (int(row.rt_start) + 10, int(row.rt_end)), cause)
        if story.last > row.rt_end + 200:
            _phase(writer, story, LATE, "late", (int(row.rt_end) + 120, story.last - 30), "radiotherapy")


def _phase(
    writer: Writer, story: Story, terms: dict[str, Share], phase: str, days: tuple[int, int], related_to: str
) -> None:
    for term, share in terms.items():
        severe = share.severe * FACTOR.get((story.row.pct_regimen, term), 1.0)
        drawn = writer.rng.random()
        if drawn < severe:
            grade = writer.one_of({3: 0.8, 4: 0.2}) if _can_be_four(term) else 3
        elif drawn < severe + share.mild:
            grade = writer.one_of({1: 0.5, 2: 0.5})
        else:
            continue
        _event(writer, story, term, grade, phase, days, related_to)


def _can_be_four(term: str) -> bool:
    return term.endswith("decreased") or term == "Mucositis oral"


def _event(
    writer: Writer, story: Story, term: str, grade: int, phase: str, days: tuple[int, int], related_to: str
) -> None:
    onset = writer.between(days[0], max(days))
    resolved = onset + writer.between(5, 25)
    lasting = phase == "late" or resolved >= story.last
    writer.records.add(
        "adverseevent",
        patient=story.position,
        term=term,
        grade=grade,
        onset=story.date(onset)[: 7 if phase == "late" else 10],
        resolution=None if lasting else story.date(resolved),
        phase=phase,
        related_to=related_to,
    )
