"""Names that events brought: what is ours is queried, what is not makes us read its symbol."""

from domain.position_key import PositionKey
from domain.terms import Purpose, Side
from engine.requests.reports import SentOrder
from engine.state.event_inbox import EventInbox
from tests.services.building import NOW

OURS = "t1-abcdef-42-s-1"
STOP = SentOrder(7, OURS, Purpose.STOP, "BTCUSDT", Side.LONG, None, NOW)
LONG = PositionKey("BTCUSDT", Side.LONG)


def test_an_order_of_ours_is_taken_once_and_with_it_its_trade() -> None:
    inbox = EventInbox()
    inbox.know([STOP], [LONG])

    inbox.name(OURS, "BTCUSDT", "abcdef")

    assert inbox.named_positions() == {42}
    assert inbox.take_open_orders(answered=()) == [STOP]
    assert inbox.take_open_orders(answered=()) == []


def test_an_order_whose_answer_just_came_is_not_queried() -> None:
    inbox = EventInbox()
    inbox.know([STOP], [LONG])
    inbox.name(OURS, "BTCUSDT", "abcdef")

    assert inbox.take_open_orders(answered={7}) == []


def test_what_is_not_open_stays_named_for_the_cycle() -> None:
    inbox = EventInbox()
    inbox.name(OURS, "BTCUSDT", "abcdef")

    assert inbox.take_open_orders(answered=()) == []
    assert inbox.named_orders == {OURS}


def test_an_order_of_another_install_makes_us_read_a_symbol_on_which_we_live() -> None:
    inbox = EventInbox()
    inbox.know([], [LONG])

    inbox.name("t1-zzzzzz-1-s-1", "BTCUSDT", "abcdef")
    inbox.name("web_1", "ETHUSDT", "abcdef")

    assert inbox.take_symbols() == {"BTCUSDT"}
    assert inbox.take_symbols() == set()


def test_an_event_without_a_name_names_nothing() -> None:
    inbox = EventInbox()

    inbox.name(None, "BTCUSDT", "abcdef")

    assert (inbox.named_orders, inbox.named_symbols) == (set(), set())
