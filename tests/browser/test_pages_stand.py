"""Every page stands and is open to all, in light and dark, at a desk and on a phone, with something to show on it."""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Colours, Contexts, OpenPage
from tests.browser.seeing import (
    OF_COLOURS,
    cut_or_overrun,
    findings,
    fonts_of_streamlit,
    hard_to_touch,
    open_sample_trade,
    position,
    sideways_scroll,
    unreadable_icons,
)
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
RULES: dict[Colours, Sequence[str]] = {"light": (), "dark": OF_COLOURS}  # the same page, in other colours
# In the dark, what lies on top of the page is lighter than the page.
SHEETS: dict[Colours, str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 31, 38)"}
BACKGROUNDS: dict[Colours, str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 22)"}


@pytest.fixture(scope="module")
def traded(served: Served, contexts: Contexts) -> Iterator[Served]:
    """Give a server on which one trade has closed at its stop and opened again."""
    page = contexts().new_page()
    page.goto(served.url)
    expect(page.get_by_role("button", name="Open a sample trade")).to_be_visible()
    assert findings(page) == []
    open_sample_trade(page)
    served.set_price("BTCUSDT", served.trigger_price("BTCUSDT", "STOP_MARKET"))
    page.get_by_role("button", name="Open now").click()
    expect(position(page).locator(".open .second")).to_have_text("2nd trade of this plan")
    page.close()
    yield served


def shine(page: Page, colours: Colours) -> None:
    """Let the person's machine change to light or dark while the page is open; it follows."""
    page.emulate_media(color_scheme=colours)
    expect(page.locator(".stApp")).to_have_css("background-color", BACKGROUNDS[colours])
    expect(page.locator("html")).to_have_css("color-scheme", colours)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1440, 390])
def test_page_stands_and_is_accessible(traded: Served, open_page: OpenPage, width: int, path: str) -> None:
    page = open_page(width)
    page.goto(f"{traded.url}/{path}")

    for colours in BACKGROUNDS:
        shine(page, colours)
        expect(page.locator(PAGES[path]).first).to_be_visible()
        expect(page.locator(".status .word")).to_have_text("Trading")
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert sideways_scroll(page) == 0
        assert findings(page, RULES[colours]) == []
    expect(page.get_by_test_id("stTooltipIcon")).to_have_count(0)  # a stop of the Tab key that covers the field before
    assert unreadable_icons(page) == []
    assert fonts_of_streamlit(page) == []
    if width == 390:
        assert hard_to_touch(page) == []


def test_no_column_of_the_list_is_cut_or_overrun_at_any_width(traded: Served, desk: Page) -> None:
    desk.goto(traded.url)
    expect(desk.locator(PAGES[""]).first).to_be_visible()

    for width in (1440, 1366, 1280, 1180, 1024, 920):
        desk.set_viewport_size({"width": width, "height": 900})
        assert cut_or_overrun(desk) == [], width
        expect(desk.locator(".positions .cell.protection").last).to_be_visible()
        assert sideways_scroll(desk) == 0


@pytest.mark.parametrize("colours", BACKGROUNDS)
def test_panel_its_menus_and_its_dialogs_are_accessible(traded: Served, open_page: OpenPage, colours: Colours) -> None:
    desk = open_page(1440, colours)
    desk.goto(traded.url)
    desk.locator(".position").first.click()
    expect(desk.locator(".panel canvas").first).to_be_visible()
    assert findings(desk, RULES[colours]) == []

    for menu in ("heading_more", "panel_more"):
        button = desk.locator(f".st-key-{menu} button").first
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(desk.get_by_test_id("stPopoverBody")).to_be_visible()
        assert findings(desk, RULES[colours]) == []
        desk.keyboard.press("Escape")
        expect(button).to_have_attribute("aria-expanded", "false")

    for name in ("Edit stop and target", "Close now"):
        desk.get_by_role("button", name=name).click()
        expect(desk.get_by_role("dialog")).to_be_visible()
        expect(desk.get_by_role("dialog").locator("..")).to_have_css("background-color", SHEETS[colours])
        assert findings(desk, RULES[colours]) == []
        desk.keyboard.press("Escape")
        expect(desk.get_by_role("dialog")).to_have_count(0)
