"""What stands in a number field is what is judged and sent, whatever is typed, however fast or late."""

import re

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.browser.seeing import choose, fill, go_to, number_field, open_sample_trade, position
from tests.browser.serving import Served
from tests.browser.visitors import new_visitor

pytestmark = pytest.mark.slow

TYPED = {"Margin (your money), USDT": "200", "Leverage": "10", "Take profit, USDT": "12", "Stop loss, USDT": "9"}
LATE_MILLISECONDS = 2_600  # each of the page's timers goes off meanwhile


class SlowLine:
    """Between the server and one page; while held, what the server says waits."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[tuple[WebSocketRoute, str | bytes]] = []
        self.held = False
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def release(self) -> None:
        """Let everything through that waits, and all that follows."""
        self.held = False
        for socket, message in self.waiting:
            socket.send(message)

    def _connect(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server().on_message(lambda message: self._said(socket, message))

    def _said(self, socket: WebSocketRoute, message: str | bytes) -> None:
        if self.held:
            self.waiting.append((socket, message))
        else:
            socket.send(message)


@pytest.fixture
def form(served: Served, desk: Page) -> Page:
    """Give New trade with its verdict."""
    desk.goto(f"{served.url}/new_trade")
    expect(desk.get_by_text("Ready to open")).to_be_visible()
    return desk


def under(page: Page, label: str) -> str:
    """Return the words under a field, once the server has read it."""
    read = page.locator(".number-field", has=number_field(page, label)).locator(".read")
    expect(read).not_to_have_text("…")
    return read.inner_text()


def test_no_key_is_lost_and_the_verdict_is_of_what_stands_there(form: Page) -> None:
    field, button = number_field(form, "Stop loss, USDT"), form.locator(".send-button > button")

    field.fill("")
    field.press_sequentially("30", delay=30)
    expect(form.get_by_text("You risk 30.00 to make")).to_be_visible()
    field.fill("−5")
    expect(form.get_by_text("You risk 5.00 to make")).to_be_visible()
    assert under(form, "Stop loss, USDT") == "a loss of 5.00 USDT"
    field.fill("0")

    expect(form.get_by_text("You risk")).to_have_count(0)
    expect(button).to_be_disabled()


def test_two_meanings_are_asked_about_with_a_press_for_each(form: Page) -> None:
    fill(form, "Stop loss, USDT", "1,000")

    expect(form.get_by_text("Do you mean 1000 or 1.000?").first).to_be_visible()
    expect(form.locator(".send-button > button")).to_be_disabled()
    form.get_by_role("button", name="1000", exact=True).click()

    assert under(form, "Stop loss, USDT") == "= 1\u202f000.00 USDT"


def test_button_waits_while_the_server_has_not_read_what_stands_there(served: Served, desk: Page) -> None:
    line = SlowLine(desk)
    desk.goto(f"{served.url}/new_trade")
    expect(desk.get_by_text("Ready to open")).to_be_visible()
    line.held = True

    number_field(desk, "Stop loss, USDT").fill("12")

    expect(desk.locator(".send-button > button")).to_be_disabled()
    expect(desk.get_by_text("Checking what you typed")).to_be_visible()
    line.release()
    expect(desk.get_by_text("You risk 12.00 to make")).to_be_visible()
    expect(desk.locator(".send-button > button")).to_be_enabled()


def test_a_german_comma_is_a_comma(served: Served, chromium: Browser) -> None:
    page = new_visitor(chromium, locale="de-DE").new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.goto(f"{served.url}/new_trade")
    expect(page.get_by_text("Ready to open")).to_be_visible()

    fill(page, "Stop loss, USDT", "5,5")
    expect(page.get_by_text("You risk 5.50 to make")).to_be_visible()
    fill(page, "Stop loss, USDT", "5.5")

    assert under(page, "Stop loss, USDT") == "= 5.50 USDT"
    page.context.close()


def test_fields_are_for_thumbs(served: Served, phone: Page) -> None:
    phone.goto(f"{served.url}/new_trade")
    field = number_field(phone, "Stop loss, USDT")
    expect(field).to_be_visible()

    assert field.get_attribute("inputmode") == "decimal"
    assert field.evaluate("(it) => parseFloat(getComputedStyle(it).fontSize)") >= 16
    assert field.evaluate("(it) => it.getBoundingClientRect().height") >= 44


def test_numbers_typed_before_the_page_hears_back_all_stand(served: Served, desk: Page) -> None:
    line = SlowLine(desk)
    desk.goto(f"{served.url}/new_trade")
    expect(desk.get_by_text("Ready to open")).to_be_visible()

    line.held = True
    for label, number in TYPED.items():
        answered = len(line.waiting)
        fill(desk, label, number)
        while len(line.waiting) < answered + 5:  # the server has drawn the form with this number
            desk.wait_for_timeout(50)
    line.release()

    expect(desk.get_by_text("You risk 9.00 to make 12.00 USDT")).to_be_visible()
    for label, number in TYPED.items():
        field = number_field(desk, label)
        assert float(field.input_value()) == float(number), label


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
