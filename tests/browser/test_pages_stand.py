"""Every page stands at a desk and on a phone, in light and dark, with something to show on it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Colours, OpenPage
from tests.browser.seeing import open_sample_trade, position
from tests.browser.serving import Served

pytestmark = pytest.mark.slow

# What stands on each page once all of it has arrived: parts that a script of its own draws, last.
PAGES = {
    "": ".position .result",
    "new_trade": ".st-key-trade_verdict canvas",
    "history": ".table tbody tr",
    "activity": ".journal .entry",
    "settings": ".facts:visible",
    "practice": ".figures .value",
}
BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 22)"}


@pytest.fixture(scope="module")
def traded(served: Served, chromium: Browser) -> Iterator[Served]:
    """Give a server on which one trade has closed at its stop and opened again."""
    page = chromium.new_page()
    page.goto(served.url)
    open_sample_trade(page)
    served.set_price("BTCUSDT", served.trigger_price("BTCUSDT", "STOP_MARKET"))
    page.get_by_role("button", name="Open now").click()
    expect(position(page).locator(".open .second")).to_have_text("run 2")
    page.close()
    yield served


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_stands(traded: Served, open_page: OpenPage, width: int, colours: Colours) -> None:
    page = open_page(width, colours)

    for path, part in PAGES.items():
        page.goto(f"{traded.url}/{path}")
        expect(page.locator(part).first).to_be_visible()
        expect(page.locator(".status .word")).to_have_text("Trading")
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.locator(".stApp")).to_have_css("background-color", BACKGROUNDS[colours])
        assert sideways_scroll(page) == 0, path


def sideways_scroll(page: Page) -> int:
    """Return by how many pixels the page, or the part of it that scrolls, is wider than the window."""
    return int(
        page.evaluate(
            "Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map((part) => part.scrollWidth - part.clientWidth))"
        )
    )
