"""The pinned packages: complete, hashed, the same everywhere, and free of any machine's addresses."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from registry.paths import BASE_DIR

FILES = ["base.txt", "dev.txt", "installer.txt"]


def _lines(file: str) -> list[str]:
    text = (BASE_DIR / "requirements" / file).read_text()
    return text.replace("\\\n", " ").splitlines()


def _pins(file: str) -> dict[str, set[str]]:
    """Package name to its pinned versions (a marker may give several)."""
    pins: dict[str, set[str]] = {}
    for line in _lines(file):
        requirement = Requirement(line.partition("--hash")[0])
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", line
        pins.setdefault(canonicalize_name(requirement.name), set()).add(specifier.version)
    return pins


@pytest.mark.parametrize("file", FILES)
def test_every_line_is_a_hashed_pin(file: str) -> None:
    shape = re.compile(r"[a-z0-9.-]+==[^ ;]+( ; [^#@/\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [line for line in _lines(file) if not shape.fullmatch(line)] == []


def test_development_adds_to_the_base_and_changes_nothing() -> None:
    base, dev = _pins("base.txt"), _pins("dev.txt")
    assert {name: dev.get(name) for name in base} == base


@pytest.mark.parametrize(("file", "extras"), [("base.txt", []), ("dev.txt", ["dev"])])
def test_what_the_project_asks_for_is_pinned(file: str, extras: list[str]) -> None:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    pins = _pins(file)
    missing = []
    for requirement in map(Requirement, wanted):
        versions = pins.get(canonicalize_name(requirement.name), set())
        if not any(requirement.specifier.contains(version) for version in versions):
            missing.append(str(requirement))
    assert missing == []


def test_each_dependency_says_why() -> None:
    text = (BASE_DIR / "pyproject.toml").read_text()
    base = text[text.index("dependencies = [") : text.index("[project.optional-dependencies]")]
    entries = [line for line in base.splitlines() if line.strip().startswith('"')]
    assert entries
    assert [line for line in entries if not re.search(r'",\s+# \S', line)] == []
