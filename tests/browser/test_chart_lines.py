"""Stop and target are moved on the chart, with mouse, finger and keys; it asks once and sends an edit."""

import re
from contextlib import suppress
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.seeing import choose, number_field, open_sample_trade, position
from tests.browser.serving import Served
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

ROOM = 24  # pixels that a line is moved by


def handle(page: Page, name: str) -> Locator:
    """Return what a line of the chart is moved by, once it is where the line is."""
    found = page.get_by_role("slider", name=name)
    expect(found).to_be_visible()
    return found


def middle(of: Locator) -> tuple[float, float]:
    """Return the middle of something on the page."""
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def spoken(of: Locator) -> tuple[Decimal, str]:
    """Return where a line is, and what it would bring there."""
    price, words, *_ = (of.get_attribute("aria-valuetext") or "").split(", ")
    return Decimal(price), words


def save(page: Page, served: Served, kind: str) -> Decimal:
    """Save what the dialog asks about and return where the order rests then."""
    before = served.trigger_price("BTCUSDT", kind)
    page.get_by_role("dialog").locator(".send-button > button").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_function("() => !document.querySelector('[role=slider][hidden]')")

    def elsewhere() -> Decimal | None:
        with suppress(ValueError):  # while it is moved two of them rest, or none
            now = served.trigger_price("BTCUSDT", kind)
            return now if now != before else None
        return None

    return eventually(elsewhere, "the order where it was moved to", within=60)


def test_a_stop_dragged_with_the_mouse_is_asked_about_once_and_sent_as_an_edit(served: Served, desk: Page) -> None:
    desk.goto(served.url)
    open_sample_trade(desk)  # the first position's chart is there by itself
    stop = handle(desk, "Stop loss")
    placed, said = spoken(stop)
    assert said == "Stop −10.00. Enter keeps it"

    x, y = middle(stop)
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x, y + ROOM, steps=4)
    moved, said = spoken(stop)
    assert moved < placed
    loss = re.fullmatch(r"Stop −([\d.]+)\. Enter keeps it", said)
    assert loss is not None
    desk.mouse.up()

    expect(desk.get_by_role("dialog").get_by_text("Edit stop and target")).to_be_visible()
    expect(number_field(desk, "Stop loss, USDT")).to_have_value(re.compile(re.escape(loss[1].rstrip("0").rstrip("."))))
    assert save(desk, served, "STOP_MARKET") == moved


def test_a_line_that_is_let_go_where_it_was_asks_nothing(served: Served, desk: Page) -> None:
    desk.goto(served.url)
    open_sample_trade(desk)
    target = handle(desk, "Take profit")
    placed = spoken(target)

    target.focus()
    target.press("ArrowUp")
    assert spoken(target) != placed
    target.press("Escape")

    assert spoken(target) == placed
    expect(desk.get_by_role("dialog")).to_have_count(0)


def test_a_target_is_moved_with_the_keys(served: Served, desk: Page) -> None:
    desk.goto(served.url)
    open_sample_trade(desk)
    target = handle(desk, "Take profit")

    target.focus()
    target.press("ArrowUp")
    target.press("PageUp")
    moved, _ = spoken(target)
    target.press("Enter")

    expect(desk.get_by_role("dialog").get_by_text("Edit stop and target")).to_be_visible()
    assert save(desk, served, "TAKE_PROFIT_MARKET") == moved


def test_a_stop_is_dragged_with_a_finger(served: Served, phone: Page) -> None:
    phone.goto(served.url)
    open_sample_trade(phone)
    position(phone).tap()
    stop = handle(phone, "Stop loss")
    placed, _ = spoken(stop)
    box = stop.bounding_box()
    assert box is not None
    assert box["height"] >= 44

    x, y = middle(stop)
    finger = phone.context.new_cdp_session(phone)
    for kind, down in (("touchStart", 0), ("touchMove", ROOM / 2), ("touchMove", ROOM)):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y + down}]})
    assert spoken(stop)[0] < placed
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    expect(phone.get_by_role("dialog").get_by_text("Edit stop and target")).to_be_visible()
    phone.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)


def test_lines_of_the_form_set_its_amounts(served: Served, desk: Page) -> None:
    desk.goto(f"{served.url}/new_trade")
    choose(desk, "Pair", "ETH/USDT")
    expect(desk.get_by_role("button", name="Open LONG ETH/USDT")).to_be_enabled()
    stop = handle(desk, "Stop loss")

    x, y = middle(stop)
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x, y + ROOM, steps=4)
    desk.mouse.up()

    expect(number_field(desk, "Stop loss, USDT")).not_to_have_value("10")
    lost = Decimal(number_field(desk, "Stop loss, USDT").input_value())
    assert lost > 10
    expect(desk.get_by_text(f"You risk {int(lost)}.")).to_be_visible()


def test_a_trailing_step_is_dragged_on_the_form_and_moves_an_open_trade(served: Served, desk: Page) -> None:
    desk.goto(f"{served.url}/new_trade")
    section = desk.locator(".st-key-trade_exits")
    section.get_by_text("Exits that move").click()
    section.get_by_text("Trailing stop: follow the best price").click()
    section.get_by_text("Begin only once it has won something").click()
    begins = number_field(desk, "Begin at a profit of, USDT")
    expect(begins).to_have_value("5")
    step = handle(desk, "Trails at")
    step.scroll_into_view_if_needed()
    before, _ = spoken(step)

    x, y = middle(step)
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x, y - ROOM / 3, steps=4)  # not as far as the target, where it would never begin
    moved, _ = spoken(step)
    desk.mouse.up()

    assert moved > before
    expect(begins).not_to_have_value("5")
    expect(desk.locator("section.exits")).to_contain_text("the stop trails")


def test_a_trailing_step_is_dragged_on_the_chart_of_an_open_trade(served: Served, desk: Page) -> None:
    desk.goto(served.url)
    open_sample_trade(desk)
    desk.get_by_role("button", name="Edit stop and target").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_text("Exits that move").click()
    dialog.get_by_text("Trailing stop: follow the best price").click()
    dialog.get_by_text("Begin only once it has won something").click()
    expect(number_field(desk, "Begin at a profit of, USDT")).to_have_value("5")
    dialog.locator(".send-button > button").click()
    expect(dialog).to_have_count(0)
    step = handle(desk, "Trails at")
    before, said = spoken(step)
    assert said == "Trails from here. Enter keeps it"

    x, y = middle(step)
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x, y - ROOM / 2, steps=4)
    moved, said = spoken(step)
    won = re.fullmatch(r"Trails at \+([\d.]+)\. Enter keeps it", said)
    assert won is not None
    assert moved > before
    desk.mouse.up()

    expect(number_field(desk, "Begin at a profit of, USDT")).to_have_value(won[1].rstrip("0").rstrip("."))
    dialog.locator(".send-button > button").click()
    expect(dialog).to_have_count(0)
    eventually(lambda: abs(spoken(handle(desk, "Trails at"))[0] - moved) < 1, "the step where it was let go", within=60)
    expect(desk.locator("section.exits")).to_contain_text("the stop begins to trail")
