"""Whatever is pressed while the line is slow, the page stays; and a page that breaks all the same comes back."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import PATIENCE_MILLISECONDS, Contexts
from tests.browser.seeing import choose, fill, number_field
from tests.browser.serving import Served
from tests.browser.soak import soak
from tests.browser.visitors import MOTION

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROUNDS = 40  # `make soak` goes on for much longer, and with everything on the page moving


def test_wandering_about_on_a_slow_line_ends_on_no_white_page(chromium: Browser, served: Served) -> None:
    assert soak(chromium, served, ROUNDS, "test", motion=MOTION) == []


class BrokenLine:
    """Lets everything through, and on request one message that no page can draw."""

    def __init__(self, page: Page) -> None:
        self._socket: WebSocketRoute | None = None
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def break_page(self) -> None:
        """Say that something stands where there is no place for it."""
        message = ForwardMsg()
        message.metadata.delta_path.extend([0, 99, 0])
        message.delta.new_element.markdown.body = "nowhere"
        assert self._socket is not None
        self._socket.send(message.SerializeToString())

    def _connect(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        socket.connect_to_server()


class Stuttering:
    """Lets everything through, but holds back what follows the beginning of a page for a while."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[tuple[WebSocketRoute, str | bytes]] = []
        self.stutters = False
        self._held = False
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def release(self) -> None:
        """Let everything through that waits, and all that follows."""
        self._held = self.stutters = False
        for socket, message in self.waiting:
            socket.send(message)

    def _connect(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server().on_message(lambda message: self._said(socket, message))

    def _said(self, socket: WebSocketRoute, message: str | bytes) -> None:
        if self._held:
            self.waiting.append((socket, message))
            return
        socket.send(message)
        self._held = self.stutters and _begins_page(message)


def _begins_page(message: str | bytes) -> bool:
    if isinstance(message, str):
        return False
    answer = ForwardMsg()
    answer.ParseFromString(message)
    return answer.WhichOneof("type") == "new_session" and not answer.metadata.run.fragment_ids


def loads_of(page: Page) -> list[float]:
    """Return a list that grows by the moment of each load of the page."""
    moments: list[float] = []
    page.on("load", lambda _: moments.append(time.monotonic()))
    return moments


@pytest.fixture
def page(contexts: Contexts) -> Iterator[Page]:
    """Give a page on which scripts may fail."""
    page = contexts().new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    yield page
    page.close()


def test_page_that_cannot_be_drawn_is_loaded_anew_three_times_and_then_says_so(served: Served, page: Page) -> None:
    line = BrokenLine(page)
    page.goto(f"{served.url}/history")
    expect(page.locator(".st-key-page .section").first).to_be_visible()
    loads = loads_of(page)
    for number in (1, 2, 3):
        with page.expect_event("load", timeout=PATIENCE_MILLISECONDS):
            line.break_page()
        expect(page.locator(".st-key-page .section").first).to_be_visible()
        assert len(loads) == number
    loads.clear()

    line.break_page()

    expect(page.get_by_text("This page cannot be drawn right now")).to_be_visible()
    page.wait_for_timeout(3_000)
    assert loads == []


def test_page_that_begins_and_then_has_to_wait_is_not_loaded_anew(served: Served, page: Page) -> None:
    line = Stuttering(page)
    page.goto(f"{served.url}/history")
    expect(page.locator(".st-key-page .section").first).to_be_visible()
    loads = loads_of(page)

    line.stutters = True
    page.get_by_role("link", name="Activity", exact=True).click()
    expect(page.locator(".st-key-page")).to_have_count(0)
    page.wait_for_timeout(3_000)
    line.release()

    expect(page.get_by_role("heading", name="Activity")).to_be_visible()
    assert loads == []


def test_the_form_goes_on_where_it_was_after_the_page_was_loaded_anew(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/new_trade")
    choose(page, "Pair", "ETH/USDT")  # another test of this file has opened a trade in the pair that comes first
    expect(page.get_by_text("Ready to open")).to_be_visible()
    fill(page, "Stop loss, USDT", "7")
    page.get_by_text("Short: earns if it falls").click()
    expect(page.get_by_role("button", name="Open SHORT ETH/USDT")).to_be_enabled()
    number_field(page, "Take profit, USDT").fill("1,000")

    page.reload()

    expect(page.get_by_text("Do you mean 1000 or 1.000?").first).to_be_visible()
    expect(number_field(page, "Stop loss, USDT")).to_have_value("7")
    fill(page, "Take profit, USDT", "12")
    expect(page.get_by_role("button", name="Open SHORT ETH/USDT")).to_be_enabled()
    # The stop goes to the pair's own steps, a cent before the amount at some prices.
    expect(page.get_by_text(re.compile(r"You risk (7\.00|6\.9\d) to make 12\.0\d USDT"))).to_be_visible()
