"""What a write refused, laid back over the form with everything that was typed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import BinaryField
from django.http import HttpRequest, QueryDict

from records import trail
from records.actions import StaleVersion
from records.forms import RecordForm, by_field
from records.models import Recorded


class Refused(Exception):
    """A form that was found good could not be written. ``sentences`` are by field, for the form under ``prefix``."""

    def __init__(self, form: RecordForm | None, sentences: dict[str, list[str]], data: QueryDict | None = None) -> None:
        super().__init__(sentences)
        self.prefix = (form and form.prefix) or ""
        self.sentences = sentences
        self.data = data

    @property
    def by_form(self) -> dict[str, dict[str, list[str]]]:
        return {self.prefix: self.sentences}


def form_attributes(request: HttpRequest) -> dict[str, Any]:
    """What the forms of one request are told: who types, what was refused, whether they are only to be shown again."""
    return {
        "user": request.user,
        "refusals": getattr(request, "refusals", {}),
        "only_shown": "_show_again" in request.POST,
    }


@contextmanager
def refusing(form: RecordForm, fresh_form: Callable[[Recorded], RecordForm]) -> Iterator[None]:
    """Turn what an action refuses into ``Refused``; ``fresh_form`` makes the form of a row as it now stands."""
    try:
        yield
    except ValidationError as error:
        if getattr(error, "code", "") == "locked":
            # The one reason of the form and its lines stands in the form itself.
            raise Refused(None, {"_reason": error.messages}) from error
        raise Refused(form, placed(by_field(error), form)) from error
    except StaleVersion as stale:
        raise Refused(form, *overtaken(form, stale.current, fresh_form(stale.current))) from stale


def placed(sentences: dict[str, list[str]], form: RecordForm) -> dict[str, list[str]]:
    """A sentence about the whole row goes to the field of its constraint, or to the date that it quotes."""
    for sentence in sentences.pop(NON_FIELD_ERRORS, []):
        quoted = (name for name, value in form.cleaned_data.items() if is_quoted(value, sentence))
        sentences.setdefault(form.place_of(sentence) or next(quoted, NON_FIELD_ERRORS), []).append(sentence)
    return sentences


def is_quoted(value: Any, sentence: str) -> bool:
    return isinstance(value, str) and len(value) >= len("2012") and value in sentence


def overtaken(form: RecordForm, current: Recorded, fresh: RecordForm) -> tuple[dict[str, list[str]], QueryDict]:
    """Somebody saved the row first: sentences that show both versions, and the data to show the form with.

    Fields that only the other changed take the other's value, so that saving again undoes nothing; fields that were
    typed here keep what was typed. The form then carries the current version.
    """
    read = trail.at_version(current, int(form.cleaned_data["_version"]))
    who = current.updated_by.get_full_name() or current.updated_by.get_username()
    sentences: dict[str, list[str]] = {
        NON_FIELD_ERRORS: [
            f"{who} changed this record on {current.updated_at:%Y-%m-%d at %H:%M} while you had it open."
            " Nothing of yours is stored yet. What changed is said at the fields; save again to store what you see."
        ]
    }
    data = cast(QueryDict, form.data).copy()
    data[form.add_prefix("_version")] = str(current.version)
    for name, mine in form.changes.items():
        column: Any = current._meta.get_field(name)
        if isinstance(column, BinaryField):
            sentences[name] = [f"{form.fields[name].label} is now {shown(fresh, name)}. You typed the value below."]
            continue
        before, now = read.get(name), getattr(current, column.attname)
        if before == now:
            continue
        label = form.fields[name].label
        if as_stored(mine) == before:
            keep(data, fresh, form, name)
            sentences[name] = [
                f"{label} is now {shown(fresh, name)}, as {who} entered it (it was {trail.said(before)})."
            ]
        else:
            sentences[name] = [
                f"{who} entered {shown(fresh, name)} here (it was {trail.said(before)}). You typed the value below."
            ]
    return sentences, data


def as_stored(value: Any) -> Any:
    return getattr(value, "pk", value)


def shown(form: RecordForm, name: str) -> str:
    """The value of an unbound form's field, as its choices call it."""
    return trail.said(getattr(form.instance, f"get_{name}_display", lambda: form.initial.get(name))())


def keep(data: QueryDict, fresh: RecordForm, form: RecordForm, name: str) -> None:
    """Put the current value of a field into the data, in the form in which a browser would send it."""
    value = fresh[name].value()
    key = form.add_prefix(name)
    if isinstance(value, list | tuple):
        data.setlist(key, [str(item) for item in value])
    else:
        data[key] = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
