"""Stepwise selection of prognostic factors in a Cox model."""

from analyses.pipeline.selection.search import SelectionStep
from analyses.pipeline.selection.select import METHODS, Selection, select

__all__ = ["METHODS", "Selection", "SelectionStep", "select"]
