"""Which software is verified: its version, its source, and the libraries that it computes with."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from analyses.pipeline.steps.manifest import versions

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Software:
    """`source` is the SHA-256 of all modules of `analyses/pipeline`; `commit` is None where the repository is not
    there, and says nothing of changes since."""

    version: str
    commit: str | None
    source: str
    libraries: Mapping[str, str]


@cache
def software() -> Software:
    """As it stands in this checkout and runs in this process."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Software(str(project["version"]), _commit(ROOT / ".git"), _source(), dict(versions()))


def _commit(repository: Path) -> str | None:
    head = repository / "HEAD"
    if not head.exists():
        return None
    text = head.read_text(encoding="utf-8").strip()
    if not text.startswith("ref: "):
        return text
    name = text.removeprefix("ref: ")
    loose, packed = repository / name, repository / "packed-refs"
    if loose.exists():
        return loose.read_text(encoding="utf-8").strip()
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.exists() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), None)


def _source() -> str:
    found, package = sha256(), ROOT / "analyses" / "pipeline"
    for file in sorted(package.rglob("*.py")):
        found.update(f"{file.relative_to(package).as_posix()}\n".encode() + file.read_bytes())
    return found.hexdigest()
