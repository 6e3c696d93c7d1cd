"""Plans that come as JSON files, those of `analyses/plans/` among them."""

from __future__ import annotations

import json
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from analyses import actions
from analyses.models import Plan
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.spec import StudySpec
from records.models import Registry, User

SHIPPED = Path(__file__).resolve().parents[1] / "plans"


def shipped(names: list[str]) -> list[Path]:
    """The files of these names: plans that come with the project by their bare name, others by their path."""
    bare = {file.stem: file for file in sorted(SHIPPED.glob("*.json"))}
    return [bare.get(name, Path(name)) for name in names] if names else list(bare.values())


def read(file: Path) -> StudySpec:
    """The spec in the file. Raises CommandError naming the file and what is wrong in it."""
    try:
        return StudySpec.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        said = f"{error}" if not isinstance(error, InvalidValueError) else f"{error}."
        raise CommandError(f"{file}: {said}") from error


def save(file: Path, *, by: User, registry: Registry) -> Plan:
    """The plan of the file, saved in the registry. Raises CommandError naming the file and what is wrong in it."""
    spec = read(file)
    try:
        return actions.save_plan(by=by, registry=registry, spec=spec)
    except ValidationError as error:
        raise CommandError(f"{file}: {' '.join(error.messages)}") from error


def registry_named(code: str) -> Registry:
    try:
        return Registry.objects.get(code=code)
    except Registry.DoesNotExist:
        known = ", ".join(Registry.objects.values_list("code", flat=True)) or "none yet"
        raise CommandError(f"no registry has the code '{code}' (there are: {known}).") from None
