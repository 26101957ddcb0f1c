"""The table of open positions lives without moving: live prices for a while, watched by the browser itself."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import Served
from tests.browser.trading_day import TradingDay
from tests.browser.visitors import ALL_JOURNEYS, new_visitor

pytestmark = pytest.mark.slow

WATCHED_MILLISECONDS = 30_000 if ALL_JOURNEYS else 8_000
MANY_IN_VAIN = 10
WATCH = """
() => {
  const main = document.querySelector("[data-testid=stMain]");
  window.seen = { moved: [], texts: 0 };
  const isRow = (node) => node.nodeType === 1 && (node.matches(".position, .positions, .grid") ||
    node.querySelector(".position") !== null);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.target.closest?.(".position")) window.seen.texts += 1;
      for (const node of [...change.addedNodes, ...change.removedNodes]) {
        if (isRow(node)) window.seen.moved.push(node.className);
      }
    }
  }).observe(main, { childList: true, subtree: true, characterData: true });
}
"""
# The page's first line begins below the words that no news comes.
# On a phone an open panel takes the place of the figures on top.
CLEAR_OF_THE_WORDS = """
() => {
  const drawn = [...document.querySelectorAll(".st-key-summary, .st-key-side")].filter((part) => part.offsetHeight > 0);
  const words = document.querySelector(".status .lost").getBoundingClientRect();
  return drawn.length > 0 && drawn.every((part) => part.getBoundingClientRect().top > words.bottom);
}
"""
# Presses a row in the moment in which it is drawn.
PRESS_AT_ONCE = """
new MutationObserver((_, observer) => {
  const row = document.querySelectorAll(".position")[PLACE];
  if (!row) return;
  observer.disconnect();
  row.click();
}).observe(document, { childList: true, subtree: true })
"""
# What a table shows after a move of the price that nobody expected.
LARGE_WORDS = """
rows => rows.map((row) => {
  const cell = row.querySelector(".result");
  cell.querySelector(".first").textContent = "\u221212\u202f345.67";
  cell.querySelector(".second").textContent = "\u22121\u202f234.5\u202f% \u00b7 \u221212.35\u202fR";
  return cell.scrollWidth - cell.clientWidth;
})
"""


@pytest.fixture
def table(trading: Served, shared_desk: Page) -> Page:
    """Give Positions with its six rows, on a page that the tests share."""
    if not shared_desk.url.startswith(trading.url):
        shared_desk.goto(trading.url)
    expect(shared_desk.locator(".position:visible")).to_have_count(6)
    return shared_desk


@pytest.fixture(scope="module")
def trading(served: Served) -> Iterator[Served]:
    """Give the server with six positions; the prices are on hold, so that none of them closes meanwhile."""
    day = TradingDay(served, random.Random(1))
    day.open_trades()
    yield served
    day.close()


@contextmanager
def walking(trading: Served) -> Iterator[None]:
    """Let the prices walk for a while: for long, and one of the positions would meet its stop."""
    trading.control("prices", {"mode": "walk"})
    yield
    trading.control("prices", {"mode": "hold"})


def test_nothing_is_replaced_moved_or_scrolled_while_it_is_watched(trading: Served, desk: Page) -> None:
    desk.set_viewport_size({"width": 1440, "height": 420})
    desk.goto(trading.url)
    rows = desk.locator(".position")
    expect(rows).to_have_count(6)
    result = desk.locator(".positions .head .result")
    result.get_by_role("button").click()
    desk.get_by_role("searchbox", name="Filter open positions").fill("usdt")
    rows.nth(2).click()
    expect(desk.locator(".panel canvas").first).to_be_visible()
    desk.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 120)")
    order = "rows => rows.map(row => row.dataset.position)"
    before = rows.evaluate_all(order)
    chosen = desk.locator(".position[aria-selected=true]").get_attribute("data-position")
    desk.evaluate(WATCH)

    with walking(trading):
        desk.wait_for_timeout(WATCHED_MILLISECONDS)
        desk.wait_for_function("() => window.seen.texts > 20")

    assert desk.evaluate("window.seen.moved") == []
    assert rows.evaluate_all(order) == before
    expect(desk.locator(".position[aria-selected=true]")).to_have_attribute("data-position", chosen or "")
    expect(result).to_have_attribute("aria-sort", "descending")
    expect(desk.get_by_role("searchbox", name="Filter open positions")).to_have_value("usdt")
    assert desk.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 120


def test_first_press_on_the_row_chosen_by_itself_keeps_its_panel_and_the_second_closes_it(
    trading: Served, desk: Page
) -> None:
    desk.goto(trading.url)
    first = desk.locator(".position").first
    pair = first.locator(".pair b").inner_text()
    expect(desk.locator(".panel .panel-head")).to_contain_text(pair)
    expect(desk).not_to_have_url(re.compile("position="))

    first.click()
    expect(desk).to_have_url(re.compile(r"[?&]position=\d+"))
    expect(first).to_have_attribute("aria-selected", "true")
    expect(desk.locator(".panel .panel-head")).to_contain_text(pair)

    first.click()
    expect(desk.locator(".panel")).to_have_count(0)
    expect(desk).not_to_have_url(re.compile("position="))
    expect(first).to_have_attribute("aria-selected", "false")


@pytest.mark.parametrize("place", [0, 1])
def test_a_row_pressed_as_it_comes_is_the_one_that_opens(trading: Served, desk: Page, place: int) -> None:
    desk.add_init_script(PRESS_AT_ONCE.replace("PLACE", str(place)))
    desk.goto(trading.url)

    row = desk.locator(".position").nth(place)
    expect(desk).to_have_url(re.compile(r"[?&]position=\d+"))
    expect(row).to_have_attribute("aria-selected", "true")
    expect(desk.locator(".panel .panel-head")).to_contain_text(row.locator(".pair b").inner_text())
    assert desk.url.endswith(f"position={row.get_attribute('data-position')}")


def test_filter_hides_what_does_not_fit(table: Page) -> None:
    filtering = table.get_by_role("searchbox", name="Filter open positions")

    filtering.fill("btc long")

    expect(table.locator(".position:visible")).to_have_count(1)
    expect(table.locator(".position:visible")).to_contain_text("BTC/USDT")
    filtering.fill("")
    expect(table.locator(".position:visible")).to_have_count(6)


def test_phone_shows_the_panel_from_its_top_and_comes_back_to_where_it_was(trading: Served, phone: Page) -> None:
    phone.goto(trading.url)
    rows = phone.locator(".position")
    expect(rows).to_have_count(6)
    rows.last.scroll_into_view_if_needed()

    rows.last.tap()

    back = phone.get_by_role("button", name="Back to all positions")
    expect(back).to_be_in_viewport()

    back.tap()

    expect(rows.last).to_be_in_viewport()


def test_tab_key_stops_once_in_the_list_and_arrows_go_on_from_there(table: Page) -> None:
    rows = table.locator(".position")
    last_title = table.locator(".positions .head .protection").get_by_role("button")
    last_title.focus()

    table.keyboard.press("Tab")
    expect(rows.nth(0)).to_be_focused()
    table.keyboard.press("ArrowDown")
    table.keyboard.press("ArrowDown")
    expect(rows.nth(2)).to_be_focused()
    table.keyboard.press("Shift+Tab")
    expect(last_title).to_be_focused()
    table.keyboard.press("Tab")
    expect(rows.nth(2)).to_be_focused()
    table.keyboard.press("End")
    expect(rows.nth(5)).to_be_focused()
    table.keyboard.press("Tab")

    assert not table.evaluate("document.activeElement.closest('.positions')")


def test_table_that_missed_an_update_asks_for_all_of_it(trading: Served, table: Page) -> None:
    row = table.locator(".position", has_text="BTC/USDT").first
    expect(row).to_be_visible()

    table.locator(".positions").evaluate("table => { table.number = -1; table.values.clear(); }")

    with walking(trading):
        table.wait_for_function("() => document.querySelector('.positions').number > 0")
    expect(row).to_contain_text("LONG 20×")


def test_ticked_positions_are_offered_to_be_closed_together(trading: Served, desk: Page) -> None:
    desk.goto(trading.url)
    rows = desk.locator(".position")
    expect(rows).to_have_count(6)
    desk.get_by_role("button", name="Back to all positions").click()
    expect(desk.locator(".panel")).to_have_count(0)
    desk.locator(".st-key-heading_more button").first.click()
    desk.get_by_role("button", name="Select several").click()

    rows.nth(0).get_by_role("checkbox").check()
    rows.nth(1).click()
    desk.get_by_role("button", name="Close 2 selected").click()

    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("Closing 2 positions at the market price now will give about")
    dialog.get_by_role("button", name="Keep them open").click()
    expect(dialog).to_have_count(0)
    expect(rows).to_have_count(6)


@pytest.mark.parametrize("first", [".st-key-summary", ".st-key-side"])
def test_page_that_hears_no_more_of_the_bot_says_so(trading: Served, desk: Page, first: str) -> None:
    desk.goto(trading.url)
    expect(desk.locator(".position")).to_have_count(6)
    expect(desk.locator(".panel canvas").first).to_be_visible()
    if first == ".st-key-summary":
        desk.get_by_role("button", name="Back to all positions").click()
        expect(desk.locator(".panel")).to_have_count(0)

    with trading.frozen():
        expect(desk.locator(".status .lost")).to_contain_text("No news from the bot")
        expect(desk.locator(".st-key-summary")).to_be_visible()
        desk.wait_for_function(CLEAR_OF_THE_WORDS)
        desk.set_viewport_size({"width": 390, "height": 844})
        expect(desk.locator(first)).to_be_visible()
        desk.wait_for_function(CLEAR_OF_THE_WORDS)

    expect(desk.locator(".status .lost")).to_be_hidden()


def test_a_percentage_of_four_digits_stays_in_its_column_at_each_width(table: Page) -> None:
    rows = table.locator(".position:visible")
    # With room for it there is the panel of the first beside them.
    for width in (1440, 1280):
        table.set_viewport_size({"width": width, "height": 900})
        expect(table.locator(".panel")).to_be_visible()
        expect(rows).to_have_count(6)
        assert rows.evaluate_all(LARGE_WORDS) == [0] * 6, width

    table.get_by_role("button", name="Back to all positions").click()
    expect(table.locator(".panel")).to_have_count(0)
    for width in (920, 390):
        table.set_viewport_size({"width": width, "height": 900})
        expect(rows).to_have_count(6)
        assert rows.evaluate_all(LARGE_WORDS) == [0] * 6, width
    table.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.skipif(not ALL_JOURNEYS, reason="ends the server and starts it again")
def test_a_server_that_is_gone_is_told_in_our_words_alone_and_found_again(trading: Served, chromium: Browser) -> None:
    desk = new_visitor(chromium).new_page()  # the browser's console may say that the server is gone
    desk.goto(trading.url)
    expect(desk.locator(".position")).to_have_count(6)
    in_vain: list[str] = []
    desk.on("requestfailed", lambda request: in_vain.append(request.url))

    trading.stop()
    expect(desk.locator(".status .lost")).to_contain_text("No news from the bot")
    while len(in_vain) < MANY_IN_VAIN:  # Streamlit gives up hope of the server meanwhile
        desk.wait_for_event("requestfailed")

    expect(desk.get_by_role("dialog")).to_have_count(0)
    expect(desk.locator(".position")).to_have_count(6)
    trading.start()
    expect(desk.locator(".status .lost")).to_be_hidden()
    expect(desk.locator(".position")).to_have_count(6)
    desk.context.close()
