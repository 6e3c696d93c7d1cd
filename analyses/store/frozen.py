"""The frozen dataset of a run: kept once, and from then on the only data that any of its workers reads."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from analyses.models import Artifact, Blob, Run
from analyses.pipeline.dataset import Dataset
from analyses.store.artifacts import keep
from analyses.store.work import Work

DATASET_NAME = "dataset.parquet"


def freeze(work: Work, *, dataset: bytes, sha256: str, centres: Iterable[int]) -> None:
    """Keep the dataset as the run's own, with the hash of its content and the centres whose patients it holds."""
    with work.locked():
        keep(work.run, {DATASET_NAME: dataset})
        work.run.centres.set(centres)
        work.claim.write(data_sha256=sha256)


def frozen_dataset(run: Run) -> Dataset:
    return _dataset(Artifact.objects.get(run=run, name=DATASET_NAME).blob_id)


@lru_cache(maxsize=2)
def _dataset(sha256: str) -> Dataset:
    """Equal bytes are an equal dataset for good; a worker does many chunks of one run in turn."""
    return Dataset.from_parquet(Blob.objects.get(pk=sha256).read())
