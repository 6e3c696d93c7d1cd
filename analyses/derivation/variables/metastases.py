"""Where the metastases are, and how many."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analyses.derivation.course import Course
from analyses.derivation.dates import Mask
from analyses.derivation.declare import Declaration, declared
from analyses.derivation.rows import NONE, Floats, Positions, choose

READS = ("MetastaticSite.organ", "MetastaticSite.n_lesions", "MetastaticSite.multiple_not_counted")
WINDOW = "shown at most {de_novo_months:g} months after the first metastasis"
COUNTS = ("Absent", "Single", "Multiple")
NODE = "distant_node"


class Lesions(NamedTuple):
    """Per patient: `least` lesions for certain, and whether that is the exact number."""

    least: Floats
    exact: Mask


def lesions(course: Course, organ: Mask) -> Lesions:
    """Lesions of the site rows in `organ`. A row counts its lesions; 'multiple, not counted' is two or more, a row
    without a number one or more."""
    sites = course.rows("metastaticsite")
    here = organ & course.baseline_sites
    number = sites.number("n_lesions")
    least = np.where(np.isnan(number), np.where(sites.flag("multiple_not_counted"), 2.0, 1.0), number)
    return Lesions(sites.total(least, here), ~sites.any(here & np.isnan(number)))


def by_count(course: Course, organ: Mask) -> Any:
    """Absent, Single or Multiple by the number of lesions; missing where sites are not known or one site row gives no
    number of lesions."""
    found = lesions(course, organ)
    absent = (found.least == 0) & (course.has_sites | course.not_metastatic)
    return choose((absent, "Absent"), ((found.least == 1) & found.exact, "Single"), (found.least >= 2, "Multiple"))


def regions(course: Course) -> Positions:
    """Per patient: the number of distant node regions; each row without a named region counts as one."""
    sites = course.rows("metastaticsite")
    nodes = sites.is_("organ", NODE) & course.baseline_sites
    named = sites.frame["node_region"].astype(object).where(~sites.is_("node_region", "other"))
    row = pd.Series(np.arange(len(sites)), index=named.index).astype(str)
    return _distinct(sites.at[nodes], named.fillna("row " + row)[nodes], course.n)


def organs(course: Course) -> Positions:
    """Per patient: the number of different organs with metastases, distant nodes left out; other organs are told apart
    by their text."""
    sites = course.rows("metastaticsite")
    here = ~sites.is_("organ", NODE) & course.baseline_sites
    text = sites.frame["organ_text"].map(lambda name: name.strip().casefold(), "ignore").astype(object).fillna("")
    name = sites.frame["organ"].astype(object).where(~sites.is_("organ", "other"), "other " + text)
    return _distinct(sites.at[here], name[here], course.n)


def _distinct(at: Positions, names: pd.Series[Any], n: int) -> Positions:
    codes = pd.factorize(names)[0].astype(np.int64)
    width = int(codes.max()) + 1 if codes.size else 1
    return np.bincount(np.unique(at * width + codes) // width, minlength=n)


def _organ(organ: str, name: str, label: str) -> Declaration:
    def rule(course: Course) -> Any:
        return by_count(course, course.rows("metastaticsite").is_("organ", organ))

    rule.__name__ = f"{organ}_metastasis"
    rule.__doc__ = (
        f"Metastases in {name}: Single is one lesion, Multiple two or more (or 'multiple, not counted'); missing where "
        "no metastatic site is known or the number of lesions is not given."
    )
    return declared("categorical", label, *READS, levels=COUNTS, window=WINDOW, known_at="metastasis")(rule)


bone_metastasis = _organ("bone", "bone", "Bone metastasis")
liver_metastasis = _organ("liver", "the liver", "Liver metastasis")
lung_metastasis = _organ("lung", "the lungs", "Lung metastasis")
brain_metastasis = _organ("brain", "the brain", "Brain metastasis")
other_metastasis = _organ("other", "any other organ", "Metastasis in another organ")


@declared("boolean", "Metastatic sites known", "MetastaticSite.organ", window=WINDOW, known_at="metastasis")
def metastatic_sites_known(course: Course) -> Any:
    """At least one metastatic site of the first metastasis is recorded; missing for patients without metastasis."""
    return np.where(course.not_metastatic, NONE, course.has_sites.astype(object))


@declared(
    "categorical",
    "Number of metastatic organs",
    "MetastaticSite.organ",
    "MetastaticSite.organ_text",
    levels=("None", "Single organ", "Multiple organs"),
    window=WINDOW,
    known_at="metastasis",
)
def n_metastatic_organs(course: Course) -> Any:
    """Number of different organs with metastases; lymph nodes are no organ."""
    number, told = organs(course), course.has_sites | course.not_metastatic
    return choose(
        (told & (number == 0), "None"), (told & (number == 1), "Single organ"), (told & (number > 1), "Multiple organs")
    )


@declared("categorical", "Sites of organ metastasis", *READS, levels=COUNTS, window=WINDOW, known_at="metastasis")
def organ_metastasis_sites(course: Course) -> Any:
    """Lesions in all organs together, lymph nodes left out: Single is one organ with one lesion."""
    return by_count(course, ~course.rows("metastaticsite").is_("organ", NODE))


@declared(
    "categorical",
    "Distant nodal metastasis",
    "MetastaticSite.organ",
    "MetastaticSite.node_region",
    levels=("Absent", "Single region", "Multiple regions"),
    window=WINDOW,
    known_at="metastasis",
)
def distant_nodal_metastasis(course: Course) -> Any:
    """Number of distant node regions with metastases, whatever the number of nodes in each; a row whose region is not
    named, or is 'other', counts as a region of its own."""
    number, told = regions(course), course.has_sites | course.not_metastatic
    return choose(
        (told & (number == 0), "Absent"),
        (told & (number == 1), "Single region"),
        (told & (number > 1), "Multiple regions"),
    )


METASTATIC_TYPES = (
    "Organ metastasis without LN involvement",
    "Only distant LN metastasis",
    "Organ metastasis with LN involvement",
)


@declared(
    "categorical",
    "Type of metastasis",
    "MetastaticSite.organ",
    levels=METASTATIC_TYPES,
    window=WINDOW,
    known_at="metastasis",
)
def metastatic_type(course: Course) -> Any:
    """Organs, distant lymph nodes (LN), or both; missing without a metastatic site."""
    organ, node = organs(course) > 0, regions(course) > 0
    only_organ, only_node, both = METASTATIC_TYPES
    return choose((organ & ~node, only_organ), (node & ~organ, only_node), (organ & node, both))


def total_lesions(course: Course) -> Lesions:
    """Lesions in organs, and each distant node region as one."""
    in_organs = lesions(course, ~course.rows("metastaticsite").is_("organ", NODE))
    return Lesions(in_organs.least + regions(course), in_organs.exact)


@declared(
    "categorical",
    "Metastatic lesions",
    *READS,
    "MetastaticSite.node_region",
    levels=("Oligo", "Multiple"),
    window=WINDOW,
    known_at="metastasis",
)
def n_metastatic_lesions(course: Course) -> Any:
    """Oligo: no more lesions in all than the oligo threshold (a parameter), each distant node region counted as one
    lesion. Missing where lesions were not counted and those known do not exceed the threshold, and without a
    metastatic site."""
    found, threshold = total_lesions(course), course.parameters.oligo_threshold
    multiple = found.least > threshold
    return choose((multiple, "Multiple"), (course.has_sites & found.exact, "Oligo"))


@declared(
    "numeric",
    "Number of metastatic lesions",
    *READS,
    "MetastaticSite.node_region",
    unit="lesions",
    window=WINDOW,
    known_at="metastasis",
)
def metastatic_lesion_count(course: Course) -> Any:
    """Lesions in all, each distant node region counted as one; missing where lesions were not counted."""
    found = total_lesions(course)
    told = (course.has_sites & found.exact) | course.not_metastatic
    return np.where(told, found.least, np.nan)


VARIABLES = (
    bone_metastasis,
    liver_metastasis,
    lung_metastasis,
    brain_metastasis,
    other_metastasis,
    metastatic_sites_known,
    n_metastatic_organs,
    organ_metastasis_sites,
    distant_nodal_metastasis,
    metastatic_type,
    n_metastatic_lesions,
    metastatic_lesion_count,
)
