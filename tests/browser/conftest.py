"""A Chromium at a desk and on a phone, and a served application to look at."""

from collections.abc import Callable, Generator, Iterator
from functools import cache
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.serving import Served, new_folder
from tests.browser.visitors import MOTION, Motion, new_visitor

PATIENCE_MILLISECONDS = 40_000  # a page takes a second; on a machine with other work, much longer
QUIET_CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=PATIENCE_MILLISECONDS)
Colours = Literal["light", "dark"]
OpenPage = Callable[..., Page]
Contexts = Callable[..., BrowserContext]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show what the servers of a failed test wrote."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Served):
                report.sections.append((f"Logs of {name}", value.logs()))
    return report


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Give where a Chromium that starts is."""
    path = find_chromium()
    assert path, "no Chromium on this machine: `make test` installs one"
    return path


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """Give a Chromium for the tests of one file: while it runs, no other test of the process can use asyncio."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=QUIET_CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Give a server of this file's own, on practice with prices on hold; it ends with the file."""
    application = Served(new_folder())
    application.start()
    yield application
    application.discard()


@pytest.fixture(scope="module")
def contexts(chromium: Browser) -> Contexts:
    """Give one context a width, colours and motion for a file: what is loaded once is not loaded again."""

    @cache
    def context(width: int = 1440, colours: Colours = "light", motion: Motion = MOTION) -> BrowserContext:
        return new_visitor(chromium, width, motion=motion, color_scheme=colours)

    return context


class Opening:
    """Opens pages, and notes the errors of scripts on them."""

    def __init__(self, contexts: Contexts) -> None:
        self.errors: list[str] = []
        self.pages: list[Page] = []
        self._contexts = contexts

    def __call__(self, width: int = 1440, colours: Colours = "light", motion: Motion = MOTION) -> Page:
        page = self._contexts(width, colours, motion).new_page()
        self.pages.append(page)
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # Opened at a page of its own address, Streamlit looks for its server below that address first.
        looks_for_server = "/_stcore/" in message.location["url"] and "404" in message.text
        if message.type == "error" and not looks_for_server:
            self.errors.append(f"{message.text} at {message.location['url']}")


@pytest.fixture
def open_page(contexts: Contexts) -> Iterator[OpenPage]:
    """Give what opens a page of a width in light or dark; any error of a script on it fails the test."""
    opening = Opening(contexts)
    yield opening
    for page in opening.pages:
        page.close()
    assert opening.errors == []


@pytest.fixture(scope="module")
def opening(contexts: Contexts) -> Iterator[Opening]:
    """Give what opens the page that the tests of a file share."""
    opening = Opening(contexts)
    yield opening
    for page in opening.pages:
        page.close()


@pytest.fixture
def shared_desk(opening: Opening) -> Iterator[Page]:
    """Give a page 1440 by 900 that the tests of a file share, blank for the first; errors fail the test they come in.

    To load a page costs as much as most of what is looked at on it; a test leaves it as it found it.
    """
    page = opening.pages[0] if opening.pages else opening()
    opening.errors.clear()
    yield page
    assert opening.errors == []


@pytest.fixture
def desk(open_page: OpenPage) -> Page:
    """Give a page 1440 by 900; any error of a script on it fails the test."""
    return open_page(width=1440)


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """Give a page 390 by 844 with touch."""
    return open_page(width=390)
