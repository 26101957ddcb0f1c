"""Closing by hand, with its question, at a desk and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seeing import figure, go_to, open_sample_trade, position, usdt
from tests.browser.serving import Served
from tests.browser.truth import made_on_the_exchange

pytestmark = pytest.mark.slow


def test_closed_by_hand_after_a_question(served: Served, desk: Page) -> None:
    desk.goto(served.url)
    open_sample_trade(desk).click()

    desk.get_by_role("button", name="Close now").click()
    question = desk.get_by_role("dialog")
    expect(question).to_contain_text(re.compile("lands about \u2212\\d+\\.\\d\\d USDT after fees"))
    expect(question).to_contain_text("It is not opened again.")
    question.get_by_role("button", name="Keep it open").click()
    expect(question).to_have_count(0)
    expect(position(desk)).to_contain_text("Protected")

    desk.get_by_role("button", name="Close now").click()
    question.get_by_role("button", name="Close now").click()
    expect(position(desk)).to_have_count(0)
    expect(desk.get_by_text("Nothing is open")).to_be_visible()
    expect(desk.get_by_role("heading", name="Waiting to open again")).to_have_count(0)

    go_to(desk, "History")
    expect(figure(desk, "Result after fees")).to_have_text(usdt(made_on_the_exchange(served)))
    expect(desk.locator(".st-key-history_trades tbody tr").first).to_contain_text("Closed by you")


def test_on_a_phone_by_tabs_card_and_panel(served: Served, phone: Page) -> None:
    phone.goto(served.url)
    card = open_sample_trade(phone)
    tabs = phone.locator(".st-key-links_tabs")
    for name, words in (
        ("New", "Start from"),
        ("History", "Result after fees"),
        ("Activity", "Today"),
        ("Settings", "Binance keys"),
        ("Positions", "Open positions"),
    ):
        tabs.get_by_role("link", name=name, exact=True).click()
        expect(phone.get_by_text(words, exact=name == "History").first).to_be_visible()

    expect(phone.locator(".positions .head")).to_be_hidden()
    box = card.bounding_box()
    assert box is not None
    assert box["height"] > 100
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390

    card.tap()
    expect(phone.locator(".panel .facts")).to_be_visible()
    expect(card).to_be_hidden()
    phone.get_by_role("button", name="Back to all positions").tap()
    expect(card).to_be_visible()
    expect(phone.locator(".panel")).to_have_count(0)
