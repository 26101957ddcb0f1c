"""A browser that hears of everything late: what is typed meanwhile must stand."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.seeing import fill
from tests.browser.serving import Served

pytestmark = pytest.mark.slow

TYPED = {"Stake, USDT": "200", "Leverage": "10", "Take profit, USDT": "12", "Stop loss, USDT": "9"}


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
        field = desk.get_by_role("spinbutton", name=label)
        assert float(field.input_value()) == float(number), label
