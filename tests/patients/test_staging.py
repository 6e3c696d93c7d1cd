"""The stage by the categories, against the stage groupings as the manuals print them."""

from __future__ import annotations

import pytest

from patients.models import Diagnosis
from patients.staging import derived_stage

# T, N, M and the stage by the 6th, 7th, 8th and 9th edition; '-' where the edition leaves it open.
PRINTED = """
    Tis N0  M0   0    0    0    0
    T1  N0  M0   I    I    I    IA
    T1  N1  M0   IIB  II   II   IB
    T1  N2  M0   III  III  III  II
    T0  N1  M0   -    -    II   IB
    T0  N2  M0   -    -    III  II
    T2a N0  M0   IIA  II   II   IA
    T2b N0  M0   IIB  II   II   IA
    T2  N0  M0   -    II   II   IA
    T2a N1  M0   IIB  II   II   IB
    T2  N2  M0   III  III  III  II
    T3  N0  M0   III  III  III  II
    T3  N1  M0   III  III  III  II
    T3  N2  M0   III  III  III  II
    T4  N0  M0   IVA  IVA  IVA  III
    T4  N2  M0   IVA  IVA  IVA  III
    T4  NX  M0   -    -    IVA  III
    T1  N3a M0   IVB  IVB  IVA  III
    TX  N3b M0   IVB  IVB  IVA  III
    T1  NX  M0   -    -    -    -
    T0  N0  M0   -    -    -    -
    T3  N2  M1   IVC  IVC  IVB  IV
    T1  N0  M1a  IVC  IVC  IVB  IVA
    TX  NX  M1b  IVC  IVC  IVB  IVB
    T3  N2  MX   -    -    -    -
"""
ROWS = [line.split() for line in PRINTED.strip().splitlines()]


def stage(t: str, n: str, m: str, edition: int | None, site: str | None = "C11.9") -> str:
    row = Diagnosis(t_category=t, n_category=n, m_category=m, staging_edition=edition, primary_site=site)
    return str(derived_stage(row) or "-")


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_the_stage_is_the_one_that_each_edition_prints(row: list[str]) -> None:
    t, n, m, *printed = row
    assert [stage(t, n, m, edition) for edition in (6, 7, 8, 9)] == printed
    assert stage(t, n, m, 5) == printed[0]


@pytest.mark.parametrize(("edition", "site"), [(None, "C11"), (4, "C11"), (8, "C32.0"), (8, None)])
def test_no_stage_is_derived_without_an_edition_of_the_nasopharynx(edition: int | None, site: str | None) -> None:
    assert stage("T1", "N0", "M0", edition, site) == "-"


def test_categories_that_are_not_entered_leave_it_open() -> None:
    bare = Diagnosis(primary_site="C11", staging_edition=8)
    assert derived_stage(bare) is None
    assert derived_stage(Diagnosis(primary_site="C11", staging_edition=8, m_category="M1")) == "IVB"
