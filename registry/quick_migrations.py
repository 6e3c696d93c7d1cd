"""Migrating in a fraction of the time that django-pgtrigger takes as it comes.

Its `AddTrigger` has Django render the historical model, and all that refer to it, anew for each of the trail's
triggers; no historical model looks at its triggers, so for a new database most of the time went for nothing.
"""

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


def install() -> None:
    # Replacing the method is the point: the migrations name the library's class.
    AddTrigger.state_forwards = note_trigger  # type: ignore[assignment,method-assign]


def note_trigger(operation: AddTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, operation.model_name].options
    options["triggers"] = [*options.get("triggers", []), operation.trigger]
