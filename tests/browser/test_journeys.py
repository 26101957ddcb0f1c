"""One journey through all pages at each width, in each language and colour: all by `make journeys`, else a selection.

The selection has each of them at least once.
"""

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.browser.seeing import fill, findings, open_sample_trade, sideways_scroll
from tests.browser.serving import Served
from tests.browser.visitors import ALL_JOURNEYS, new_visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WIDTHS = (1440, 1024, 390)
LOCALES = ("en-US", "de-DE", "tr-TR", "ar")
COLOURS = ("light", "dark")
Journey = tuple[int, str, str]
EVERY: tuple[Journey, ...] = tuple(product(WIDTHS, LOCALES, COLOURS))
SELECTED: tuple[Journey, ...] = (
    (1440, "en-US", "light"),
    (1024, "de-DE", "dark"),
    (390, "tr-TR", "light"),
    (390, "ar", "dark"),
)
PLACES = {"history": "History", "activity": "Activity", "settings": "Settings", "new_trade": "New trade"}


def test_the_selection_has_each_of_them() -> None:
    assert [set(kind) for kind in zip(*SELECTED, strict=True)] == [set(WIDTHS), set(LOCALES), set(COLOURS)]
    assert set(SELECTED) <= set(EVERY)


@pytest.fixture
def traveller(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give a page of the width, language and colours of the journey; any error of a script on it fails the test."""
    width, locale, colours = request.param
    context = new_visitor(chromium, width, locale=locale, color_scheme=colours)
    page, errors = context.new_page(), list[str]()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def note(message: ConsoleMessage) -> None:
        looks_for_server = "/_stcore/" in message.location["url"] and "404" in message.text
        if message.type == "error" and not looks_for_server:
            errors.append(message.text)

    page.on("console", note)
    yield page
    context.close()
    assert errors == []


def stands(page: Page, heading: str) -> None:
    """Insist that a page is whole: one heading, as wide as the window and, when all are looked at, no barriers."""
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("h1")).to_contain_text(heading)
    assert sideways_scroll(page) == 0, heading
    if ALL_JOURNEYS:
        assert findings(page) == [], heading


@pytest.mark.parametrize(
    "traveller", EVERY if ALL_JOURNEYS else SELECTED, indirect=True, ids=lambda one: "-".join(map(str, one))
)
def test_all_pages_stand_and_the_form_reads_what_is_typed(served: Served, traveller: Page) -> None:
    page = traveller
    page.goto(served.url)
    open_sample_trade(page)
    stands(page, "Positions")

    for address, heading in PLACES.items():
        page.locator(f"a[href$='{address}']:visible").first.click()
        expect(page.locator("h1")).to_contain_text(heading)
        stands(page, heading)

    for typed in ("5,5", "5.5"):
        fill(page, "Stop loss, USDT", typed)
        expect(page.get_by_text("= 5.50 USDT")).to_be_visible()
