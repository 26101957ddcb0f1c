"""A Chromium at a desk and on a phone, and a served application to look at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.serving import Served

PATIENCE_MILLISECONDS = 20_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give a Chromium for all tests of this process."""
    path = find_chromium()
    assert path, "no Chromium on this machine: `make test` installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server of this file's own, on practice with prices on hold; it ends with the file."""
    application = Served(tmp_path_factory.mktemp("served"))
    application.start()
    yield application
    application.stop()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Page]:
    """Give a page 1440 by 900; any error of a script on it fails the test."""
    yield from _page(chromium, width=1440, height=900, phone=False)


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """Give a page 390 by 844 with touch."""
    yield from _page(chromium, width=390, height=844, phone=True)


def _page(browser: Browser, width: int, height: int, phone: bool) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=phone, is_mobile=phone, locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
