"""The category that target lesions imply, at the edges of RECIST 1.1."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from treatments.models import ResponseAssessment, TargetLesion
from treatments.recist import implied_category, in_sql

if TYPE_CHECKING:
    from tests.worlds import World


def lesion(baseline: str, current: str, smallest: str | None = None, **values: object) -> TargetLesion:
    nadir = None if smallest is None else Decimal(smallest)
    return TargetLesion(baseline_mm=Decimal(baseline), current_mm=Decimal(current), smallest_mm=nadir, **values)


CASES: list[tuple[list[TargetLesion], str | None]] = [
    ([], None),
    ([lesion("20", "0"), lesion("15", "0")], "CR"),
    ([lesion("20", "0"), lesion("15", "5")], "PR"),
    ([lesion("100", "70")], "PR"),  # smaller by 30 %
    ([lesion("100", "70.1")], "SD"),
    ([lesion("100", "100")], "SD"),
    ([lesion("100", "119.9")], "SD"),
    ([lesion("100", "120")], "PD"),  # larger by 20 %
    ([lesion("20", "24.9")], "SD"),  # by more than 20 %, but less than 5 mm
    ([lesion("20", "25")], "PD"),
    ([lesion("100", "60", smallest="50")], "PD"),  # of the smallest sum, although still 40 % below the baseline
    ([lesion("100", "59", smallest="50")], "PR"),
    ([lesion("60", "30", smallest="25"), lesion("40", "30", smallest="25")], "PD"),
    ([lesion("50", "5", smallest="0")], "PD"),  # back after it had gone
    ([lesion("50", "4", smallest="0")], "PR"),
    ([lesion("50", "40", smallest="60")], "SD"),  # no sum is smaller than the smallest
]


@pytest.mark.parametrize(("lesions", "category"), CASES)
def test_the_category_by_the_sums(lesions: list[TargetLesion], category: str | None) -> None:
    assert implied_category(lesions) == category


def test_void_lesions_do_not_count() -> None:
    void = lesion("100", "200", voided_at="2020-01-01")
    assert implied_category([lesion("100", "60"), void]) == "PR"
    assert implied_category([void]) is None


def test_the_category_in_sql_is_the_same(world: World) -> None:
    patient = world.patient()
    expected = {}
    for lesions, category in CASES:
        assessment = world.add(ResponseAssessment, patient=patient, timepoint="after_pct")
        for item in lesions:
            values = {name: getattr(item, name) for name in ("baseline_mm", "smallest_mm", "current_mm")}
            world.add(TargetLesion, assessment=assessment, location="Nasopharynx", **values)
        expected[assessment.pk] = category
    assert dict(ResponseAssessment.objects.values_list("pk", in_sql())) == expected
