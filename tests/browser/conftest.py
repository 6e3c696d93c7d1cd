"""A real browser on the site as it runs, and a check that each page is accessible and keeps to its content policy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.worlds import World

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture
def world(transactional_db: None) -> World:
    from tests.worlds import build
    from treatments import catalogue

    catalogue.ensure()  # the tables were emptied after the test before
    return build()


@pytest.fixture(scope="session", autouse=True)
def static_files_as_they_are(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The site under test serves the files of the source, not those once collected for serving."""
    from django.test import override_settings

    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static")):
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    if not os.path.exists(CHROMIUM):
        pytest.skip(f"needs {CHROMIUM}")
    with sync_playwright() as playwright:
        # Playwright's loop runs in this thread; Django would take that for asynchronous code.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser, scheme: str, live_server: Any) -> Iterator[Page]:
    """A page at 1280 px; what the browser complains about fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, color_scheme=scheme, base_url=live_server.url
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.complaints = complaints  # type: ignore[attr-defined]
    yield page
    # What the page still asks for would meet the tables being emptied.
    page.wait_for_load_state("networkidle")
    context.close()
    assert complaints == []
