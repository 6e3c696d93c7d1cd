"""Filling in a form as a browser does: every field of the page is sent back, changed or not."""

from html.parser import HTMLParser
from typing import Any


class Fields(HTMLParser):
    """Names and values that a browser would send for the main form of a page."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.data: dict[str, Any] = {}
        self.inside = False
        self.select: str | None = None
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        name = given.get("name")
        if not self.inside:
            return
        if tag == "input" and name and given.get("type") not in ("submit", "button"):
            if given.get("type") in ("checkbox", "radio"):
                if "checked" in given:
                    self.data.setdefault(name, []).append(given.get("value") or "on")
            else:
                self.data[name] = given.get("value") or ""
        elif tag == "select" and name:
            self.select = name
            self.data[name] = None
        elif tag == "option" and self.select and ("selected" in given or self.data[self.select] is None):
            self.data[self.select] = given.get("value") or ""
        elif tag == "textarea" and name:
            self.textarea = name
            self.data[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            if self.select and self.data[self.select] is None:
                self.data[self.select] = ""
            self.select = None
        elif tag == "textarea":
            self.textarea = None

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.data[self.textarea] += data.lstrip("\n")


def fields_of(html: str, model: str) -> dict[str, Any]:
    """What a browser would post for the entry form of ``model`` if nothing were typed."""
    parser = Fields(f"{model}_form")
    parser.feed(html)
    return parser.data


def errors_in(response: Any) -> dict[str, list[str]]:
    """Errors of the entry form and of its lines, by field name with the line's prefix."""
    form = response.context["adminform"].form
    found = {name: list(errors) for name, errors in form.errors.items()}
    for inline in response.context["inline_admin_formsets"]:
        for line in inline.formset.forms:
            found |= {line.add_prefix(name): list(errors) for name, errors in line.errors.items()}
    return found
