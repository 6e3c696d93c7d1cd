"""What the radiotherapy guideline of the centre prescribes: a course may lie outside it, and is then remarked on.

Doses for nasopharyngeal carcinoma, in Gy by target volume; a range includes both its ends.
"""

from collections.abc import Mapping
from decimal import Decimal

from treatments.models import VolumeKind

VOLUME_GY: Mapping[VolumeKind, tuple[Decimal, Decimal]] = {
    VolumeKind.GTVNX: (Decimal(66), Decimal(70)),
    VolumeKind.GTVND: (Decimal(64), Decimal(70)),
    VolumeKind.CTV1: (Decimal(60), Decimal(62)),
    VolumeKind.CTV2: (Decimal(54), Decimal(56)),
}
FRACTIONS: tuple[int, int] = (30, 33)
FRACTIONS_PER_WEEK = 5
