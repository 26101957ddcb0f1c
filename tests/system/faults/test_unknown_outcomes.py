"""Answers that are lost, or that say nothing: the bot asks until it knows and never sends an entry twice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.terms import CloseReason, OrderState, Purpose, Side
from tests.system.faults.causing import (
    CANCEL,
    ENTRY_OR_CLOSE,
    STOP_OR_TARGET,
    advance,
    asked_to_open,
    cause,
    entered,
    failed,
    sent,
    stops,
)
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow
D = Decimal

EXECUTED = ("drop_after", "unknown_executed", "timeout_executed")
NOT_EXECUTED = ("drop_before", "unknown_not_executed", "timeout_not_executed", "html_502")
SOME = ("drop_after", "timeout_executed", "drop_before", "timeout_not_executed")
# From here on the exchange would refuse the request itself, were it still on its way.
PROOF_OF_ABSENCE = timedelta(seconds=11)


@pytest.mark.parametrize("kind", EXECUTED)
def test_an_entry_whose_answer_is_lost_is_found_and_protected(bot: Bot, kind: str) -> None:
    cause(bot, kind, ENTRY_OR_CLOSE)

    position = asked_to_open(bot, terms())
    opened = bot.settled(position.id)

    assert len(entered(bot)) == 1
    assert len(sent(bot, position.id, Purpose.ENTRY)) == 1
    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity


@pytest.mark.parametrize("kind", NOT_EXECUTED)
def test_an_entry_that_never_arrived_fails_and_is_not_sent_again(bot: Bot, kind: str) -> None:
    cause(bot, kind, ENTRY_OR_CLOSE)

    position = asked_to_open(bot, terms())
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    ended = failed(bot, position.id)

    assert ended.phase_note == "the order never arrived at the exchange."
    assert [order.state for order in sent(bot, position.id, Purpose.ENTRY)] == [OrderState.ABSENT]
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0


def test_absence_is_not_believed_while_the_order_could_still_arrive(bot: Bot) -> None:
    cause(bot, "late", ENTRY_OR_CLOSE, seconds=4)

    position = asked_to_open(bot, terms())
    bot.settled(position.id)

    assert len(entered(bot)) == 1
    assert len(sent(bot, position.id, Purpose.ENTRY)) == 1


def test_an_entry_that_would_arrive_too_late_is_refused_by_the_exchange_itself(bot: Bot) -> None:
    cause(bot, "late", ENTRY_OR_CLOSE, seconds=4)

    position = asked_to_open(bot, terms())
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    failed(bot, position.id)

    assert entered(bot) == []


def test_a_position_stays_closed_for_a_minute_after_an_entry_that_never_arrived(bot: Bot) -> None:
    cause(bot, "drop_before", ENTRY_OR_CLOSE)
    position = asked_to_open(bot, terms())
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    failed(bot, position.id)

    reply = bot.ask("open_trade", terms())

    assert reply == "Nothing was sent: an order of the trade before is not finished yet."
    advance(bot, timedelta(seconds=61))
    bot.open(terms())


@pytest.mark.parametrize("kind", [*EXECUTED, *NOT_EXECUTED])
def test_a_stop_without_an_answer_rests_within_five_seconds(bot: Bot, kind: str) -> None:
    cause(bot, kind, STOP_OR_TARGET)

    position = asked_to_open(bot, terms())
    opened = bot.settled(position.id)

    assert [(D(row["triggerPrice"]), row["closePosition"]) for row in stops(bot)] == [(opened.stop_price, True)]
    filled_ms = bot.exchange.ledger()["trades"][-1]["time"]
    assert stops(bot)[0]["createTime"] - filled_ms <= 5000


def test_a_stop_that_arrives_late_is_not_doubled(bot: Bot) -> None:
    cause(bot, "late", STOP_OR_TARGET, seconds=1)

    bot.open(terms())

    assert len(stops(bot)) == 1


@pytest.mark.parametrize("kind", SOME)
def test_a_target_without_an_answer_rests_once(bot: Bot, kind: str) -> None:
    cause(bot, "delay", STOP_OR_TARGET)  # the stop gets through
    cause(bot, kind, STOP_OR_TARGET)

    position = asked_to_open(bot, terms())
    bot.settled(position.id)

    assert [row["orderType"] for row in bot.resting()].count("TAKE_PROFIT_MARKET") == 1
    assert len(stops(bot)) == 1


@pytest.mark.parametrize("kind", ["drop_after", "unknown_executed"])
def test_a_close_whose_answer_is_lost_is_found_and_recorded(bot: Bot, kind: str) -> None:
    opened = bot.open(terms())
    cause(bot, kind, ENTRY_OR_CLOSE)

    bot.ask("close", opened.id)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.MANUAL
    assert len(sent(bot, opened.id, Purpose.CLOSE)) == 1


@pytest.mark.parametrize("kind", ["drop_before", "unknown_not_executed"])
def test_a_close_that_never_arrived_is_sent_anew_and_the_stop_rests_until_then(bot: Bot, kind: str) -> None:
    opened = bot.open(terms())
    cause(bot, kind, ENTRY_OR_CLOSE)

    bot.ask("close", opened.id)
    bot.eventually(lambda: sent(bot, opened.id, Purpose.CLOSE), "the close that is lost")
    resting = len(stops(bot))
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    closed = bot.closed(opened.id)

    assert resting == 1
    assert closed.reason is CloseReason.MANUAL
    assert [order.state for order in sent(bot, opened.id, Purpose.CLOSE)] == [OrderState.ABSENT, OrderState.FILLED]


@pytest.mark.parametrize("kind", SOME)
def test_a_move_whose_cancel_gets_no_answer_ends_with_one_stop_at_the_new_price(bot: Bot, kind: str) -> None:
    opened = bot.open(terms())
    nearer = opened.stop_price + D(100)
    cause(bot, kind, CANCEL)

    bot.ask("edit_protection", opened.id, nearer, None)

    def moved() -> bool:
        resting = stops(bot)
        assert resting, "there was a moment without a stop"
        return [(D(row["triggerPrice"]), row["closePosition"]) for row in resting] == [(nearer, True)]

    bot.eventually(moved, "the moved stop alone")


@pytest.mark.parametrize("kind", SOME)
def test_a_move_whose_bridge_gets_no_answer_ends_with_one_stop_at_the_new_price(bot: Bot, kind: str) -> None:
    opened = bot.open(terms())
    nearer = opened.stop_price + D(100)
    cause(bot, kind, STOP_OR_TARGET)

    bot.ask("edit_protection", opened.id, nearer, None)
    if kind in NOT_EXECUTED:
        bot.eventually(lambda: sent(bot, opened.id, Purpose.INTERIM), "the bridge that is lost")
        bot.wait_on_the_exchange(PROOF_OF_ABSENCE)

    def moved() -> bool:
        resting = stops(bot)
        assert resting, "there was a moment without a stop"
        return [(D(row["triggerPrice"]), row["closePosition"]) for row in resting] == [(nearer, True)]

    bot.eventually(moved, "the moved stop alone")
