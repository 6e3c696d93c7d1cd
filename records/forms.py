"""Form fields for values as charts give them, and the form that every recorded row is entered with."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from records.constraints import leaves
from records.partial_dates import EARLIEST_YEAR, PartialDateField, bounds

NOT_KNOWN = "Not known"
# static/entry/dates.js reads what is typed in the same way, to say at once how it will be understood.
SEPARATED = re.compile(r"^(\d{4})(?:[-./年](\d{1,2})(?:[-./月](\d{1,2}))?)?[日月年]?$", re.ASCII)
RUN_TOGETHER = re.compile(r"^(\d{4})(\d{2})(\d{2})?$", re.ASCII)


def iso(text: str) -> str:
    """``text`` as ISO 8601 where it is a date in an order that allows no doubt (2012/5/7, 20120507, 2012年5月7日).

    Digits and signs of full width, as Chinese keyboards give them, are the plain ones.
    """
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    match = SEPARATED.match(bare) or RUN_TOGETHER.match(bare)
    if match is None:
        return text.strip()
    year, month, day = match.groups()
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


class PartialDate(forms.CharField):
    """A year, a month or a day."""

    def __init__(self, *, future: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("empty_value", None)
        kwargs["widget"] = forms.TextInput(
            attrs={
                "class": "partial-date",
                "inputmode": "numeric",
                "placeholder": "yyyy-mm-dd",
                "title": "Year, month or day, as the chart gives it",
                "autocomplete": "off",
                "size": 11,
                "data-earliest": EARLIEST_YEAR,
                **({"data-future": "true"} if future else {}),
            }
        )
        super().__init__(**kwargs)
        # The model's own limit would cut '2012 年 5 月 17 日' before it is understood.
        self.widget.attrs.pop("maxlength", None)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        try:
            bounds(iso(text))
        except ValueError as error:
            raise ValidationError(str(error), code="partial_date") from error
        return iso(text)


class ThreeWay(forms.NullBooleanField):
    """Yes, no, or not known: the last is NULL, and is what an untouched field says."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.NullBooleanSelect()
        super().__init__(**kwargs)
        self.widget.choices = [("unknown", NOT_KNOWN), ("true", "Yes"), ("false", "No")]


class Several(forms.TypedMultipleChoiceField):
    """An array of choices as checkboxes. Nothing ticked is 'not known' (NULL); 'none of these' is an empty list."""

    NONE = "none"

    def __init__(self, *, none: str = "", **kwargs: Any) -> None:
        self.none = none
        choices = list(kwargs.pop("choices"))
        kwargs["widget"] = forms.CheckboxSelectMultiple(attrs={"class": "several"})
        super().__init__(choices=[*choices, (self.NONE, none)] if none else choices, empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return [self.NONE] if self.none and value == [] else value

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A form that comes back with nothing ticked says 'not known', which is no empty list."""
        return data or None

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        if chosen and self.NONE in chosen:
            if len(chosen) > 1:
                raise ValidationError(f"'{self.none}' cannot stand beside the others.", code="none_and_some")
            return []
        return chosen

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def formfield_of(field: models.Field[Any, Any]) -> dict[str, Any] | None:
    """Form class and arguments for a model field that needs other than Django's own; None where Django's own serves."""
    if isinstance(field, PartialDateField):
        # The page says once how dates are written.
        return {"form_class": PartialDate, "future": field.future, "max_length": 20, "help_text": ""}
    if isinstance(field, models.BooleanField) and field.null:
        return {"form_class": ThreeWay}
    if isinstance(field, models.DecimalField | models.PositiveSmallIntegerField) and not field.choices:
        step = "1" if isinstance(field, models.PositiveSmallIntegerField) else "any"
        return {"widget": forms.NumberInput(attrs={"class": "number", "step": step, "autocomplete": "off"})}
    if isinstance(field, models.TextField):
        return {"widget": forms.Textarea(attrs={"rows": 2, "cols": 60})}
    return None


@dataclass(frozen=True)
class Remark:
    """What is said beside a field and stops nobody: quietly, or as a warning."""

    text: str
    warns: bool = False


class RecordForm(forms.ModelForm[Any]):
    """Entry of one recorded row.

    ``_version`` carries the version that was read, so that a change by somebody else in between is found. ``refusals``
    are what the write itself refused after the form had been found good (by the database, or because of such a change):
    they are laid over the form when it is shown again with everything that was typed.
    """

    refusals: dict[str, dict[str, list[str]]] = {}
    user: Any = None
    # Shown again as it is, to follow a choice (the dose columns of a regimen); neither checked nor saved.
    only_shown = False
    # Fields in which a new line comes with a proposal. A proposal, or one that was emptied, makes no record by itself.
    proposals: tuple[str, ...] = ()

    _version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    _reason = forms.CharField(
        label="Reason for the change",
        required=False,
        max_length=200,
        help_text="Kept in the history, such as the page of the chart.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["_version"] = self.instance.version
            return
        for name in self.proposals:
            if name in self.fields and self.initial.get(name) is not None:
                self.fields[name].widget.attrs["data-proposed"] = self[name].initial

    @classmethod
    def of(cls, row: models.Model) -> "RecordForm":
        """The form of a row as it is stored."""
        return cls(instance=row)

    def is_valid(self) -> bool:
        return not self.only_shown and super().is_valid()

    def full_clean(self) -> None:
        super().full_clean()
        if self.only_shown:
            self._errors: Any = type(self._errors)()

    def typed(self, name: str, stored: Any) -> Any:
        """A stored value of a field as it is typed; another only where the field does not hold what is stored."""
        return stored

    @property
    def values(self) -> dict[str, Any]:
        """All values of a new row, by model field."""
        return {name: self.cleaned_data[name] for name in self.cleaned_data if name in self._model_fields()}

    @property
    def changes(self) -> dict[str, Any]:
        """The values that were changed, by model field."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self._model_fields()}

    def _model_fields(self) -> set[str]:
        return {field.name for field in self._meta.model._meta.concrete_fields} & set(self.fields)

    def has_changed(self) -> bool:
        return any(not name.startswith("_") and not self.is_emptied_proposal(name) for name in self.changed_data)

    def is_emptied_proposal(self, name: str) -> bool:
        return name in self.proposals and not self.instance.pk and not self.data.get(self.add_prefix(name))

    def remarks(self) -> Mapping[str, Remark]:
        """What stands beside the fields, by name."""
        return {}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk and not self.cleaned_data.get("_version"):
            raise ValidationError("The form came back without its version. Open the record again.", code="no_version")
        for field, sentences in self.refusals.get(self.prefix or "", {}).items():
            for sentence in sentences:
                self.add_error(field if field in self.fields and field not in self.errors else None, sentence)
        return cleaned

    def _update_errors(self, errors: ValidationError) -> None:
        """What the model's constraints refuse stands at the field it is about, not above the form."""
        for sentence in by_field(errors).pop(NON_FIELD_ERRORS, []):
            if place := self.place_of(sentence):
                self.add_error(place, sentence)
                errors = less(errors, sentence)
        super()._update_errors(errors)  # type: ignore[misc]  # Django's own hook, which its stubs leave out

    def place_of(self, sentence: str) -> str | None:
        """The field that a refusal is about, known by the constraint whose sentence it is."""
        for constraint in self._meta.model._meta.constraints:
            if constraint.get_violation_error_message() == sentence:
                return self.field_of(constraint)
        return None

    def field_of(self, constraint: Any) -> str | None:
        """The last field of the form that the constraint names: the one typed when the contradiction arose."""
        named = set(named_in(constraint))
        return next((name for name in reversed(self.fields) if name in named), None)


def named_in(constraint: Any) -> Iterator[str]:
    """Names of the model fields in a CHECK or UNIQUE constraint; derived columns under the field that was entered."""
    names = constraint.fields if isinstance(constraint, models.UniqueConstraint) else []
    if isinstance(constraint, models.CheckConstraint):
        condition: Any = constraint.condition
        names = [name.split("__")[0] for name, _ in leaves(condition)]
    for name in names:
        yield name
        yield re.sub(r"_(first|last|index)$", "", name)


def less(errors: ValidationError, sentence: str) -> ValidationError:
    """The errors without one sentence about the whole."""
    rest = by_field(errors)
    whole = [other for other in rest.pop(NON_FIELD_ERRORS, []) if other != sentence]
    return ValidationError(rest | ({NON_FIELD_ERRORS: whole} if whole else {}))


def by_field(error: ValidationError) -> dict[str, list[str]]:
    """Sentences of a validation error by field name; those about the whole under ``NON_FIELD_ERRORS``."""
    return error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
