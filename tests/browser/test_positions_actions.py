"""What a person does to open positions, through to the exchange: close, move the stop, adopt what is external."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seeing import figure, fill, go_to, open_sample_trade, position, usdt
from tests.browser.serving import Served
from tests.browser.truth import made_on_the_exchange
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow


def held(served: Served, symbol: str) -> Decimal:
    """Return what the exchange says is open on a pair, LONG."""
    rows = [row for row in served.ledger()["positions"] if (row["symbol"], row["positionSide"]) == (symbol, "LONG")]
    return sum((Decimal(row["positionAmt"]) for row in rows), Decimal(0))


@pytest.fixture
def panel(served: Served, shared_desk: Page) -> Page:
    """Give the page with the sample trade's panel open; the tests share it."""
    if not shared_desk.url.startswith(served.url):
        shared_desk.goto(served.url)
    row = open_sample_trade(shared_desk)
    if row.get_attribute("aria-selected") != "true":
        row.click()
    expect(shared_desk.locator(".panel canvas").first).to_be_visible()
    return shared_desk


def test_closed_by_hand_after_a_question(served: Served, desk: Page) -> None:
    desk.goto(served.url)
    open_sample_trade(desk).click()

    desk.get_by_role("button", name="Close now").click()
    question = desk.get_by_role("dialog")
    expect(question).to_contain_text(re.compile("will give about \u2212\\d+\\.\\d\\d USDT after fees"))
    expect(question).to_contain_text("It is not opened again.")
    question.get_by_role("button", name="Keep it open").click()
    expect(question).to_have_count(0)
    expect(position(desk)).to_contain_text("Protected")

    desk.get_by_role("button", name="Close now").click()
    question.get_by_role("button", name="Close now").click()
    expect(position(desk)).to_have_count(0)
    expect(desk.get_by_text("Nothing is open")).to_be_visible()
    expect(desk.get_by_role("heading", name="Waiting to open again")).to_have_count(0)

    # One message, from the wish to what became of it, in a lane that the page's end can be scrolled clear of.
    closed = desk.locator(".message", has_text="Closed by you")
    expect(closed).to_have_count(1)
    expect(desk.locator(".message", has_text="is being closed")).to_have_count(0)
    statement = closed.get_by_role("link", name="Statement")
    expect(statement).to_have_attribute("href", re.compile(r"/history\?statement=\d+$"))
    closed.hover()
    room = "() => parseFloat(getComputedStyle(document.querySelector('.stMainBlockContainer')).marginBottom)"
    assert desk.evaluate(room) == desk.locator(".messages").evaluate("(lane) => lane.offsetHeight")

    go_to(desk, "History")
    expect(closed).to_have_count(1)
    closed.get_by_role("button", name="Dismiss this message").click()
    go_to(desk, "Positions")
    go_to(desk, "History")
    expect(closed).to_have_count(0)
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

    phone.get_by_role("button", name="Limits").tap()
    expect(phone.locator(".st-key-settings_limits").get_by_text("Limits", exact=True)).to_be_in_viewport()
    tabs.get_by_role("link", name="Positions", exact=True).click()
    expect(card).to_be_visible()

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


def test_stop_is_moved_by_what_it_may_cost(served: Served, panel: Page) -> None:
    panel.get_by_role("button", name="Edit stop and target").click()
    dialog = panel.get_by_role("dialog")
    field = dialog.get_by_role("textbox", name="Stop loss, USDT")
    field.fill("6")
    field.press("Enter")
    expect(dialog.get_by_role("button", name="Save")).to_be_enabled()
    lands = dialog.locator(".facts > div", has_text="At the stop").locator(".down")
    expect(lands).to_contain_text("−6.00")

    dialog.get_by_role("button", name="Save").click()

    expect(panel.locator(".panel .facts > div", has_text="Stop")).to_contain_text("−6.00")


def test_menu_makes_way_for_the_question_that_it_asks(panel: Page) -> None:
    panel.locator(".st-key-panel_more button").click()
    choice = panel.get_by_role("button", name="Change the next trade")

    choice.click()

    dialog = panel.get_by_role("dialog", name="Change the next trade")
    expect(dialog).to_be_visible()
    expect(choice).to_have_count(0)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(choice).to_have_count(0)


def test_half_is_closed_and_the_rest_stays_protected(served: Served, panel: Page) -> None:
    before = held(served, "BTCUSDT")
    panel.get_by_role("button", name="Close now").click()
    panel.get_by_role("dialog").get_by_role("button", name="50").or_(
        panel.get_by_role("dialog").get_by_role("radio", name="50")
    ).first.click()

    panel.get_by_role("button", name="Close 50").click()

    rest = before - before / 2 // Decimal("0.001") * Decimal("0.001")
    expect(panel.locator(".panel .facts")).to_contain_text(f"{rest.normalize()} BTC")
    expect(panel.locator(".position").first).to_contain_text("Protected")
    assert held(served, "BTCUSDT") == rest


def test_what_somebody_else_added_is_left_alone_then_closed(served: Served, panel: Page) -> None:
    before = held(served, "BTCUSDT")
    served.control(
        "position",
        {"account": "practice", "symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG", "quantity": "0.004"},
    )
    shared = panel.locator(".st-key-external_quantities")
    expect(shared).to_contain_text("0.004 BTC is not the bot's")
    banner, summary = (panel.locator(f".st-key-{key}").bounding_box() for key in ("banner", "summary"))
    assert banner and summary and banner["y"] + banner["height"] <= summary["y"], "the banner pushes the page down"
    shared.get_by_role("button", name="Ignore").click()
    panel.get_by_role("dialog").get_by_role("button", name="Ignore it").click()
    # Said further down the page than asked: for a moment both may be drawn.
    left = panel.locator(".st-key-external_quantities", has_text="0.004 BTC is left alone")
    left.get_by_role("button", name="Close").click()
    panel.get_by_role("dialog").get_by_role("button", name="Close it").click()

    expect(shared).to_have_count(0)
    assert held(served, "BTCUSDT") == before


def test_external_position_is_adopted_and_gets_a_stop(served: Served, panel: Page) -> None:
    served.control(
        "position",
        {"account": "practice", "symbol": "SOLUSDT", "side": "BUY", "positionSide": "LONG", "quantity": "5"},
    )
    panel.locator(".st-key-external_positions").get_by_role("button", name="Adopt").click()

    panel.get_by_role("button", name="Adopt it").click()

    adopted = panel.locator(".position", has_text="SOL/USDT")
    expect(adopted).to_contain_text("Protected")
    assert served.trigger_price("SOLUSDT", "STOP_MARKET") < served.mark_price("SOLUSDT")


def test_everything_is_closed_from_the_header_of_another_page(served: Served, panel: Page) -> None:
    go_to(panel, "History")
    panel.get_by_role("button", name="Close everything and stop").click()
    question = panel.get_by_role("dialog", name="Close everything and stop?")
    expect(question).to_contain_text(
        re.compile(r"This closes \d positions at the market price now and will give about")
    )
    expect(question).to_contain_text("Nothing new opens until you press Resume opening on Positions.")

    question.get_by_role("button", name="Close everything and stop").click()

    expect(question).to_have_count(0)
    eventually(lambda: not served.ledger()["positions"], "nothing open on the exchange", within=60)
    go_to(panel, "Positions")
    expect(panel.get_by_text("Nothing is open")).to_be_visible()
    expect(panel.get_by_role("heading", name="Waiting to open again")).to_have_count(0)
    assert not [row for row in served.ledger()["algoOrders"] if row["algoStatus"] == "NEW"]
    panel.reload()
    panel.get_by_role("button", name="Resume opening").click()
    expect(panel.get_by_role("button", name="Stop new trades")).to_be_visible()


def test_a_days_limit_that_is_lost_is_said_alike_everywhere(served: Served, panel: Page) -> None:
    served.control(
        "position",
        {"account": "practice", "symbol": "ETHUSDT", "side": "BUY", "positionSide": "LONG", "quantity": "1"},
    )
    panel.locator(".st-key-external_positions").get_by_role("button", name="Adopt").click()
    panel.get_by_role("button", name="Adopt it").click()
    expect(panel.locator(".position", has_text="ETH/USDT")).to_contain_text("Protected")
    today = figure(panel, "Today's P/L, USDT").inner_text().replace("\u2212", "-").replace("\u202f", "")
    go_to(panel, "Settings")
    limits = panel.locator(".st-key-settings_limits")
    fill(panel, "Loss per day, USDT", str(max(-Decimal(today), Decimal(0)) + 5))
    limits.get_by_role("button", name="Save limits").click()
    expect(panel.get_by_text("Your limits hold from now on.")).to_be_visible()
    expect(panel.locator(".st-key-banner .notice")).to_have_count(0)

    served.set_price("ETHUSDT", served.trigger_price("ETHUSDT", "STOP_MARKET"))

    expect(panel.locator(".st-key-banner")).to_contain_text("No new trades: Loss per day")
    panel.reload()
    expect(limits.get_by_role("meter", name="Loss per day")).to_have_attribute("aria-valuenow", "100")
    said = limits.locator(".limit-use.reached p").first.inner_text()
    expect(panel.locator(".st-key-banner")).to_contain_text(said)
    go_to(panel, "New trade")
    expect(panel.locator(".refusal").first).to_contain_text(said)
    expect(panel.locator(".st-key-banner")).to_contain_text(said)
