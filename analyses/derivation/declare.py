"""How an analysis variable is declared: once, beside the function that derives it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import pandas as pd

from analyses.derivation.course import Course
from analyses.derivation.rows import Texts
from analyses.pipeline.dataset import Kind, KnownAt, Variable
from analyses.pipeline.parameters import DerivationParameters

Levels = tuple[str, ...] | Callable[[DerivationParameters], tuple[str, ...]]


class Traced(NamedTuple):
    """Values in the order of the patients, each with the record and field that gave it."""

    values: Any
    source: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A variable and its rule. `levels` and the placeholders of `window` may depend on the derivation parameters."""

    name: str
    label: str
    kind: Kind
    doc: str
    reads: tuple[str, ...]
    rule: Callable[[Course], Any]
    levels: Levels = ()
    unit: str = ""
    window: str = ""
    known_at: KnownAt = "diagnosis"

    def variable(self, parameters: DerivationParameters) -> Variable:
        """The declaration as the dataset carries it."""
        return Variable(
            name=self.name,
            label=self.label,
            kind=self.kind,
            doc=self.doc,
            levels=self.levels(parameters) if callable(self.levels) else self.levels,
            unit=self.unit,
            sources=self.reads,
            window=self.window.format(**asdict(parameters)),
            known_at=self.known_at,
        )

    def derive(self, course: Course) -> tuple[pd.Series[Any], Texts | None]:
        """The column, typed as `Variable` promises, and its provenance where the rule gives one."""
        found = self.rule(course)
        values, source = found if isinstance(found, Traced) else (found, None)
        return pd.Series(self._typed(values, course.parameters), name=self.name), source

    def _typed(self, values: Any, parameters: DerivationParameters) -> Any:
        if self.kind == "categorical":
            levels = list(self.variable(parameters).levels)
            return pd.Categorical(values, categories=levels, ordered=True)
        if self.kind == "boolean":
            return pd.array(values, dtype="boolean")
        return values.astype("datetime64[ns]") if self.kind == "date" else values.astype("float64")


def declared(
    kind: Kind,
    label: str,
    *reads: str,
    levels: Levels = (),
    unit: str = "",
    window: str = "",
    known_at: KnownAt = "diagnosis",
) -> Callable[[Callable[[Course], Any]], Declaration]:
    """Decorator: the function's name is the variable's, its docstring the definition that the dictionary prints."""

    def declare(rule: Callable[[Course], Any]) -> Declaration:
        return Declaration(
            name=rule.__name__,
            label=label,
            kind=kind,
            doc=" ".join((inspect.getdoc(rule) or "").split()),
            reads=reads,
            rule=rule,
            levels=levels,
            unit=unit,
            window=window,
            known_at=known_at,
        )

    return declare
