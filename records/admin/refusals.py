"""What a write refused, laid back over the form with everything that was typed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, QueryDict

from records.actions import StaleVersion
from records.admin.comparison import Comparison, compared, taken_over
from records.forms import RecordForm, by_field
from records.models import Recorded


class Refused(Exception):
    """A form that was found good could not be written. ``sentences`` are by field, for the form under ``prefix``."""

    def __init__(
        self,
        form: RecordForm | None,
        sentences: dict[str, list[str]],
        data: QueryDict | None = None,
        comparison: Comparison | None = None,
    ) -> None:
        super().__init__(sentences)
        self.prefix = (form and form.prefix) or ""
        self.sentences = sentences
        self.data = data
        self.comparison = comparison

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
        comparison = compared(form, stale.current, fresh_form(stale.current))
        data = taken_over(form, comparison)
        data[form.add_prefix("_version")] = str(stale.current.version)
        raise Refused(form, comparison.sentences, data, comparison) from stale


def placed(sentences: dict[str, list[str]], form: RecordForm) -> dict[str, list[str]]:
    """A sentence about the whole row goes to the field of its constraint, or to the date that it quotes."""
    for sentence in sentences.pop(NON_FIELD_ERRORS, []):
        quoted = (name for name, value in form.cleaned_data.items() if is_quoted(value, sentence))
        sentences.setdefault(form.place_of(sentence) or next(quoted, NON_FIELD_ERRORS), []).append(sentence)
    return sentences


def is_quoted(value: Any, sentence: str) -> bool:
    return isinstance(value, str) and len(value) >= len("2012") and value in sentence
