"""What others get: R's numbers with their calls (`references/r.json`, made by the scripts beside it) and published
ones as they are printed (`references/published.json`)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analyses.verification.case import Key
from analyses.verification.check import Expected, Kind, as_printed, by_chance, of_software

HERE = Path(__file__).parent / "references"


@dataclass(frozen=True, slots=True)
class Reference:
    """The numbers of one source for the case `key`."""

    key: Key
    source: str
    kind: Kind
    numbers: Mapping[str, Expected]


@cache
def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def of_r() -> Iterator[Reference]:
    """R's numbers; those of random methods come with their margins."""
    for entry in read_json(HERE / "r.json")["entries"]:
        margins = entry.get("margins")
        if margins is None:
            yield software(_key(entry), entry["call"], entry["numbers"])
        else:
            numbers = {name: by_chance(value, margins[name]) for name, value in entry["numbers"].items()}
            yield Reference(_key(entry), entry["call"], Kind.RANDOM, numbers)


def of_publications() -> Iterator[Reference]:
    for entry in read_json(HERE / "published.json")["entries"]:
        numbers = {name: as_printed(text) for name, text in entry["numbers"].items()}
        yield Reference(_key(entry), entry["source"], Kind.PUBLICATION, numbers)


def software(key: Key, source: str, numbers: Mapping[str, float]) -> Reference:
    """Numbers with all their digits."""
    return Reference(key, source, Kind.SOFTWARE, {name: of_software(value) for name, value in numbers.items()})


def r_versions() -> Mapping[str, str]:
    """R and its packages that made the numbers."""
    versions: Mapping[str, str] = read_json(HERE / "r.json")["made_with"]
    return versions


def _key(entry: Mapping[str, str]) -> Key:
    return Key(entry["method"], entry["data"], entry["case"])
