"""Who was studied."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.pipeline.dataset import Exclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    level: str
    label: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttritionRow:
    """One criterion applied to those left by the rows above: `before` = `after` + `not_met` + `unknown`."""

    name: str
    label: str
    sentence: str
    before: int
    not_met: int
    unknown: int
    after: int
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attrition:
    """`met` and `unknown` hold, for each of `patients` (all of the registry), one bit per row of `rows` (bit 0 =
    first row)."""

    top_label: str
    top_count: int
    rows: tuple[AttritionRow, ...]
    patients: tuple[str, ...]
    met: tuple[int, ...]
    unknown: tuple[int, ...]
    untimed: tuple[Exclusion, ...] = ()
