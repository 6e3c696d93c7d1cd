"""Values that every part of a result uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its confidence limits; a limit that is not reached is None."""

    estimate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A significance test under the name of its method ('chi-square with Yates correction', 'exact Fisher', ...)."""

    method: str
    p: float | None
    statistic: float | None = None
    df: float | None = None
    note: str = ""
