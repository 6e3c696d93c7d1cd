"""The RECIST 1.1 category that the target lesions of an assessment imply, to stand beside the one entered.

Eisenhauer et al., Eur J Cancer 2009; 45: 228-247, section 4.3.1. Non-target and new lesions are not measured here, and
a lymph node counts as gone below 10 mm of short axis: what these say is in the category that was entered.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Case, CharField, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Least

from treatments.models import ResponseCategory, TargetLesion

PARTIAL = Decimal("0.7")  # of the baseline sum
PROGRESSION = Decimal("1.2")  # of the smallest sum
PROGRESSION_MM = 5  # and by this much


def implied_category(lesions: Iterable[TargetLesion]) -> ResponseCategory | None:
    """Category by the sums of diameters; None without a live lesion. A smallest diameter that is not given is the
    baseline's, since none smaller is on record."""
    live = [lesion for lesion in lesions if not lesion.is_void]
    if not live:
        return None
    baseline = sum((lesion.baseline_mm for lesion in live), Decimal(0))
    smallest = sum((smallest_of(lesion) for lesion in live), Decimal(0))
    current = sum((lesion.current_mm for lesion in live), Decimal(0))
    if current == 0:
        return ResponseCategory.CR
    if current >= PROGRESSION * smallest and current - smallest >= PROGRESSION_MM:
        return ResponseCategory.PD
    return ResponseCategory.PR if current <= PARTIAL * baseline else ResponseCategory.SD


def smallest_of(lesion: TargetLesion) -> Decimal:
    return lesion.baseline_mm if lesion.smallest_mm is None else min(lesion.smallest_mm, lesion.baseline_mm)


def in_sql() -> Subquery:
    """``implied_category`` of the assessments of a query, as an expression."""
    smallest = Least(Coalesce(F("smallest_mm"), F("baseline_mm")), F("baseline_mm"))
    grown = Q(now__gte=F("least") * PROGRESSION) & Q(now__gte=F("least") + PROGRESSION_MM)
    category = Case(
        When(now=0, then=Value(ResponseCategory.CR)),
        When(grown, then=Value(ResponseCategory.PD)),
        When(now__lte=F("before") * PARTIAL, then=Value(ResponseCategory.PR)),
        default=Value(ResponseCategory.SD),
        output_field=CharField(),
    )
    lesions = TargetLesion.objects.filter(assessment=OuterRef("pk"), voided_at=None).order_by()
    sums = {"before": Sum("baseline_mm"), "least": Sum(smallest), "now": Sum("current_mm")}
    return Subquery(lesions.values("assessment").annotate(**sums, category=category).values("category"))
