"""The line of a cycle: its own fields and a dose per drug, each dose a row of its own."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from records import actions, trail
from records.actions import StaleVersion
from records.admin.comparison import Comparison, Difference, taken_over
from records.admin.inlines import LineFormSet
from records.admin.refusals import Refused
from records.forms import RecordForm
from records.models import User
from treatments.admin.regimens import dose_label
from treatments.models import Drug, DrugDose

POSTED = re.compile(r"^cycles-\d+-dose_(\d+)$")


def posted_drugs(names: Iterable[str]) -> set[int]:
    """Primary keys of the drugs that have a dose field among the posted ``names``."""
    return {int(match[1]) for match in map(POSTED.match, names) if match}


class CycleForm(RecordForm):
    """``_doses`` carries the version of each stored dose that was read, as ``drug:version``.

    Number and doses of a new line are proposals, of the doses those of the regimen: a line is stored once a day 1, or a
    number or dose that differs, was typed. Then what is seen in its dose columns is stored with it.
    """

    drugs: Sequence[Drug] = ()
    proposals: tuple[str, ...] = ("number",)

    _doses = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = (
            # The live doses of a live cycle; of a void one those that went with it.
            {dose.drug_id: dose for dose in self.instance.doses.all() if dose.voided_at == self.instance.voided_at}
            if self.instance.pk
            else {}
        )
        if "number" in self.fields:
            self.fields["number"].show_hidden_initial = self.instance.pk is None
        self.initial["_doses"] = versions({drug: dose.version for drug, dose in self.stored.items()})
        for drug, dose in self.stored.items():
            self.initial[f"dose_{drug}"] = dose.mg_m2

    def clean__doses(self) -> dict[int, int]:
        pairs = [pair.partition(":") for pair in self.cleaned_data["_doses"].split()]
        if not all(drug.isdecimal() and version.isdecimal() for drug, _, version in pairs):
            raise ValidationError("The form came back damaged. Open the course again.", code="damaged")
        return {int(drug): int(version) for drug, _, version in pairs}

    def changed_doses(self) -> dict[Drug, Any]:
        doses = {drug: self.cleaned_data[f"dose_{drug.pk}"] for drug in self.drugs}
        if self.instance.pk:
            return {drug: mg_m2 for drug, mg_m2 in doses.items() if f"dose_{drug.pk}" in self.changed_data}
        return {drug: mg_m2 for drug, mg_m2 in doses.items() if mg_m2 is not None}


def line_form(drugs: Sequence[Drug]) -> type[CycleForm]:
    """The form of a line with a dose column for each of ``drugs``."""
    field = DrugDose._meta.get_field("mg_m2")
    columns: dict[str, Any] = {
        f"dose_{drug.pk}": forms.DecimalField(
            label=dose_label(drug),
            required=False,
            min_value=0,
            max_digits=field.max_digits,
            decimal_places=field.decimal_places,
            widget=forms.NumberInput(attrs={"class": "number", "step": "any", "autocomplete": "off"}),
        )
        for drug in drugs
    }
    told = {"drugs": tuple(drugs), "proposals": (*CycleForm.proposals, *columns)}
    return type("CycleLineForm", (CycleForm,), told | columns)


class CycleFormSet(LineFormSet):
    def write_line(self, form: Any, *, by: User, reason: str) -> Any:
        cycle = super().write_line(form, by=by, reason=reason)
        for drug, mg_m2 in form.changed_doses().items():
            try:
                self.write_dose(form, cycle, drug, mg_m2, by=by, reason=reason)
            except StaleVersion as stale:
                raise overtaken_dose(form, stale.current, drug, mg_m2) from stale
        return cycle

    def write_dose(self, form: Any, cycle: Any, drug: Drug, mg_m2: Any, *, by: User, reason: str) -> None:
        stored = form.stored.get(drug.pk)
        if stored is None and drug.pk in form.cleaned_data["_doses"]:
            raise StaleVersion(DrugDose.objects.filter(cycle=cycle, drug=drug).latest("updated_at"))
        if stored is None:
            actions.add(DrugDose, by=by, reason=reason, cycle=cycle, drug=drug, mg_m2=mg_m2)
        else:
            version = form.cleaned_data["_doses"].get(drug.pk, 0)
            actions.amend(stored, by=by, version=version, reason=reason, mg_m2=mg_m2)


def overtaken_dose(form: Any, current: Any, drug: Drug, mg_m2: Any) -> Refused:
    """Somebody changed or voided the dose first: both values are said, and a dose not typed here becomes theirs."""
    read = form.cleaned_data["_doses"]
    before = trail.at_version(current, read.get(drug.pk, 0)).get("mg_m2")
    now = None if current.is_void else current.mg_m2
    name = f"dose_{drug.pk}"
    key = form.add_prefix(name)
    one = Difference(
        name,
        key,
        str(form.fields[name].label),
        opened=trail.said(before),
        theirs=f"void: {current.void_reason}" if current.is_void else trail.said(now),
        mine=trail.said(mg_m2),
        sent_theirs=["" if now is None else str(now)],
        sent_mine=form.data.getlist(key),
        taken=mg_m2 == before,
    )
    comparison = Comparison(current, (one,), is_line=True)
    data = taken_over(form, comparison)
    versions_read = {number: version for number, version in read.items() if number != drug.pk}
    if not current.is_void:
        versions_read[drug.pk] = current.version
    data[form.add_prefix("_doses")] = versions(versions_read)
    return Refused(form, {name: [one.sentence]}, data, comparison)


def versions(read: Mapping[int, int]) -> str:
    """How the form carries the versions of its doses."""
    return " ".join(f"{drug}:{version}" for drug, version in read.items())
