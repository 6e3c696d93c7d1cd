"""Where the project lies and where it keeps what it writes. Read before settings are, so no Django here."""

import os
from importlib.util import find_spec
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def var_dir() -> Path:
    """The folder for everything that is written at run time: `var/`, or where REGISTRY_VAR_DIR says."""
    return Path(os.environ.get("REGISTRY_VAR_DIR") or BASE_DIR / "var").expanduser().resolve()


def package_dir(name: str) -> Path:
    """The folder of an installed package, found without importing it."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"the package {name} is not installed: run `make demo` or `make test` once more.")
    return Path(found.origin).resolve().parent
