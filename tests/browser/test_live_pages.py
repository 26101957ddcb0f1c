"""What only a browser can show: rows that stay while their numbers change, keys, focus, and the phone's layout."""

import json
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import Served

pytestmark = pytest.mark.slow


def btc_price(served: Served) -> float:
    address = f"http://127.0.0.1:{served.practice_port}/fapi/v1/premiumIndex?symbol=BTCUSDT"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return float(json.load(answer)["markPrice"])


@pytest.fixture
def with_position(served: Served, desk: Page) -> Served:
    """Give the server with the sample trade open."""
    desk.goto(served.url)
    sample, row = desk.locator(".st-key-sample button"), desk.locator(".position")
    expect(sample.or_(row).first).to_be_visible()
    if sample.is_visible():
        sample.click()
    expect(row.first).to_be_visible()
    return served


def test_row_lives_on_while_its_numbers_change(with_position: Served, desk: Page) -> None:
    row = desk.locator(".position").first
    before = row.locator(".result .first").text_content()
    row.evaluate("row => { row.mark = 'the same element'; }")
    price = btc_price(with_position)

    with_position.control("price", {"symbol": "BTCUSDT", "price": f"{price * 1.0005:.1f}"})

    expect(row.locator(".result .first")).not_to_have_text(before or "")
    assert row.evaluate("row => row.mark") == "the same element"


def test_focus_and_scroll_stay_through_updates(with_position: Served, desk: Page) -> None:
    row = desk.locator(".position").first
    row.focus()
    desk.wait_for_timeout(2500)  # two updates of the live part

    assert row.evaluate("row => row === document.activeElement")


def test_position_is_chosen_and_left_with_the_keyboard(with_position: Served, desk: Page) -> None:
    row = desk.locator(".position").first
    row.focus()
    desk.keyboard.press("Enter")
    expect(desk.locator(".panel .facts dt")).to_have_text(["Target", "Stop", "Entry", "Liquidation", "Size"])
    expect(row).to_have_attribute("aria-selected", "true")
    expect(desk.locator(".panel canvas").first).to_be_visible()

    desk.keyboard.press("Escape")

    expect(desk.locator(".panel")).to_have_count(0)
    expect(row).to_have_attribute("aria-selected", "false")


def test_menu_of_the_header_is_opened_and_left_with_the_keyboard(with_position: Served, desk: Page) -> None:
    more, facts = desk.get_by_role("button", name="More about the bot"), desk.locator(".status .facts dt")
    more.focus()
    desk.keyboard.press("Enter")
    expect(facts).to_have_text(["Prices", "Last check", "Requests", "Clock", "Orders"])

    desk.wait_for_timeout(1500)  # an update of the live part
    expect(facts.first).to_be_visible()
    desk.keyboard.press("Escape")

    expect(facts.first).to_be_hidden()
    expect(more).to_be_focused()


WALK = """
() => {
  const on = document.activeElement;
  if (on.contains(document.querySelector("[data-testid=stMainBlockContainer]"))) return ["", true];
  const style = getComputedStyle(on);
  const shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const name = on.getAttribute("aria-label") ?? on.labels?.[0]?.textContent ?? on.textContent;
  return [(name ?? "").trim(), shown];
}
"""


def walked(page: Page, steps: int) -> list[tuple[str, bool]]:
    """Return what the Tab key leads to, in order: its name, and whether it shows that it has the focus."""
    places = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        name, shown = page.evaluate(WALK)
        places.append((str(name), bool(shown)))
    return places


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", ["New trade", "Practice", "More about the bot", "Pause opening", "Result, USDT", "BTC/USDT LONG 20×"]),
        ("new_trade", ["Careful", "Pair", "Stake, USDT", "Leverage", "Take profit, USDT", "Open SHORT BTC/USDT"]),
    ],
)
def test_everything_is_reached_with_the_tab_key_and_shows_it(
    with_position: Served, desk: Page, path: str, wanted: list[str]
) -> None:
    desk.goto(f"{with_position.url}/{path}")
    expect(desk.locator(".st-key-trade_verdict canvas" if path else ".position").first).to_be_visible()
    if path:
        desk.get_by_text("Short: earns if it falls").click()
        expect(desk.get_by_role("button", name="Open SHORT BTC/USDT")).to_be_enabled()
        desk.evaluate("document.activeElement.blur()")

    places = walked(desk, 60)

    found = [next((place for place, (name, _) in enumerate(places) if want in name), None) for want in wanted]
    assert None not in found, (wanted, found, places)
    assert [name for name, shown in places if name and not shown] == []


def test_chart_keeps_its_canvas_while_prices_move(with_position: Served, desk: Page) -> None:
    desk.locator(".position").first.click()
    canvas = desk.locator(".panel canvas").first
    expect(canvas).to_be_visible()
    canvas.evaluate("canvas => { canvas.mark = 'the same element'; }")

    desk.wait_for_timeout(2500)  # two updates of the live part

    assert canvas.evaluate("canvas => canvas.mark") == "the same element"


def test_phone_shows_cards_and_tabs_and_no_sideways_scroll(with_position: Served, phone: Page) -> None:
    phone.goto(with_position.url)
    expect(phone.locator(".position").first).to_be_visible()

    expect(phone.locator(".st-key-links_tabs a")).to_have_count(5)
    expect(phone.locator(".positions .head")).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_phone_panel_takes_the_page_and_leads_back(with_position: Served, phone: Page) -> None:
    phone.goto(with_position.url)
    phone.locator(".position").first.click()
    expect(phone.locator(".panel")).to_be_visible()
    expect(phone.locator(".position").first).to_be_hidden()

    phone.get_by_role("button", name="Back to all positions").click()

    expect(phone.locator(".position").first).to_be_visible()


@pytest.mark.parametrize("path", ["", "new_trade", "history", "activity", "settings", "practice"])
def test_no_page_is_wider_than_a_phone(with_position: Served, phone: Page, path: str) -> None:
    phone.goto(f"{with_position.url}/{path}")
    expect(phone.locator(".status .word")).to_have_text("Trading")
    phone.wait_for_timeout(1500)  # charts and tables arrive after the text

    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(phone.locator("[data-testid=stException]")).to_have_count(0)


def test_figures_are_tabular_and_fonts_come_from_here(with_position: Served, desk: Page) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))

    desk.goto(with_position.url)
    expect(desk.locator(".position").first).to_be_visible()

    style = desk.locator(".position .result .first").evaluate(
        "cell => [getComputedStyle(cell).fontVariantNumeric, getComputedStyle(cell).fontFamily]"
    )
    assert style[0] == "tabular-nums"
    assert "Inter" in style[1]
    assert [url for url in asked if not url.startswith((with_position.url, "data:", "blob:"))] == []


def test_trade_is_opened_from_the_form_and_shown(with_position: Served, desk: Page) -> None:
    desk.goto(f"{with_position.url}/new_trade")
    desk.get_by_text("Short: earns if it falls").click()
    button = desk.get_by_role("button", name="Open SHORT BTC/USDT")
    expect(button).to_be_enabled()

    button.click()

    expect(desk.locator(".position", has_text="SHORT 20×")).to_be_visible()


def test_sort_is_the_viewers_and_stays(with_position: Served, desk: Page) -> None:
    rows = desk.locator(".position")
    expect(rows).to_have_count(2)
    sides = desk.locator(".position .pair .second span:first-child")
    opened = sides.all_text_contents()
    head = desk.locator(".positions .head .open")

    head.get_by_role("button").click()  # longest open first, which is as opened
    head.get_by_role("button").click()  # shortest first

    expect(head).to_have_attribute("aria-sort", "ascending")
    desk.wait_for_timeout(2500)  # two updates of the live part
    assert sides.all_text_contents() == opened[::-1]


def test_activity_follows_and_leaves_opened_details_open(with_position: Served, desk: Page) -> None:
    desk.goto(f"{with_position.url}/activity")
    first = desk.locator(".journal .entry").filter(has=desk.get_by_role("button", name="Details")).first
    expect(first).to_be_visible()
    text = first.locator("div").inner_text()
    first.get_by_role("button", name="Details").click()
    opened = desk.locator(".journal .entry", has_text=text).filter(has=desk.locator("dl:not([hidden])"))
    expect(opened).to_have_count(1)
    opened.evaluate("entry => { entry.mark = 'the same element'; }")

    with_position.set_price("BTCUSDT", with_position.trigger_price("BTCUSDT", "STOP_MARKET"))

    expect(desk.locator(".journal .entry").first).to_contain_text("Closed by stop-loss")
    expect(opened).to_have_count(1)
    assert opened.evaluate("entry => entry.mark") == "the same element"
