"""Whatever hangs or is lost, a position without a stop is always being tried for."""

from decimal import Decimal

import pytest

from domain.terms import CloseReason, OrderState, Purpose, Side
from engine.state.routines import Routine
from tests.system.faults.causing import (
    ENTRY_OR_CLOSE,
    STOP_OR_TARGET,
    asked_to_open,
    cause,
    entered,
    external_cancel,
    failed,
    heal,
    sent,
    stops,
)
from tests.system.faults.test_unknown_outcomes import PROOF_OF_ABSENCE
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow
D = Decimal


@pytest.mark.parametrize("lost", [1, 2])
def test_closes_lost_after_a_refused_stop_are_followed_by_another_before_their_absence_is_proven(
    bot: Bot, lost: int
) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    cause(bot, "drop_before", ENTRY_OR_CLOSE, times=lost)
    position = asked_to_open(bot, terms())
    assert position.stop_price is not None
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG), "the fill")

    bot.price("BTCUSDT", position.stop_price - D(50))
    closed = bot.closed(position.id)

    assert closed.reason is CloseReason.UNPROTECTED
    closes = sent(bot, position.id, Purpose.CLOSE)
    assert [order.state for order in closes[:lost]] == [OrderState.UNKNOWN] * lost
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    bot.tidy(position.id)


TRADES = "GET /fapi/v1/userTrades"
STOP_OR_TARGET_READ = "GET /fapi/v1/algoOrder"
FULL_CHECK_READ = "GET /fapi/v1/openAlgoOrders"
NEVER = 40.0  # seconds that an answer at a byte every two seconds takes, and more than any request is given


def hanging(bot: Bot) -> bool:
    """Whether an answer is hanging at this moment, by the exchange's own account."""
    return any(row["acting"] for row in bot.exchange.control("faults", method="GET"))


@pytest.mark.parametrize(("kind", "seconds"), [("drip", 2.0), ("stall_headers", NEVER)])
def test_the_stop_does_not_wait_for_the_trades_of_the_entry(bot: Bot, kind: str, seconds: float) -> None:
    cause(bot, kind, TRADES, times=99, seconds=seconds)

    position = asked_to_open(bot, terms())

    bot.eventually(lambda: stops(bot), "the stop", within=8)
    assert bot.position(position.id).entry_quantity == 0
    heal(bot)
    opened = bot.settled(position.id)
    bot.eventually(
        lambda: {D(row["triggerPrice"]) for row in stops(bot)} == {opened.stop_price}, "the exact stop alone"
    )


@pytest.mark.parametrize("what", [TRADES, STOP_OR_TARGET_READ, FULL_CHECK_READ])
@pytest.mark.parametrize(("kind", "seconds"), [("drip", 2.0), ("stall_headers", NEVER)])
def test_a_stop_that_vanishes_is_replaced_while_a_question_about_something_else_hangs(
    bot: Bot, what: str, kind: str, seconds: float
) -> None:
    bot.open(terms())
    other = bot.open(terms(symbol="ETHUSDT"))
    gone = stops(bot)[0]
    cause(bot, kind, what, seconds=seconds)
    if what == FULL_CHECK_READ:
        bot.make_due(Routine.CHECK_POSITIONS)
    else:
        target = next(row for row in bot.resting("ETHUSDT") if row["orderType"] == "TAKE_PROFIT_MARKET")
        external_cancel(bot, target) if what == STOP_OR_TARGET_READ else bot.price("ETHUSDT", other.target_price)
    bot.eventually(lambda: hanging(bot), "an answer that hangs")

    external_cancel(bot, gone)

    bot.eventually(lambda: [row for row in stops(bot) if row["algoId"] != gone["algoId"]], "another stop", within=5)
    heal(bot)


EVERY_CONNECTION = 99


def test_a_stop_that_vanishes_is_replaced_over_fresh_connections_when_every_known_one_is_dead(bot: Bot) -> None:
    opened = bot.open(terms())
    bot.open(terms(symbol="ETHUSDT"))
    gone = stops(bot)[0]
    cause(bot, "dead_keepalive", "*", times=EVERY_CONNECTION)

    external_cancel(bot, gone)

    bot.eventually(lambda: [row for row in stops(bot) if row["algoId"] != gone["algoId"]], "another stop", within=5)
    heal(bot)
    bot.settled(opened.id)


def test_an_entry_over_dead_connections_is_made_once_and_protected(bot: Bot) -> None:
    bot.open(terms(symbol="ETHUSDT"))
    cause(bot, "dead_keepalive", "*", times=EVERY_CONNECTION)

    position = asked_to_open(bot, terms())

    bot.eventually(lambda: stops(bot), "its stop", within=10)
    heal(bot)
    bot.settled(position.id)
    assert [row["symbol"] for row in entered(bot)] == ["ETHUSDT", "BTCUSDT"]


def swallowed(bot: Bot, match: str) -> list[str]:
    """Return the requests that a dead connection has swallowed, by method and path."""
    made = [f"{row['method']} {row['path']}" for row in bot.exchange.requests() if row["fault"] == "dead_keepalive"]
    return [name for name in made if name == match]


def test_an_entry_that_a_dead_connection_swallowed_is_unknown_until_it_is_known_never_to_have_arrived(bot: Bot) -> None:
    bot.open(terms(symbol="ETHUSDT"))
    cause(bot, "dead_keepalive", ENTRY_OR_CLOSE)  # over a connection that has just answered something else

    position = asked_to_open(bot, terms())
    bot.eventually(lambda: swallowed(bot, ENTRY_OR_CLOSE), "the entry swallowed")
    entry = bot.eventually(lambda: [o for o in sent(bot, position.id, Purpose.ENTRY) if o.answer_text], "no answer")[0]
    assert entry.state is OrderState.UNKNOWN
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)

    assert failed(bot, position.id).entry_quantity == 0
    assert [row["symbol"] for row in entered(bot)] == ["ETHUSDT"]


def test_an_entry_whose_answer_never_comes_is_unknown_and_its_position_protected_meanwhile(bot: Bot) -> None:
    cause(bot, "stall_headers", ENTRY_OR_CLOSE, seconds=NEVER)  # executed, and nothing comes back

    position = asked_to_open(bot, terms())

    bot.eventually(lambda: hanging(bot) and stops(bot), "a stop while the answer hangs", within=5)
    heal(bot)
    bot.settled(position.id)
    assert len(entered(bot)) == 1


def test_a_stop_that_a_dead_connection_swallowed_is_followed_by_another(bot: Bot) -> None:
    bot.open(terms(symbol="ETHUSDT"))
    cause(bot, "dead_keepalive", STOP_OR_TARGET)

    position = asked_to_open(bot, terms())
    bot.eventually(lambda: swallowed(bot, STOP_OR_TARGET), "the stop swallowed")

    bot.eventually(lambda: bot.resting("BTCUSDT"), "another stop", within=5)
    bot.settled(position.id)
    assert len([row for row in stops(bot) if row["symbol"] == "BTCUSDT"]) == 1


def test_an_order_that_a_dead_connection_swallowed_counts_as_unknown_and_is_asked_about(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "stall_headers", ENTRY_OR_CLOSE, seconds=NEVER)  # executed, and nothing comes back

    bot.services.instructions.close("swallowed", opened.id)

    assert bot.closed(opened.id).reason is CloseReason.MANUAL
    assert len(sent(bot, opened.id, Purpose.CLOSE)) == 1
    heal(bot)


def test_a_stop_that_vanishes_while_the_event_sockets_are_half_open_is_found_by_the_full_check(bot: Bot) -> None:
    opened = bot.open(terms())
    gone = stops(bot)[0]
    cause(bot, "half_open", "WS *", times=EVERY_CONNECTION, seconds=60)

    external_cancel(bot, gone)

    bot.eventually(lambda: [row for row in stops(bot) if row["algoId"] != gone["algoId"]], "another stop", within=12)
    heal(bot)
    bot.settled(opened.id)
