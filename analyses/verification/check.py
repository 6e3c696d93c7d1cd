"""One number: what it is to be, by whom, and what we compute."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

RELATIVE_TOLERANCE = 1e-6
# half a unit in the last printed place is meant as a decimal number, which a binary one may miss by a little
ROUNDING_SLACK = 1e-9


class Kind(StrEnum):
    """Where a number comes from, and with that how far ours may be from it."""

    SOFTWARE = "software"
    PUBLICATION = "publication"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Expected:
    """A value as its source gives it (`shown`), and the absolute difference that is `allowed`."""

    shown: str
    value: float
    allowed: float


def of_software(value: float) -> Expected:
    """All digits of a program: 1e-6 relative; counts are met exactly."""
    return Expected(f"{value:.10g}", value, RELATIVE_TOLERANCE * abs(value))


def as_printed(text: str) -> Expected:
    """What a publication prints, to half a unit in its last place; '<0.001' is any number between 0 and 0.001."""
    if text.startswith("<"):
        half = float(text[1:]) / 2
        return Expected(text, half, half)
    printed = Decimal(text)
    exponent = printed.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    return Expected(text, float(printed), float(unit / 2) * (1 + ROUNDING_SLACK))


def by_chance(value: float, margin: float) -> Expected:
    """The mean over random replicates of a program, with the margin that chance leaves."""
    return Expected(f"{value:.4g} ± {margin:.2g}", value, margin)


def brief(difference: float) -> str:
    """The size of a difference."""
    return f"{difference:.0e}" if difference else "0"


@dataclass(frozen=True, slots=True)
class Check:
    """`method` is the function that gives the number, `source` the R call or the publication."""

    method: str
    data: str
    number: str
    source: str
    kind: Kind
    expected: Expected
    found: float

    @property
    def difference(self) -> float:
        return abs(self.found - self.expected.value)

    @property
    def relative(self) -> float:
        """The difference as a share of the expected value."""
        return self.difference / abs(self.expected.value) if self.expected.value else self.difference

    @property
    def passed(self) -> bool:
        """False for NaN as well."""
        return self.difference <= self.expected.allowed

    @property
    def shown(self) -> str:
        """Ours as the tables print it."""
        return f"{self.found:.10g}"

    @property
    def shown_difference(self) -> str:
        return brief(self.difference)


Numbers = Mapping[str, float]
