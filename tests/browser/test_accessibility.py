"""No page has a serious or critical finding of axe-core, in light and in dark, at a desk and on a phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Colours, OpenPage
from tests.browser.seeing import open_sample_trade
from tests.browser.serving import Served

pytestmark = pytest.mark.slow

AXE = Path(__file__).parent / "vendor" / "axe.min.js"  # axe-core 4.10.3, MPL-2.0, unchanged
PAGES = ("", "new_trade", "history", "activity", "settings", "practice")
GRAVE = ("serious", "critical")


def findings(page: Page) -> list[str]:
    """Return what axe-core finds grave on the page, one line each."""
    page.add_script_tag(path=AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


@pytest.fixture(scope="module")
def traded(served: Served, contexts: Callable[[int, Colours], BrowserContext]) -> Served:
    """Give the server with the sample trade open."""
    page = contexts(1440, "light").new_page()
    page.goto(served.url)
    open_sample_trade(page)
    page.close()
    return served


def test_empty_page_is_accessible(served: Served, desk: Page) -> None:
    desk.goto(served.url)
    expect(desk.get_by_role("button", name="Open a sample trade")).to_be_visible()

    assert findings(desk) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible(traded: Served, open_page: OpenPage, path: str, colours: Colours) -> None:
    page = open_page(1440, colours)
    page.goto(f"{traded.url}/{path}")
    expect(page.locator(".status .word")).to_have_text("Trading")
    page.wait_for_timeout(1500)  # charts and tables arrive after the text

    assert findings(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible_on_a_phone(traded: Served, phone: Page, path: str) -> None:
    phone.goto(f"{traded.url}/{path}")
    expect(phone.locator(".status .word")).to_have_text("Trading")
    phone.wait_for_timeout(1500)  # charts and tables arrive after the text

    assert findings(phone) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_panel_its_menus_and_its_dialogs_are_accessible(traded: Served, open_page: OpenPage, colours: Colours) -> None:
    page = open_page(1440, colours)
    page.goto(traded.url)
    page.locator(".position").first.click()
    expect(page.locator(".panel canvas").first).to_be_visible()
    assert findings(page) == []

    for menu in ("heading_more", "panel_more"):
        button = page.locator(f".st-key-{menu} button").first
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        assert findings(page) == []
        page.keyboard.press("Escape")
        expect(button).to_have_attribute("aria-expanded", "false")

    for name in ("Edit stop and target", "Close now"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert findings(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
