"""What is typed on the pages of analyses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.spec import StudySpec
from records.models import Registry


class PlanForm(forms.Form):
    """A registry and a study specification as JSON; `cleaned_data["spec"]` is the `StudySpec`."""

    registry = forms.ModelChoiceField(Registry.objects.none())
    spec = forms.CharField(
        label="Specification",
        help_text="JSON, as shown at the foot of every plan. Saving under a name that exists makes its next version.",
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "code"}),
    )

    def __init__(self, *args: Any, registries: QuerySet[Registry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["registry"].queryset = registries  # type: ignore[attr-defined]

    def clean_spec(self) -> StudySpec:
        try:
            return StudySpec.from_json(json.loads(self.cleaned_data["spec"]))
        except json.JSONDecodeError as error:
            raise ValidationError(
                f"This is no JSON: {error.msg} in line {error.lineno}, column {error.colno}."
            ) from error
        except InvalidValueError as error:
            raise ValidationError(f"{error}.") from error


class TakeAwayForm(forms.Form):
    """A file of the run ('all' for all of them) and what it is for."""

    purpose = forms.CharField(
        max_length=500,
        help_text="Kept in the log of exits with your name, the files and the time.",
        widget=forms.TextInput(attrs={"size": 60}),
    )
    file = forms.ChoiceField()

    def __init__(self, *args: Any, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["file"].choices = [(name, name) for name in ["all", *names]]  # type: ignore[attr-defined]
