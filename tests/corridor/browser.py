"""A real Chromium, driven by Playwright, for the tests of the console."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEADLINE_MILLIS = 20_000.0
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


def program() -> str:
    """Where Chromium is; without one the test is skipped, or fails in continuous integration."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    reason = f"None of {', '.join(NAMES)} is installed (Debian: apt-get install chromium): the console is not tested."
    if os.environ.get("REGLUE_CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser for as long as the block."""
    path = program()
    # What a page comes to by itself has as long as what is done to it: a busy machine is no reason to fail.
    expect.set_options(timeout=DEADLINE_MILLIS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()


class Reader:
    """Somebody at a browser: a page, and what went wrong in it. An error in a script fails the test at its end."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context: BrowserContext = browser.new_context(base_url=url, **options)
        self.context.set_default_timeout(DEADLINE_MILLIS)
        self.errors: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        """One more tab of the same browser."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def flaws(self) -> list[str]:
        """What axe finds against WCAG 2.1 AA in the page as it stands."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found]

    def close(self) -> None:
        """Ends the session. No script may have failed."""
        self.context.close()
        assert not self.errors, self.errors
