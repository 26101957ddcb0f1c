"""One journey through all pages at each width, in each language and colour: all by `make journeys`, else a selection.

The selection has each two of them together at least once.
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
# Every width with every language, the colours turn by turn, so that each width and each language has both.
SELECTED: tuple[Journey, ...] = tuple(
    (width, locale, COLOURS[(row + column) % 2])
    for (row, width), (column, locale) in product(enumerate(WIDTHS), enumerate(LOCALES))
)
PLACES = {"history": "History", "activity": "Activity", "settings": "Settings", "new_trade": "New trade"}


def pairs_of(journeys: tuple[Journey, ...]) -> set[tuple[object, object]]:
    return {pair for one in journeys for pair in ((one[0], one[1]), (one[0], one[2]), (one[1], one[2]))}


def test_the_selection_has_each_two_together() -> None:
    assert pairs_of(SELECTED) == pairs_of(EVERY)
    assert len(SELECTED) == 12


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
