"""No text that we write may run as a formula in a spreadsheet."""

from __future__ import annotations

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip(" ").startswith(_STARTERS) else text
