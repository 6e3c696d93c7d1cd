"""The diagnostics at a glance: one tile each, above everything else."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.pipeline.results import Check, StudyResult, Verdict
from analyses.reporting import format
from analyses.reporting.tables.robustness import VERDICT, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`shown` is the value, empty where the diagnostic has none; `sentence` reads it."""

    label: str
    shown: str
    verdict: Verdict
    sentence: str

    @property
    def word(self) -> str:
        return VERDICT[self.verdict]


def diagnostic_tiles(result: StudyResult) -> tuple[Tile, ...]:
    """One tile per diagnostic; the tests of proportional hazards share one, with the smallest p."""
    single = [item for item in result.diagnostics if not item.name.startswith("proportional_hazards")]
    hazards = [item for item in result.diagnostics if item.name.startswith("proportional_hazards")]
    tiles = [_tile(item.label, value(item.value), item) for item in single]
    tested = [(item.value, item) for item in hazards if item.value is not None]
    if tested:
        smallest, worst = min(tested, key=lambda pair: pair[0])
        label = "Proportional hazards" + (f", smallest p of {len(tested)}" if len(tested) > 1 else "")
        tiles.append(_tile(label, format.p_value(smallest), worst))
    return tuple(tiles)


def _tile(label: str, shown: str, check: Check) -> Tile:
    return Tile(
        label=label, shown="" if shown == format.ABSENT else shown, verdict=check.verdict, sentence=check.sentence
    )
