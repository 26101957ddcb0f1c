"""Leaving a page while its timers still ask for parts of it: the new page stays whole."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seeing import choose, go_to, open_sample_trade, position
from tests.browser.serving import Served
from tests.browser.test_slow_line import SlowLine

pytestmark = pytest.mark.slow

LATE_MILLISECONDS = 2_600  # each of the page's timers goes off meanwhile


def test_opened_trade_is_shown_though_the_page_hears_of_it_late(served: Served, desk: Page) -> None:
    line = SlowLine(desk)
    desk.goto(served.url)
    open_sample_trade(desk)
    go_to(desk, "New trade")
    choose(desk, "Pair", "ETH/USDT")
    button = desk.get_by_role("button", name="Open LONG ETH/USDT")
    expect(button).to_be_enabled()

    line.held = True
    button.click()
    desk.wait_for_timeout(LATE_MILLISECONDS)
    line.release()

    for row in (position(desk, "ETH/USDT"), position(desk)):  # and again after every live part was drawn anew
        expect(row).to_contain_text("Protected")
        desk.wait_for_timeout(1_500)
