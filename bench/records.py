"""From the records of a large registry to its dataset.

Run as `python -m bench.records 100000` it fills the server of the folder that REGISTRY_VAR_DIR names and prints what it
measured.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from bench.clocks import clocked
from bench.memory import MEGABYTE, peak_memory
from bench.scratch import apart, copied, rebuilt
from bench.table import OURS, Line, Section

if TYPE_CHECKING:
    from records.models import Registry

LIMITS = {100_000: 15.0}
REMARKS = ("All records read by COPY in one transaction, then every variable and endpoint derived.",)


def records(patients: int) -> Section:
    """Reading, deriving and freezing the dataset of at least `patients` patients."""
    found = apart("bench.records", patients)
    n = found["patients"]
    whole = {OURS: found["read"] + found["derived"]}
    lines = (
        Line(rows=n, what=f"COPY of {found['records']:,} records", values={OURS: found["read"]}),
        Line(rows=n, what="derivation", values={OURS: found["derived"]}),
        Line(rows=n, what="records to dataset", values=whole, limit=LIMITS.get(patients)),
        Line(rows=n, what="Parquet and SHA-256", values={OURS: found["frozen"]}),
        Line(rows=n, what="peak memory", values={OURS: found["peak"]}, unit="MB"),
    )
    return Section(title="Records to dataset", lines=lines, remarks=REMARKS)


def _main(patients: int) -> None:
    registry = rebuilt()
    _measured(registry)  # warm
    records = copied(registry, patients)
    print(json.dumps({**_measured(registry), "records": records}))


def _measured(registry: Registry) -> dict[str, Any]:
    from analyses.derivation.derive import derive
    from analyses.tables import read_frames
    from bench.study_rows import study_plan, there
    from records.accounts import service_account

    parameters = there(study_plan().derivation)
    read, frames = clocked(lambda: read_frames(service_account(), registry))
    derived, dataset = clocked(lambda: derive(frames, parameters))
    frozen, _ = clocked(lambda: (dataset.to_parquet(), dataset.sha256()))
    measured = {"read": read, "derived": derived, "frozen": frozen, "peak": peak_memory() / MEGABYTE}
    return {"patients": len(dataset.frame), **measured}


if __name__ == "__main__":
    _main(int(sys.argv[1]))
