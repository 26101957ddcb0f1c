"""A browser that hears of everything late: what is typed meanwhile stands, and a page left meanwhile stays whole."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.seeing import choose, fill, go_to, number_field, open_sample_trade, position
from tests.browser.serving import Served

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
