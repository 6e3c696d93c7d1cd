"""One published figure beside ours."""

from typing import Any, NamedTuple


class Row(NamedTuple):
    """``met`` says whether the rebuilt cohort reaches the figure as nearly as it must; None where it is no target."""

    section: str
    figure: str
    published: str
    ours: str
    met: bool | None
    note: str = ""

    @property
    def verdict(self) -> str:
        return {True: "met", False: "missed", None: "no target"}[self.met]


def target(
    section: str, figure: str, published: Any, ours: Any, *, within: float | None = None, decimals: int = 0
) -> Row:
    """A figure that must be reached: equal in print, or no further off than ``within``."""
    if within is None:
        return Row(section, figure, str(published), str(ours), met=str(published) == str(ours))
    shown = "not reached" if ours is None else f"{ours:.{decimals}f}"
    met = ours is not None and abs(ours - published) <= within
    return Row(section, figure, f"{published:.{decimals}f}", shown, met=met, note=f"within {within:g}")


def no_target(section: str, figure: str, published: Any, ours: Any, note: str = "") -> Row:
    """A figure that is shown only."""
    return Row(section, figure, str(published), str(ours), met=None, note=note)


def percent(survival: float | None) -> float | None:
    return None if survival is None else 100 * survival


def probability(p: float | str | None) -> str:
    """A p-value as printed: three decimals, '<0.001' below that."""
    if p is None:
        return "-"
    if isinstance(p, str):
        return p
    return "<0.001" if p < 0.0005 else f"{p:.3f}"
