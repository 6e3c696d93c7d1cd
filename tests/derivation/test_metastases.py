"""Metastatic sites: rows in, values out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.derivation.factories import derived, value

ORGANS = (
    "bone_metastasis",
    "liver_metastasis",
    "lung_metastasis",
    "brain_metastasis",
    "other_metastasis",
    "n_metastatic_organs",
    "organ_metastasis_sites",
    "distant_nodal_metastasis",
    "metastatic_type",
)
ONLY_ORGAN, ONLY_NODE, BOTH = (
    "Organ metastasis without LN involvement",
    "Only distant LN metastasis",
    "Organ metastasis with LN involvement",
)


def site(organ: str, n_lesions: int | None = None, **more: Any) -> dict[str, Any]:
    return {"organ": organ, "n_lesions": n_lesions, **more}


def node(region: str | None = None, n_lesions: int | None = None) -> dict[str, Any]:
    return site("distant_node", n_lesions, node_region=region)


MANY = {"multiple_not_counted": True}


@pytest.mark.parametrize(
    ("sites", "organs", "n_organs", "in_organs", "nodes", "kind"),
    [
        ([site("bone", 1)], "SAAAA", "Single organ", "Single", "Absent", ONLY_ORGAN),
        ([site("bone", 4)], "MAAAA", "Single organ", "Multiple", "Absent", ONLY_ORGAN),
        ([site("bone", 1), site("bone", 1)], "MAAAA", "Single organ", "Multiple", "Absent", ONLY_ORGAN),
        ([site("liver", **MANY)], "AMAAA", "Single organ", "Multiple", "Absent", ONLY_ORGAN),
        ([site("liver")], "A?AAA", "Single organ", None, "Absent", ONLY_ORGAN),
        ([site("bone", 1), site("lung", 1)], "SASAA", "Multiple organs", "Multiple", "Absent", ONLY_ORGAN),
        (
            [site("other", 1, organ_text="Skin"), site("other", 1, organ_text="skin ")],
            "AAAAM",
            "Single organ",
            "Multiple",
            "Absent",
            ONLY_ORGAN,
        ),
        (
            [site("other", 1, organ_text="Skin"), site("other", 1, organ_text="Spleen")],
            "AAAAM",
            "Multiple organs",
            "Multiple",
            "Absent",
            ONLY_ORGAN,
        ),
        ([node("axillary", 3)], "AAAAA", "None", "Absent", "Single region", ONLY_NODE),
        ([node("axillary"), node("axillary")], "AAAAA", "None", "Absent", "Single region", ONLY_NODE),
        ([node("axillary"), node("mediastinal")], "AAAAA", "None", "Absent", "Multiple regions", ONLY_NODE),
        ([node(), node()], "AAAAA", "None", "Absent", "Multiple regions", ONLY_NODE),
        ([site("brain", 1), node("abdominal", 1)], "AAASA", "Single organ", "Single", "Single region", BOTH),
    ],
)
def test_sites_and_lesions(
    sites: list[dict[str, Any]], organs: str, n_organs: str, in_organs: str | None, nodes: str, kind: str
) -> None:
    """`organs`: bone, liver, lung, brain, other; A absent, S single, M multiple, ? not known."""
    found = [value(name, metastaticsite=sites) for name in ORGANS]
    assert "".join((level or "?")[0] for level in found[:5]) == organs
    assert found[5:] == [n_organs, in_organs, nodes, kind]


@pytest.mark.parametrize(
    ("sites", "count", "at_1", "at_5"),
    [
        ([site("bone", 1)], 1, "Oligo", "Oligo"),
        ([node("axillary", 4)], 1, "Oligo", "Oligo"),  # a node region is one lesion
        ([site("bone", 1), node("axillary", 1)], 2, "Multiple", "Oligo"),
        ([site("bone", 5)], 5, "Multiple", "Oligo"),
        ([site("bone", 5), node("inguinal")], 6, "Multiple", "Multiple"),
        ([site("bone", **MANY)], None, "Multiple", None),
        ([site("bone", **MANY), site("liver", 6)], None, "Multiple", "Multiple"),  # more than five whatever the bones
        ([site("bone")], None, None, None),
        ([], None, None, None),
    ],
)
def test_oligometastatic_by_the_threshold(
    sites: list[dict[str, Any]], count: int | None, at_1: str | None, at_5: str | None
) -> None:
    assert value("metastatic_lesion_count", metastaticsite=sites) == count
    assert value("n_metastatic_lesions", {"oligo_threshold": 1}, metastaticsite=sites) == at_1
    assert value("n_metastatic_lesions", {"oligo_threshold": 5}, metastaticsite=sites) == at_5


def test_without_a_site_nothing_is_absent_unless_the_patient_has_no_metastasis() -> None:
    metastatic, localised = [{"date": "2012", "m_category": "M1"}], [{"date": "2012", "m_category": "M0"}]
    assert value("bone_metastasis", diagnosis=metastatic) is None
    assert derived(diagnosis=metastatic).frame["metastatic_sites_known"].tolist() == [False]
    assert value("bone_metastasis", diagnosis=localised) == "Absent"
    assert value("n_metastatic_organs", diagnosis=localised) == "None"
    assert value("metastatic_sites_known", diagnosis=localised) is None
    assert value("metastatic_type", diagnosis=localised) is None


def test_sites_shown_later_are_progression_and_no_part_of_the_first_metastasis() -> None:
    diagnosis = [{"date": "2012-05-01", "metastasis_date": "2012-05-10"}]
    sites = [site("bone", 1, date="2012-08-01"), site("liver", 1), site("lung", 1, date="2013-02")]
    found = {name: value(name, diagnosis=diagnosis, metastaticsite=sites) for name in ORGANS[:3]}
    assert found == {"bone_metastasis": "Single", "liver_metastasis": "Single", "lung_metastasis": "Absent"}
