"""The drawn cohort as rows of the registry's tables, not yet stored.

A row is the values of a model's fields. ``patient`` and parents are positions in their own table's list, a regimen or
drug is its code in the catalogue. The writer turns them into stored rows, ``frames`` into what derivation reads.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Row = dict[str, Any]
# In the order in which they are stored: parents first.
TABLES = (
    "patient",
    "consent",
    "diagnosis",
    "metastaticsite",
    "performancestatus",
    "labresult",
    "followup",
    "progression",
    "systemiccourse",
    "chemotherapycycle",
    "drugdose",
    "radiotherapycourse",
    "radiotherapyvolume",
    "localtreatment",
    "responseassessment",
    "targetlesion",
    "adverseevent",
    "death",
)
# Field: the table it refers to, or the catalogue whose code it holds.
REFERENCES = {
    "patient": "patient",
    "course": None,
    "cycle": "chemotherapycycle",
    "site": "metastaticsite",
    "assessment": "responseassessment",
}
COURSE_OF = {"chemotherapycycle": "systemiccourse", "radiotherapyvolume": "radiotherapycourse"}
CATALOGUE = {"regimen": "regimen", "drug": "drug"}


@dataclass(slots=True)
class Records:
    """Rows by table, in the order in which they were added."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def add(self, table: str, **values: Any) -> int:
        """Append a row and return its position."""
        rows = self.tables[table]
        rows.append(values)
        return len(rows) - 1

    def count(self) -> int:
        return sum(map(len, self.tables.values()))


def parent_table(table: str, field_name: str) -> str | None:
    """The table to which ``field_name`` of ``table`` refers; None where it is no reference."""
    if field_name == "course":
        return COURSE_OF[table]
    return REFERENCES.get(field_name)


def iso(day: np.datetime64, *, to: str = "D") -> str:
    """A day as a partial date: ISO 8601 to the day ('D'), month ('M') or year ('Y')."""
    return str(day.astype(f"datetime64[{to}]"))
