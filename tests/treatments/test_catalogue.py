"""The catalogue that a new registry starts with."""

from __future__ import annotations

import pytest

from treatments import catalogue
from treatments.models import Drug, Regimen

pytestmark = pytest.mark.django_db


def test_platinum_follows_from_the_drugs() -> None:
    found = {regimen.code: regimen.platinum for regimen in Regimen.objects.prefetch_related("drugs__drug")}
    combined, single = {"PF", "GP", "TP", "TPF", "TC", "GN"}, {"cisplatin", "carboplatin", "nedaplatin", "lobaplatin"}
    assert {code for code, platinum in found.items() if platinum == "combination"} == combined
    assert {code for code, platinum in found.items() if platinum == "single agent"} == single
    assert {code for code, platinum in found.items() if not platinum} == {"capecitabine", "S-1"}


def test_doses_days_and_routes_stand_as_published() -> None:
    parts = Regimen.objects.get(code="TPF").drugs.order_by("pk").values_list("drug__code", "mg_m2", "days", "route")
    assert list(parts) == [
        ("docetaxel", 75, [1], "iv"),
        ("cisplatin", 75, [1], "iv"),
        ("fluorouracil", 750, [1, 2, 3, 4, 5], "civ"),
    ]


def test_what_a_centre_changed_stays_and_what_is_missing_comes_back() -> None:
    Regimen.objects.filter(code="PF").update(cycle_days=28)
    Regimen.objects.get(code="GP").delete()
    catalogue.ensure()
    assert Regimen.objects.get(code="PF").cycle_days == 28
    assert Regimen.objects.get(code="GP").drugs.count() == 2
    assert Drug.objects.count() == len(catalogue.DRUGS)
