"""Table 2 and Figure 3 beside ours: hazard ratios by factor and by subgroup."""

from collections.abc import Iterator
from typing import Any

from analyses.pipeline.results import CoxTerm, StudyResult
from exchange.study_cohort.comparison_row import Row, no_target, probability
from exchange.study_cohort.published import figures

# Variable of Table 2: variable of the plan, where the names differ (recodes).
IN_PLAN = {
    "group": "treatment_group",
    "t_category": "t_category_2",
    "n_category": "n_category_2",
    "distant_nodal_metastasis": "distant_nodes",
    "pct_regimen": "pct_regimen_named",
    "response_to_pct": "response_2",
    "kps_before_rt": "kps_2",
}
LEVELS = {"Organ with LN": "Organ metastasis with LN involvement"}
NO_TARGETS = {
    ("bone_metastasis", "Multiple vs Absent"): "misprint: 1.77 is not the centre of its interval (1.36 is)",
    **dict.fromkeys(
        (
            ("pathology", "III vs I-II"),
            ("metastatic_type", "Organ with LN vs organ without LN"),
            ("response_to_pct", "SD vs CR/PR"),
        ),
        "printed interval half as wide as the counts allow, as if coded 1/3",
    ),
}
MORE_BENEFIT = {
    "no bone metastasis": (("bone_metastasis", "Absent"),),
    "liver metastasis": (("liver_metastasis", "Single"), ("liver_metastasis", "Multiple")),
    "solitary metastasis": (("n_metastatic_lesions", "Oligo"),),
}


def factors(result: StudyResult) -> Iterator[Row]:
    """Table 2: univariate ratios are shown, the multivariable ones must lie on the published side of 1."""
    if result.prognostic is None:
        return
    alone = [term for row in result.prognostic.univariate for term in row.terms]
    together = list(result.prognostic.model.terms) if result.prognostic.model else []
    for kind, terms, section in (
        ("uni", alone, "Table 2, univariate (matched)"),
        ("multi", together, "Table 2, multivariable (matched)"),
    ):
        for printed in figures()["table2"]:
            if kind in printed:
                yield _factor(section, printed, printed[kind], _term(terms, printed), kind)


def _term(terms: list[CoxTerm], printed: dict[str, Any]) -> CoxTerm | None:
    variable = IN_PLAN.get(printed["variable"], printed["variable"])
    level = printed["contrast"].split(" vs ")[0]
    level = LEVELS.get(level, level)
    return next((term for term in terms if (term.variable, term.level) == (variable, level)), None)


def _factor(section: str, printed: dict[str, Any], ratio: dict[str, Any], term: CoxTerm | None, kind: str) -> Row:
    variable, contrast = printed["variable"], printed["contrast"]
    figure = f"HR {variable}, {contrast} (95% CI), p"
    published = _text(ratio["hr"], ratio["lo"], ratio["hi"], ratio["p"])
    if term is None:
        return no_target(section, figure, published, "not in the model", "selection by steps left it out")
    ours = _text(term.hr, term.lower, term.upper, term.p)
    if kind == "uni":
        return no_target(section, figure, published, ours, NO_TARGETS.get((variable, contrast), ""))
    if ratio["p"] > 0.5:
        return no_target(section, figure, published, ours, "printed ratio near 1")
    met = (term.hr < 1) == (ratio["hr"] < 1)
    return Row(section, figure, published, ours, met=met, note="same side of 1")


def _text(ratio: float, low: float, high: float, p: float | str) -> str:
    return f"{ratio:.2f} ({low:.2f}-{high:.2f}), {probability(p)}"


def subgroups(result: StudyResult) -> Iterator[Row]:
    """Figure 3 prints no numbers that could be read; the text names three groups with more benefit."""
    if result.subgroups is None:
        return
    found = {(item.variable, row.level): row for item in result.subgroups.variables for row in item.rows}
    for name in figures()["survival"]["subgroups_with_more_benefit"]:
        for key in MORE_BENEFIT[name]:
            row = found.get(key)
            ratio = f"HR {row.hazard_ratio.hr:.2f}" if row and row.hazard_ratio else "too few events"
            yield no_target("Subgroups (Figure 3)", f"{name} ({key[1].lower()})", "more benefit", ratio)
