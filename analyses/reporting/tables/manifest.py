"""What is needed to replay the run."""

from __future__ import annotations

from analyses.pipeline.results import StudyResult
from analyses.reporting import format
from analyses.reporting.table import Cell, Table, left, row


def manifest_table(result: StudyResult) -> Table:
    """Data, plan, seed and versions. Timings stay out: a replay must give the same file."""
    manifest = result.manifest
    facts = [
        ("Plan", result.spec.name),
        ("Plan fingerprint (SHA-256)", manifest.spec_fingerprint),
        ("Registry" if result.spec.table is None else "Table", manifest.registry),
        ("Data cut-off", manifest.data_cutoff or "not stated"),
        ("Dataset (SHA-256)", manifest.dataset_sha256),
        ("Result fingerprint (SHA-256)", result.fingerprint()),
        ("Seed", str(manifest.seed)),
    ]
    if result.second_opinion is not None:
        largest = result.second_opinion.largest_difference
        difference = format.ABSENT if largest is None else f"{largest:.1e}"
        facts.append(("Second opinion", f"{result.second_opinion.software}, largest difference {difference}"))
    facts += [(f"Version of {name}", version) for name, version in sorted(manifest.versions.items())]
    return Table(
        name="manifest",
        title="Manifest",
        columns=(left("Item"), left("Value")),
        rows=tuple(row(name, Cell(text)) for name, text in facts),
    )
