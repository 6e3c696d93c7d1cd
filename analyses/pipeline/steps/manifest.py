"""What is needed to replay a run."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

from analyses.pipeline.dataset import Dataset
from analyses.pipeline.results import Manifest
from analyses.pipeline.spec import StudySpec

LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "lifelines")


def make_manifest(dataset: Dataset, spec: StudySpec, timings: Mapping[str, float]) -> Manifest:
    return Manifest(
        spec_fingerprint=spec.fingerprint(),
        dataset_sha256=dataset.sha256(),
        seed=spec.seed,
        registry=dataset.registry,
        invented=dataset.invented,
        data_cutoff=spec.data_cutoff,
        versions=dict(versions()),
        timings=dict(timings),
    )


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Python and the libraries that compute numbers."""
    return (("python", platform.python_version()), *((name, version(name)) for name in LIBRARIES))
