"""Axe on a page, with its serious findings in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page


def serious(page: Page) -> list[str]:
    """Serious and critical findings, with the elements they are about."""
    before = len(page.complaints)  # type: ignore[attr-defined]
    found = Axe().run(page).response["violations"]
    page.evaluate("0")
    del page.complaints[before:]  # type: ignore[attr-defined]  # axe styles what it measures, against the policy
    return [
        f"{page.url} {finding['id']}: {node['target']} {node['failureSummary']}"
        for finding in found
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
