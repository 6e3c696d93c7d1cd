"""The stage by the categories, against the stage groupings as the manuals print them."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import connection

from patients.models import Diagnosis, MCategory, NCategory, TCategory
from patients.staging import derived_stage, in_sql

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


@pytest.mark.django_db
def test_the_stage_in_sql_is_the_same_for_every_combination() -> None:
    """Asked of combinations in place of stored rows, which would be ten thousand patients."""
    fields = ("staging_edition", "primary_site", "t_category", "n_category", "m_category")
    values = [
        [None, 4, 5, 6, 7, 8, 9],
        [None, "C11", "C11.9", "C32.0"],
        *([None, *known.values] for known in (TCategory, NCategory, MCategory)),
    ]
    sql, parameters = Diagnosis.objects.order_by().values_list(*fields, in_sql()).query.sql_with_params()
    types = ["smallint", *["varchar"] * 4]
    rows = " CROSS JOIN ".join(
        f"unnest(%s::{kind}[]) AS of_{field} ({field})" for field, kind in zip(fields, types, strict=True)
    )
    before, after = sql.split(' FROM "patients_diagnosis"')
    with connection.cursor() as cursor:
        cursor.execute(f"{before} FROM (SELECT * FROM {rows}) AS patients_diagnosis{after}", [*parameters, *values])
        found = {tuple(row): stage for *row, stage in cursor.fetchall()}
    assert found.keys() == set(product(*values))
    wrong = {
        row: stage
        for row, stage in found.items()
        if stage != derived_stage(Diagnosis(**dict(zip(fields, row, strict=True))))
    }
    assert wrong == {}
