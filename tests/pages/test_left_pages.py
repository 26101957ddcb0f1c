"""What a page asks for after it was left never comes back as an answer that would clear the page on show."""

import asyncio
from collections import deque
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app_pages.left_pages import Conversation, LeftPages

PAGES = ("positions", "history", "activity")


def written(message: BackMsg | ForwardMsg) -> bytes:
    """Return a message as it travels."""
    bytes_of_it: bytes = message.SerializeToString()
    return bytes_of_it


def request(page: str, fragment: str = "") -> bytes:
    """Return a browser's request to run a page, or one live part of it."""
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = fragment
    return written(message)


def run_begins(page: str, fragment: str = "") -> bytes:
    """Return how the server begins to answer."""
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    if fragment:
        message.metadata.run.fragment_ids.append(fragment)
    return written(message)


def navigation(page: str, pages: tuple[str, ...] = PAGES) -> bytes:
    """Return the server's message about which pages there are, and which one this is."""
    message = ForwardMsg()
    message.navigation.page_script_hash = page
    for name in pages:
        message.navigation.app_pages.add().page_script_hash = name
    return written(message)


def run_ends(early: bool = False) -> bytes:
    """Return how the server ends to answer; early when another run follows at once."""
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_EARLY_FOR_RERUN if early else ForwardMsg.FINISHED_SUCCESSFULLY
    return written(message)


def page_link(page: str) -> bytes:
    """Return a link to a page."""
    message = ForwardMsg()
    message.delta.new_element.page_link.page_script_hash = page
    return written(message)


def visited(conversation: Conversation, page: str) -> None:
    """Let the browser ask for a page and the server show it."""
    conversation.asked(request(page))
    conversation.passed_on(run_begins(page))
    conversation.passed_on(navigation(page))


def read(answers: tuple[bytes, ...]) -> ForwardMsg:
    """Return the last of the answers as the browser reads it."""
    message = ForwardMsg()
    message.ParseFromString(answers[-1])
    return message


def status(running: bool) -> bytes:
    """Return the server's message about whether it is drawing the page."""
    message = ForwardMsg()
    message.session_status_changed.script_is_running = running
    return written(message)


def test_part_of_the_page_on_show_is_asked_for_unchanged() -> None:
    conversation = Conversation()
    visited(conversation, "positions")

    assert conversation.asked(request("positions", "live")) == request("positions", "live")


def test_part_of_a_page_that_was_left_is_not_asked_for() -> None:
    conversation = Conversation()
    visited(conversation, "positions")

    conversation.asked(request("history"))

    assert conversation.asked(request("positions", "live")) is None


def test_part_of_an_earlier_visit_is_told_from_the_same_part_now() -> None:
    conversation = Conversation()
    visited(conversation, "positions")
    conversation.asked(request("positions", "live"))
    visited(conversation, "history")  # the browser has not heard of this yet …

    conversation.asked(request("positions"))
    begun = read(conversation.passed_on(run_begins("positions")))

    assert conversation.asked(request("positions", "live")) is None  # … so this is of the first visit
    now = begun.new_session.page_script_hash
    assert conversation.asked(request(now, "live")) == request("positions", "live")


def test_answer_for_a_part_is_dropped_whole_when_pages_changed_since_it_was_asked_for() -> None:
    conversation = Conversation()
    visited(conversation, "positions")
    for page in ("history", "positions"):  # the server has not begun with either …
        conversation.asked(request(page))
    assert conversation.asked(request("positions", "live")) is not None  # … so this may be of the page to come
    for page in ("history", "positions"):
        conversation.passed_on(run_begins(page))
        conversation.passed_on(navigation(page))
        conversation.passed_on(run_ends())

    assert conversation.passed_on(run_begins("positions", "live")) == ()
    assert conversation.passed_on(page_link("history")) == ()
    assert conversation.passed_on(run_ends()) == ()
    assert conversation.passed_on(run_begins("history")) != ()


def test_browser_hears_that_a_page_is_drawn_before_it_clears_the_one_on_show() -> None:
    conversation = Conversation()
    visited(conversation, "positions")

    assert conversation.passed_on(run_begins("positions", "live")) == (run_begins("positions", "live"),)
    assert conversation.passed_on(run_begins("history")) == (status(running=True), run_begins("history"))


def test_between_a_run_that_is_ended_early_and_the_next_the_page_is_still_being_drawn() -> None:
    conversation = Conversation()
    visited(conversation, "positions")
    conversation.passed_on(run_begins("history"))

    conversation.passed_on(run_ends(early=True))
    assert conversation.passed_on(status(running=False)) == ()
    conversation.passed_on(run_begins("activity"))
    conversation.passed_on(run_ends())
    assert conversation.passed_on(status(running=False)) == (status(running=False),)


def test_pages_keep_their_own_names_while_the_browser_keeps_up() -> None:
    conversation = Conversation()
    for page in ("positions", "history", "positions"):
        conversation.asked(request(page))

        assert conversation.passed_on(run_begins(page))[-1] == run_begins(page)
        assert conversation.passed_on(navigation(page)) == (navigation(page),)
        assert conversation.asked(request(page, "frame")) is not None


def test_links_and_navigation_name_the_visit_so_that_the_page_on_show_is_marked() -> None:
    conversation = Conversation()
    visited(conversation, "positions")
    visited(conversation, "history")
    conversation.asked(request("positions"))

    visit = read(conversation.passed_on(run_begins("positions"))).new_session.page_script_hash
    heard = read(conversation.passed_on(navigation("positions"))).navigation
    link = read(conversation.passed_on(page_link("positions"))).delta.new_element.page_link

    assert visit != "positions"
    assert (heard.page_script_hash, link.page_script_hash) == (visit, visit)
    assert [page.page_script_hash for page in heard.app_pages] == [visit, "history", "activity"]
    assert read(conversation.passed_on(page_link("history"))).delta.new_element.page_link.page_script_hash == "history"
    assert conversation.asked(request(visit)) == request("positions")


def test_page_that_is_gone_gives_way_to_the_one_that_is_shown_instead() -> None:
    conversation = Conversation()
    visited(conversation, "activity")

    conversation.asked(request("activity"))
    conversation.passed_on(run_begins("positions"))
    conversation.passed_on(navigation("positions", ("positions", "history")))

    assert conversation.asked(request("positions", "live")) is not None


def test_browser_that_connects_anew_goes_on_where_it_was() -> None:
    conversation = Conversation()

    assert conversation.asked(request("positions.3")) == request("positions")
    assert read(conversation.passed_on(run_begins("positions"))).new_session.page_script_hash == "positions.3"
    assert conversation.asked(request("positions.3", "live")) == request("positions", "live")


def test_other_messages_pass_untouched() -> None:
    conversation = Conversation()
    heartbeat = BackMsg()
    heartbeat.app_heartbeat = True
    text = ForwardMsg()
    text.delta.new_element.markdown.body = "words"

    assert conversation.asked(heartbeat.SerializeToString()) == heartbeat.SerializeToString()
    assert conversation.passed_on(text.SerializeToString()) == (text.SerializeToString(),)


class Line:
    """A browser, a server and a line between them on which everything may take its time.

    The browser is told of pages at once but, as React does, may act on its last but one state for a while.
    """

    def __init__(self) -> None:
        self.conversation = Conversation()
        self.up: deque[bytes] = deque()  # on its way to the conversation
        self.server: deque[bytes] = deque()
        self.down: deque[bytes] = deque()
        self.heard = self.acts_on = ""
        self._ask("", "")
        for _ in range(4):
            self.everything_moves()

    def everything_moves(self) -> None:
        """Let one message of each kind move."""
        for move in (self.request_arrives, self.server_answers, self.answer_arrives, self.browser_acts):
            move()

    def _ask(self, page: str, fragment: str) -> None:
        self.up.append(request(page, fragment))

    def link(self, page: str) -> None:
        """Press the link to a page."""
        self._ask(page, "")

    def timer(self, _: str) -> None:
        """Let the timer of a live part go off, or press something in it."""
        self._ask(self.acts_on, "live")

    def request_arrives(self, _: str = "") -> None:
        """Let the oldest request reach the server."""
        asked = self.conversation.asked(self.up.popleft()) if self.up else None
        if asked is not None:
            self.server.append(asked)

    def server_answers(self, _: str = "") -> None:
        """Let the server run what it was asked for first."""
        if not self.server:
            return
        message = BackMsg()
        message.ParseFromString(self.server.popleft())
        page, fragment = message.rerun_script.page_script_hash or PAGES[0], message.rerun_script.fragment_id
        assert page in PAGES
        answers = (
            (run_begins(page, fragment), run_ends()) if fragment else (run_begins(page), navigation(page), run_ends())
        )
        self.down.extend(passed for answer in answers for passed in self.conversation.passed_on(answer))

    def answer_arrives(self, _: str = "") -> None:
        """Let the oldest answer reach the browser."""
        if not self.down:
            return
        message = read((self.down.popleft(),))
        if message.WhichOneof("type") in ("script_finished", "session_status_changed"):
            return
        if message.WhichOneof("type") == "navigation":
            self.heard = message.navigation.page_script_hash
        elif not message.metadata.run.fragment_ids:
            self.heard = message.new_session.page_script_hash
        else:
            assert message.new_session.page_script_hash == self.acts_on == self.heard, "it would clear the page"

    def browser_acts(self, _: str = "") -> None:
        """Let the browser act on all that it was told."""
        self.acts_on = self.heard

    def server_keeps_up(self, _: str = "") -> None:
        """Let every request arrive and be answered; the answers are on their way."""
        while self.up or self.server:
            self.request_arrives()
            self.server_answers()

    def link_heard(self, page: str) -> None:
        """Press the link to a page; the server answers at once."""
        self.link(page)
        self.server_keeps_up()

    def timer_heard(self, _: str) -> None:
        """Let a timer go off; the server answers at once."""
        self.timer("")
        self.server_keeps_up()

    def burst_arrives(self, _: str) -> None:
        """Let every answer arrive at once, before the browser acts on any."""
        while self.down:
            self.answer_arrives()


MOVES = (
    Line.link,
    Line.timer,
    Line.request_arrives,
    Line.server_answers,
    Line.answer_arrives,
    Line.browser_acts,
    Line.server_keeps_up,
    Line.link_heard,
    Line.link_heard,
    Line.timer_heard,
    Line.answer_arrives,
    Line.burst_arrives,
)


@given(moves=st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(PAGES[:2])), max_size=30))
@settings(max_examples=1500, deadline=None)
def test_no_order_of_messages_clears_the_page_on_show(moves: list[tuple[Any, str]]) -> None:
    line = Line()

    for move, page in moves:
        move(line, page)
    for _ in range(200):
        line.everything_moves()

    line.timer("")  # in the end the page is alive
    line.request_arrives()
    assert len(line.server) == 1


def test_other_connections_pass_untouched() -> None:
    seen: list[Any] = []

    async def app(*parts: Any) -> None:
        seen.extend(parts)

    parts: tuple[Any, ...] = ({"type": "http", "path": "/_stcore/stream"}, object(), object())
    asyncio.run(LeftPages(app)(*parts))

    assert tuple(seen) == parts
