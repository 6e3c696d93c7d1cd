"""Which functions of the pipeline give numbers, and so have to be verified."""

import inspect
from collections.abc import Mapping
from types import ModuleType

from analyses.pipeline import (
    balance,
    competing,
    cox,
    describe,
    imputation,
    matching,
    propensity,
    resampling,
    selection,
    sensitivity,
    survival,
    tie_draws,
    weighting,
)
from analyses.verification.case import Method

METHODS: tuple[ModuleType, ...] = (
    describe,
    propensity,
    matching,
    tie_draws,
    balance,
    weighting,
    survival,
    cox,
    selection,
    competing,
    sensitivity,
    imputation,
    resampling,
)


def public_functions() -> Mapping[Method, str]:
    """Every function that these modules export, with its name as the table and the documentation have it."""
    return {function: f"{_short(module)}.{name}" for module in METHODS for name, function in _functions(module)}


def _short(module: ModuleType) -> str:
    return module.__name__.removeprefix("analyses.pipeline.")


def _functions(module: ModuleType) -> list[tuple[str, Method]]:
    """Those of `__all__`; without one, those that the module defines without an underscore."""
    exported = getattr(module, "__all__", None)
    names = exported if exported is not None else _own(module)
    return [(name, getattr(module, name)) for name in names if inspect.isfunction(getattr(module, name))]


def _own(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
