"""The task navigation at the left of every page. An app registers its entries from its ``admin`` or ``urls`` module."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from records.access import Actor

# Groups, from top to bottom, with a rule between them.
RECORDS, STUDIES, REGISTRY = 1, 2, 3


@dataclass(frozen=True)
class Entry:
    """``url_name`` is reversed without arguments; the entry is current on every page below ``prefix``."""

    title: str
    url_name: str
    group: int
    place: int
    shown_to: Callable[[Actor], bool]
    # A short figure at the right ('23 due'), or nothing.
    count: Callable[[Actor], str] = lambda user: ""
    prefixes: tuple[str, ...] = ()


_entries: dict[str, Entry] = {}


def register(entry: Entry) -> None:
    _entries[entry.title] = entry


def entries_for(user: Actor, path: str) -> list[list[dict[str, Any]]]:
    """Entries that the user sees, by group; the one whose address covers ``path`` best is current."""
    shown = [entry for entry in sorted(_entries.values(), key=lambda e: (e.group, e.place)) if entry.shown_to(user)]
    items: list[dict[str, Any]] = [
        {"entry": entry, "url": url} for entry in shown if (url := address(entry)) is not None
    ]
    best = max((covered(item, path) for item in items), default=0)
    for item in items:
        item |= {"count": item["entry"].count(user), "current": best > 0 and covered(item, path) == best}
    groups = sorted({item["entry"].group for item in items})
    return [[item for item in items if item["entry"].group == group] for group in groups]


def address(entry: Entry) -> str | None:
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return None


def covered(item: dict[str, Any], path: str) -> int:
    """Length of the longest of the entry's addresses that ``path`` begins with."""
    url = item["url"]
    own = [url] if url != "/" or path == "/" else []
    return max((len(prefix) for prefix in [*own, *item["entry"].prefixes] if path.startswith(prefix)), default=0)
