"""A keyboard that counts the strokes which say nothing of the patient, apart from the characters of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEYS = {"Tab", "Enter", "Control+ArrowDown", "Alt+g"}
# A page of a form is there when the focus is in its first field.
READY = "document.activeElement !== document.body || !document.querySelector('form[novalidate]')"


class Keyboard:
    """``strokes`` counts every key that is not a character of a value; of a chord each key counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.strokes = 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.strokes += len(key.split("+"))

    def enter(self, *steps: str) -> None:
        """Values and keys in turn. Of a choice those characters are typed that choose it."""
        for step in steps:
            if step in KEYS:
                self.press(step)
            else:
                self.page.keyboard.type(step)

    def turn(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.press(key)
        self.page.wait_for_function(READY)

    def focused(self) -> str:
        """Name of the field, or text of the link, that has the focus."""
        return str(self.page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
