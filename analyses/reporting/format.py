"""One way to print each kind of number, as medical journals do.

Every function gives `ABSENT` for None: a value that cannot be estimated is a dash, never a blank or 'nan'.
"""

from __future__ import annotations

from analyses.pipeline.results import HazardRatio, Interval

ABSENT = "–"
NOT_REACHED = "NR"
MINUS = "−"  # a hyphen is too short beside digits, and breaks lines


def _signed(text: str) -> str:
    """A typographic minus, and no sign on a number that rounds to zero."""
    if not text.startswith("-"):
        return text
    digits = text[1:]
    return digits if not digits.strip("0.,") else MINUS + digits


def number(value: float | None, decimals: int = 2) -> str:
    """A plain number with a fixed number of decimals."""
    return ABSENT if value is None else _signed(f"{value:.{decimals}f}")


def integer(value: int | None) -> str:
    """A count, thousands set apart by a comma."""
    return ABSENT if value is None else _signed(f"{value:,}")


def p_value(p: float | None) -> str:
    """Three decimals; '<0.001' and '>0.999' at the ends; four where three would round .05 away (AMA style)."""
    if p is None:
        return ABSENT
    if p < 0.001:
        return "<0.001"
    if p >= 0.9995:
        return ">0.999"
    text = f"{p:.3f}"
    if text == "0.050" and p < 0.05:
        more = f"{p:.4f}"
        return "<0.05" if more == "0.0500" else more
    return text


def p_phrase(p: float | None) -> str:
    """'p = 0.034' or 'p < 0.001', for running text and figures."""
    text = p_value(p)
    return f"p {text[0]} {text[1:]}" if text[0] in "<>" else f"p = {text}"


def percent(value: float | None, decimals: int = 1) -> str:
    """A percentage given as 0 to 100."""
    return ABSENT if value is None else f"{_signed(f'{value:.{decimals}f}')}%"


def share(value: float | None, decimals: int = 1) -> str:
    """A percentage given as 0 to 1."""
    return percent(None if value is None else 100 * value, decimals)


def count_percent(count: int, of_100: float | None) -> str:
    """'12 (34.5)'; the percent sign stands in the heading."""
    return f"{integer(count)} ({number(of_100, 1)})"


def smd(value: float | None) -> str:
    """A standardised mean difference: three decimals, so that 0.1 can be told from 0.097."""
    return number(value, 3)


def months(value: float | None) -> str:
    """Months with one decimal."""
    return number(value, 1)


def ratio(value: float | None) -> str:
    """A hazard ratio: two decimals, in scientific form where two decimals would say 0.00 or many digits nothing."""
    if value is None or 0.005 <= value < 1000:
        return number(value, 2)
    return f"{value:.1e}".replace("-", MINUS)


def range_of(lower: str, upper: str) -> str:
    """'0.46–0.97', with 'to' where a minus sign or a missing limit would run into the dash."""
    joins_badly = MINUS in lower + upper or ABSENT in (lower, upper)
    return f"{lower} to {upper}" if joins_badly else f"{lower}–{upper}"


def hazard_ratio(value: HazardRatio | None) -> str:
    """'0.67 (0.46–0.97)'."""
    return ABSENT if value is None else ratio_interval(value.hr, value.lower, value.upper)


def ratio_interval(estimate: float, lower: float, upper: float) -> str:
    return f"{ratio(estimate)} ({range_of(ratio(lower), ratio(upper))})"


def months_interval(value: Interval | None) -> str:
    """'40.1 (36.2–NR)': a median or mean survival time; what is not reached says so."""
    if value is None:
        return ABSENT
    parts = [NOT_REACHED if part is None else months(part) for part in (value.estimate, value.lower, value.upper)]
    return f"{parts[0]} ({range_of(parts[1], parts[2])})"


def rate_interval(survival: float | None, lower: float | None, upper: float | None) -> str:
    """'55.7 (46.5–66.7)' from proportions; the percent sign stands in the heading."""
    if survival is None:
        return ABSENT
    low, high = (ABSENT if part is None else number(100 * part, 1) for part in (lower, upper))
    return f"{number(100 * survival, 1)} ({range_of(low, high)})"


def difference_interval(value: Interval, scale: float = 100) -> str:
    """'16.7 (1.2 to 32.1)': a signed difference, times `scale` (100: percentage points from proportions)."""
    if value.estimate is None:
        return ABSENT
    low, high = (ABSENT if part is None else number(scale * part, 1) for part in (value.lower, value.upper))
    return f"{number(scale * value.estimate, 1)} ({low} to {high})"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """'1 patient', '2,310 patients'."""
    return f"{integer(count)} {noun if count == 1 else nouns or noun + 's'}"


def duration(value: float) -> str:
    """A span of months without needless decimals: '12', '40.5'."""
    return f"{value:g}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """A label inside a sentence: 'Age group' becomes 'age group', but 'PCT regimen' and 'T category' stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def joined(items: list[str] | tuple[str, ...], last: str = "and") -> str:
    """'a, b and c'."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
