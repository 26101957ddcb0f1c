"""A person opens a trade through the form, watches it, sees it close at its target and open again."""

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.seeing import choose, figure, fill, go_to, position, press_open, usdt
from tests.browser.serving import Served
from tests.browser.truth import made_on_the_exchange

pytestmark = pytest.mark.slow

PAIR = "BTCUSDT"
D = Decimal


@pytest.fixture
def own_trade(served: Served, open_page: OpenPage) -> Page:
    """Give the page on which a person has just opened a trade of their own, marked to notice a reload."""
    desk = open_page(motion="no-preference")  # as most people have it
    desk.goto(served.url)
    desk.evaluate("window.mark = 'the same page'")
    expect(desk.get_by_text("You are on the practice exchange")).to_be_visible()
    go_to(desk, "New trade")
    expect(desk.get_by_text("Ready to open")).to_be_visible()
    fill(desk, "Margin (your money), USDT", "200")
    fill(desk, "Leverage", "10")
    fill(desk, "Take profit, USDT", "12")
    fill(desk, "Stop loss, USDT", "9")
    choose(desk, "Wait", "1 minute")
    expect(desk.get_by_text("You risk 9.00 to make 12.00 USDT")).to_be_visible()
    press_open(desk, "Open LONG BTC/USDT")
    expect(position(desk)).to_contain_text("Protected")
    return desk


def test_a_trade_lives_as_it_was_asked_for(served: Served, own_trade: Page, tmp_path: Path) -> None:
    row, result = position(own_trade), position(own_trade).locator(".result .first")
    expect(row).to_contain_text("LONG 10×")
    expect(row.locator(".bar .stop")).to_contain_text("\u22129.00")
    expect(row.locator(".bar .target")).to_contain_text("+12.00")
    expect(row.locator(".open .second")).to_have_text("1st trade of this plan")

    before = result.inner_text()
    entry = served.mark_price(PAIR)
    served.set_price(PAIR, entry * D("1.002") // D("0.1") * D("0.1"))
    expect(result).not_to_have_text(before)
    expect(result).to_have_text(re.compile(r"^\+"))
    served.set_price(PAIR, entry * D("0.999") // D("0.1") * D("0.1"))
    expect(result).to_have_text(re.compile("^\u2212"))

    served.set_price(PAIR, served.trigger_price(PAIR, "TAKE_PROFIT_MARKET"))
    expect(own_trade.get_by_role("heading", name="Waiting to open again")).to_be_visible()
    made = made_on_the_exchange(served)
    closed = f"Closed by take-profit, {usdt(made)} USDT after fees"
    expect(own_trade.locator(".st-key-waiting").get_by_text(closed)).to_be_visible()
    expect(own_trade.locator(".messages").get_by_text(closed)).to_be_visible()
    countdown = own_trade.locator(".countdown")
    expect(countdown).to_have_text(re.compile(r"^in 0:\d\d$"))
    shown = countdown.inner_text()
    expect(countdown).not_to_have_text(shown)

    go_to(own_trade, "History")
    expect(figure(own_trade, "Result after fees")).to_have_text(usdt(made))
    line = own_trade.locator(".st-key-history_trades tbody tr")
    expect(line).to_have_count(1)
    expect(line.locator(".why")).to_have_text("Take-profit")
    expect(line.locator(".result .first")).to_have_text(usdt(made))
    assert exported(own_trade, tmp_path) == [("TP", made)]

    served.control("clock", {"advance_seconds": 60})
    go_to(own_trade, "Positions")
    expect(position(own_trade).locator(".open .second")).to_have_text("2nd trade of this plan")
    expect(own_trade.get_by_role("heading", name="Waiting to open again")).to_have_count(0)
    assert own_trade.evaluate("window.mark") == "the same page"


def exported(page: Page, folder: Path) -> list[tuple[str, Decimal]]:
    """Return reason and exact result of every line of the file that Export gives."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, for any program").click()
    download.value.save_as(folder / "history.csv")
    with (folder / "history.csv").open(newline="") as file:
        return [(row["reason"], D(row["net_usdt"])) for row in csv.DictReader(file)]
