"""An exchange that is overloaded, counts requests or disagrees about the time: waited for, never hammered."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.terms import CloseReason, OrderState, Phase, Purpose, Side
from tests.system.faults.causing import (
    ENTRY_OR_CLOSE,
    STOP_OR_TARGET,
    asked_to_open,
    cause,
    entered,
    external_trade,
    heal,
    knows_the_time,
    sent,
    stops,
)
from tests.system.flow.bot import Bot, reopening, terms

pytestmark = pytest.mark.slow
D = Decimal


@pytest.mark.parametrize("kind", ["throttled", "rate_limited", "clock_skew"])
def test_an_entry_that_was_not_executed_is_tried_again_under_another_id(bot: Bot, kind: str) -> None:
    cause(bot, kind, ENTRY_OR_CLOSE, seconds=-30 if kind == "clock_skew" else 1)

    position = asked_to_open(bot, terms())
    opened = bot.settled(position.id)

    tries = sent(bot, position.id, Purpose.ENTRY)
    assert [order.state for order in tries] == [OrderState.REJECTED, OrderState.FILLED]
    assert len({order.client_order_id for order in tries}) == 2
    assert len(entered(bot)) == 1
    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity


@pytest.mark.parametrize("kind", ["rate_limited", "clock_skew", "banned"])
def test_a_stop_that_was_not_executed_rests_within_five_seconds(bot: Bot, kind: str) -> None:
    cause(bot, kind, STOP_OR_TARGET, seconds=-30 if kind == "clock_skew" else 1)

    position = asked_to_open(bot, terms())
    bot.settled(position.id)

    filled_ms = bot.exchange.ledger()["trades"][-1]["time"]
    assert stops(bot)[0]["createTime"] - filled_ms <= 5000


def test_a_pause_longer_than_five_seconds_ends_with_the_stop_and_not_with_a_close(bot: Bot) -> None:
    cause(bot, "rate_limited", STOP_OR_TARGET, seconds=6)

    position = asked_to_open(bot, terms())
    bot.settled(position.id)

    assert sent(bot, position.id, Purpose.CLOSE) == []
    assert len(stops(bot)) == 1


def test_a_pause_the_exchange_asked_for_is_kept(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "rate_limited", "*", seconds=3)
    bot.eventually(lambda: "rate_limited" in {row["fault"] for row in bot.exchange.requests()}, "the refusal")
    refused_at = next(row["at"] for row in bot.exchange.requests() if row["fault"] == "rate_limited")

    time.sleep(3.5)

    paused = [r for r in bot.exchange.requests() if refused_at < r["at"] < refused_at + 2500 and _is_rest(r)]
    assert paused == []
    assert bot.position(opened.id).phase is Phase.OPEN


def test_a_ban_is_sat_out_and_positions_keep_their_stops(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "banned", "*", seconds=3)
    bot.eventually(lambda: "banned" in {row["fault"] for row in bot.exchange.requests()}, "the ban")
    banned_at = next(row["at"] for row in bot.exchange.requests() if row["fault"] == "banned")

    time.sleep(4)

    asked = [r for r in bot.exchange.requests() if banned_at < r["at"] < banned_at + 2700 and _is_rest(r)]
    assert len(asked) <= 1
    assert bot.position(opened.id).phase is Phase.OPEN
    assert len(stops(bot)) == 1
    bot.price("BTCUSDT", opened.target_price)
    assert bot.closed(opened.id).reason is CloseReason.TP


def test_nothing_is_opened_while_the_exchange_asks_for_a_pause(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(0))))
    cause(bot, "rate_limited", ENTRY_OR_CLOSE, times=1, seconds=3)

    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)
    second = bot.position_after(first.id)

    tries = sent(bot, second.id, Purpose.ENTRY)
    assert len(entered(bot)) == 2
    assert [order.state for order in tries] == [OrderState.REJECTED, OrderState.FILLED]
    assert tries[1].request_timestamp is not None
    assert tries[0].request_timestamp is not None
    assert tries[1].request_timestamp - tries[0].request_timestamp >= timedelta(seconds=3)


def test_a_close_goes_through_when_it_is_throttled_and_limited(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "rate_limited", ENTRY_OR_CLOSE, times=2, seconds=1)

    bot.ask("close", opened.id)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.MANUAL
    assert [order.state for order in sent(bot, opened.id, Purpose.CLOSE)][-1] is OrderState.FILLED


def test_an_entry_refused_for_a_minute_is_given_up_with_a_sentence(bot: Bot) -> None:
    cause(bot, "throttled", ENTRY_OR_CLOSE, times=200)

    position = asked_to_open(bot, terms())
    bot.eventually(lambda: len(sent(bot, position.id, Purpose.ENTRY)) >= 2, "a second try")
    bot.wait_on_the_exchange(timedelta(seconds=70))
    ended = bot.eventually(
        lambda: p if (p := bot.position(position.id)).phase is Phase.FAILED else None, "the position given up"
    )
    heal(bot)

    assert ended.phase_note is not None
    assert "too busy" in ended.phase_note
    assert entered(bot) == []


def test_what_somebody_opens_while_an_entry_is_refused_is_left_alone(bot: Bot) -> None:
    cause(bot, "throttled", ENTRY_OR_CLOSE, times=200)
    position = asked_to_open(bot, terms())
    bot.eventually(lambda: len(sent(bot, position.id, Purpose.ENTRY)) >= 2, "a second try")

    external_trade(bot, "BUY", Side.LONG, D("0.006"))
    bot.wait_on_the_exchange(timedelta(seconds=70))
    bot.eventually(lambda: bot.position(position.id).phase is Phase.FAILED, "the position given up")
    heal(bot)

    assert bot.on_exchange("BTCUSDT", Side.LONG) == D("0.006")
    assert stops(bot) == []
    assert entered(bot) == []


def test_a_clock_that_is_wrong_for_reads_does_not_blind_the_bot(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "clock_skew", "GET *", times=3, seconds=-30)

    bot.price("BTCUSDT", opened.target_price)

    assert bot.closed(opened.id).reason is CloseReason.TP


def test_a_jump_of_the_exchange_clock_does_not_stop_protection(bot: Bot) -> None:
    bot.exchange.control("clock", {"advance_seconds": 3600})
    knows_the_time(bot)

    opened = bot.open(terms())

    assert len(stops(bot)) == 1
    bot.price("BTCUSDT", opened.stop_price)
    assert bot.closed(opened.id).reason is CloseReason.SL


def _is_rest(request: dict[str, object]) -> bool:
    return str(request["path"]).startswith("/fapi") and "listenKey" not in str(request["path"])
