"""Which charts a person has in hand: those last saved in, for 'my work'."""

from django.utils import timezone

from patients.models import ChartInHand
from records.writes import Written

# Whoever writes to more charts at once runs an import or a check, and has none of them in hand.
MOST = 5


def taken_in_hand(written: Written) -> None:
    """Remember that the writer saved something in these charts just now."""
    charts = set[int]().union(*(patients for model, patients in written.rows.items() if model.of_chart))
    if len(charts) > MOST:
        return
    now = timezone.now()
    rows = [ChartInHand(user=written.by, patient_id=patient, saved_at=now) for patient in sorted(charts)]
    ChartInHand.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "patient"], update_fields=["saved_at"]
    )
