"""The stage that T, N and M amount to by the edition of the chart, to stand beside the stage as entered.

Nasopharynx alone, by the stage groupings of the AJCC/UICC manuals: the 5th and 6th edition (1997 and 2002, which
agree), the 7th (2009), the 8th (2016), and version 9 (2025: Pan et al., JAMA Oncology 2024).
"""

from django.db.models import Case, CharField, Q, Value, When

from patients.models.diagnosis import Diagnosis, Stage

ANY = "T"
BELOW_N3 = "N0 N1 N2"
# Per edition: T categories, N categories, stage. A category stands for its subcategories too; the first match holds.
SIXTH = (
    (ANY, "N3", Stage.IVB),
    ("T4", BELOW_N3, Stage.IVA),
    ("T3", BELOW_N3, Stage.III),
    ("T1 T2", "N2", Stage.III),
    ("T1 T2", "N1", Stage.IIB),
    ("T2b", "N0", Stage.IIB),
    ("T2a", "N0", Stage.IIA),
    ("T1", "N0", Stage.I),
    ("Tis", "N0", Stage.O),
)
SEVENTH = (
    (ANY, "N3", Stage.IVB),
    ("T4", BELOW_N3, Stage.IVA),
    ("T3", BELOW_N3, Stage.III),
    ("T1 T2", "N2", Stage.III),
    ("T1 T2", "N1", Stage.II),
    ("T2", "N0", Stage.II),
    ("T1", "N0", Stage.I),
    ("Tis", "N0", Stage.O),
)
EIGHTH = (
    (ANY, "N3", Stage.IVA),
    ("T4", "N", Stage.IVA),
    ("T3", BELOW_N3, Stage.III),
    ("T0 T1 T2", "N2", Stage.III),
    ("T0 T1 T2", "N1", Stage.II),
    ("T2", "N0", Stage.II),
    ("T1", "N0", Stage.I),
    ("Tis", "N0", Stage.O),
)
NINTH = (
    (ANY, "N3", Stage.III),
    ("T4", "N", Stage.III),
    ("T3", BELOW_N3, Stage.II),
    ("T0 T1 T2", "N2", Stage.II),
    ("T0 T1 T2", "N1", Stage.IB),
    ("T1 T2", "N0", Stage.IA),
    ("Tis", "N0", Stage.O),
)
GROUPINGS = {5: SIXTH, 6: SIXTH, 7: SEVENTH, 8: EIGHTH, 9: NINTH}
METASTATIC = {
    **dict.fromkeys([(edition, m) for edition in (5, 6, 7) for m in ("M1", "M1a", "M1b")], Stage.IVC),
    **dict.fromkeys([(8, m) for m in ("M1", "M1a", "M1b")], Stage.IVB),
    (9, "M1"): Stage.IV,
    (9, "M1a"): Stage.IVA,
    (9, "M1b"): Stage.IVB,
}


def derived_stage(diagnosis: Diagnosis) -> Stage | None:
    """Stage of a nasopharyngeal cancer by its categories; None where they, or the edition, leave it open."""
    edition, m = diagnosis.staging_edition, diagnosis.m_category
    if edition is None or not (diagnosis.primary_site or "").startswith("C11"):
        return None
    if m != "M0":
        return METASTATIC.get((edition, m or ""))
    t, n = diagnosis.t_category or "TX", diagnosis.n_category or "NX"
    return next((stage for ts, ns, stage in GROUPINGS.get(edition, ()) if among(t, ts) and among(n, ns)), None)


def among(category: str, categories: str) -> bool:
    return category.startswith(tuple(categories.split()))


def in_sql() -> Case:
    """``derived_stage`` of the rows of a query, as an expression."""
    metastatic = [
        When(staging_edition=edition, m_category=m, then=Value(stage)) for (edition, m), stage in METASTATIC.items()
    ]
    grouped = [
        When(
            _among("t_category", "TX", ts)
            & _among("n_category", "NX", ns)
            & Q(staging_edition=edition, m_category="M0"),
            then=Value(stage),
        )
        for edition, groups in GROUPINGS.items()
        for ts, ns, stage in groups
    ]
    nasopharynx = Q(primary_site__startswith="C11")
    return Case(When(nasopharynx, then=Case(*metastatic, *grouped)), output_field=CharField())


def _among(field: str, unknown: str, categories: str) -> Q:
    found = Q(**{f"{field}__regex": f"^({categories.replace(' ', '|')})"})
    return found | Q(**{field: None}) if among(unknown, categories) else found
