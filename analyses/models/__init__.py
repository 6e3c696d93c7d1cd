"""Cohorts and plans that were saved, runs of plans, their chunks, what the runs made."""

from analyses.models.artifact import Artifact, Blob
from analyses.models.chunk import Chunk
from analyses.models.leased import Leased, State
from analyses.models.plan import Cohort, Plan
from analyses.models.run import Result, Run

__all__ = ["Artifact", "Blob", "Chunk", "Cohort", "Leased", "Plan", "Result", "Run", "State"]
