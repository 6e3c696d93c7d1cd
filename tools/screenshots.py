"""The pictures of the documentation, taken of the site with the invented cohort: `make screenshots`.

The demo runs in a folder and on a database server of its own, both gone afterwards. With `--keep DIR` it runs in DIR,
which stays, so that the next pictures take seconds.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from bench.scratch import scratch_folder
from registry.paths import BASE_DIR
from registry.processes import GRACE_SECONDS, HOST

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FOLDER = BASE_DIR / "docs" / "screenshots"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SIZE = {"width": 1280, "height": 800}
COLOURS = 256
# As the demo prints them: role, user name, password.
ACCOUNT = re.compile(r"^\S.* (?P<name>[a-z]+) +(?P<password>[a-z]+-[a-z]+-[a-z]+)$")
READY = "The registry is at"
# Chemotherapy, then radiotherapy with concurrent chemotherapy; responses, progression, death.
PATIENT = "NPC-000102"


@dataclass(frozen=True)
class Picture:
    """`show` brings the page to what is to be seen, in the session of the demo account."""

    file: str
    account: str
    show: Callable[[Page], object]


def address(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


def course_form(page: Page) -> None:
    page.goto(f"/patients/{PATIENT}/")
    page.locator("td a[href*='/treatments/systemiccourse/']").first.click()


def conversation(page: Page) -> None:
    """The dearest query, with a comment of the abstractor's on it."""
    page.goto("/admin/patients/dataquery/?state=waiting")
    page.locator("#result_list tbody a").first.click()
    if page.get_by_text("Nobody has said anything yet.").count():
        page.get_by_label("Your reply").fill("The discharge letter is asked for.")
        page.get_by_role("button", name="Comment").click()


def result(page: Page) -> None:
    page.goto("/analyses/")
    page.locator("a[href*='/analyses/runs/']").first.click()


PICTURES = (
    Picture("my-work", "abstractor", address("/")),
    Picture("chart", "abstractor", address(f"/patients/{PATIENT}/")),
    Picture("course-form", "abstractor", course_form),
    Picture("query-conversation", "abstractor", conversation),
    Picture("result", "investigator", result),
    Picture("follow-up", "coordinator", address("/admin/patients/followup/")),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="run the demo in this folder and leave it there")
    parser.add_argument("--only", nargs="*", metavar="FILE", help="these pictures, such as chart")
    options = parser.parse_args()
    wanted = [picture for picture in PICTURES if not options.only or picture.file in options.only]
    with ExitStack() as opened:
        folder = options.keep or opened.enter_context(scratch_folder())
        url, passwords = opened.enter_context(demo(folder.resolve()))
        playwright = opened.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened.callback(browser.close)
        take(wanted, browser, url, passwords)


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The demo's site in that folder: its address, and the passwords by user name."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    own = {**os.environ, "REGISTRY_VAR_DIR": str(folder), "DEMO": "1", "PYTHONUNBUFFERED": "1"}
    for name in ("DATABASE_URL", "SECRET_KEY", "CELERY_BROKER_URL"):
        own.pop(name, None)
    port = free_port()
    command = [sys.executable, "manage.py", "demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=BASE_DIR, env=own, stdout=subprocess.PIPE, text=True) as site:
        try:
            assert site.stdout is not None
            yield f"http://{HOST}:{port}", passwords_in(site.stdout)
        finally:
            site.terminate()
            try:
                site.wait(2 * GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                site.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def passwords_in(said: IO[str]) -> dict[str, str]:
    """Read until the site is ready."""
    found: dict[str, str] = {}
    for line in said:
        if line.startswith(READY):
            return found
        if account := ACCOUNT.match(line.rstrip()):
            found[account["name"]] = account["password"]
        else:
            print(line, end="", flush=True)
    raise SystemExit("The demo ended before its site was there; its reason stands above.")


def take(wanted: list[Picture], browser: Browser, url: str, passwords: dict[str, str]) -> None:
    sessions: dict[str, BrowserContext] = {}
    FOLDER.mkdir(exist_ok=True)
    for picture in wanted:
        if picture.account not in sessions:
            context = browser.new_context(viewport=SIZE, color_scheme="light", base_url=url)  # type: ignore[arg-type]
            log_in(context.new_page(), picture.account, passwords[picture.account])
            sessions[picture.account] = context
        file = FOLDER / f"{picture.file}.png"
        file.write_bytes(small(seen(picture, sessions[picture.account].new_page())))
        print(f"{file.relative_to(BASE_DIR)}: {file.stat().st_size / 1000:.0f} kB")


def seen(picture: Picture, page: Page) -> bytes:
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    picture.show(page)
    page.wait_for_load_state("networkidle")
    if failed:
        raise SystemExit(f"{picture.file}: no picture of a page that fails ({', '.join(failed)}).")
    return page.screenshot()


def log_in(page: Page, name: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")


def small(png: bytes) -> bytes:
    """The picture with a palette, which a page of text needs no more than."""
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
