"""Reads that fail, lag or forget: no error and no empty list is ever read as "closed" or "not there"."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.terms import CloseReason, Phase, Purpose, Side
from engine.state.routines import Routine
from tests.system.faults.causing import (
    ENTRY_OR_CLOSE,
    STOP_OR_TARGET,
    ask_in_vain,
    asked_to_open,
    cause,
    entered,
    external_cancel,
    heal,
    sent,
    stops,
)
from tests.system.flow.bot import Bot, reopening, terms

pytestmark = pytest.mark.slow
D = Decimal
ONCE = reopening(timedelta(0), maximum=1)


def test_an_exchange_that_forgets_everything_for_a_while_changes_nothing(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "amnesia", "GET *", seconds=60)

    bot.check_now()
    bot.check_now()
    heal(bot)

    assert bot.position(opened.id).phase is Phase.OPEN
    assert len(entered(bot)) == 1
    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity
    bot.price("BTCUSDT", opened.target_price)
    assert bot.closed(opened.id).reason is CloseReason.TP


def test_forgotten_positions_alone_do_not_close_a_run(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "amnesia", "GET /fapi/v3/positionRisk", seconds=60)

    bot.check_now()
    bot.check_now()
    heal(bot)
    bot.check_now()

    assert bot.position(opened.id).phase is Phase.OPEN
    assert sent(bot, opened.id, Purpose.CLOSE) == []


def test_forgotten_stops_alone_are_placed_again_and_never_doubled(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "amnesia", "GET /fapi/v1/*lgo*", seconds=60)

    bot.check_now()
    bot.check_now()
    heal(bot)
    bot.eventually(
        lambda: len(stops(bot)) == 1 and stops(bot)[0]["closePosition"], "one closePosition stop and no other"
    )

    assert bot.position(opened.id).phase is Phase.OPEN


def test_a_stop_placed_while_the_exchange_forgets_it_rests_once(bot: Bot) -> None:
    cause(bot, "drop_after", STOP_OR_TARGET)
    cause(bot, "amnesia", "GET /fapi/v1/*lgo*", seconds=3)

    opened = bot.open(terms())

    bot.eventually(lambda: len(stops(bot)) == 1, "one stop")
    assert D(stops(bot)[0]["triggerPrice"]) == opened.stop_price


def test_an_entry_that_the_exchange_forgets_for_a_while_is_found_and_not_sent_again(bot: Bot) -> None:
    cause(bot, "drop_after", ENTRY_OR_CLOSE)
    cause(bot, "amnesia", "GET /fapi/v1/*rder*", seconds=4)

    position = asked_to_open(bot, terms())
    bot.settled(position.id)

    assert len(entered(bot)) == 1
    filled_ms = bot.exchange.ledger()["trades"][0]["time"]
    assert min(row["createTime"] for row in stops(bot)) - filled_ms <= 5000


def test_trades_that_cannot_be_read_for_a_while_do_not_leave_the_position_bare(bot: Bot) -> None:
    cause(bot, "amnesia", "GET /fapi/v1/userTrades", seconds=3)

    position = asked_to_open(bot, terms())
    bot.settled(position.id)

    filled_ms = bot.exchange.ledger()["trades"][0]["time"]
    assert min(row["createTime"] for row in stops(bot)) - filled_ms <= 5000


def test_an_odd_row_in_every_list_is_named_and_the_others_are_used(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "odd_row", "GET *", times=100_000)

    gone = stops(bot)[0]
    external_cancel(bot, gone)
    bot.make_due(Routine.CHECK_POSITIONS)
    bot.eventually(lambda: [row for row in stops(bot) if row["algoId"] != gone["algoId"]], "another stop")
    alert = bot.eventually(
        lambda: next((a for a in bot.monitor.health().alerts if a.code == "unread"), None), "the rows are named"
    )
    bot.price("BTCUSDT", opened.target_price)

    assert bot.closed(opened.id).reason is CloseReason.TP
    assert "ODDUSDT" in alert.text


def test_reads_that_lag_double_nothing(bot: Bot) -> None:
    cause(bot, "read_lag", "GET *", times=60, seconds=2)

    first = bot.open(terms(reopen=ONCE))
    bot.price("BTCUSDT", first.target_price)
    closed = bot.closed(first.id)
    second = bot.position_after(first.id)
    heal(bot)

    assert closed.reason is CloseReason.TP
    assert len(entered(bot)) == 2
    assert bot.on_exchange("BTCUSDT", Side.LONG) == second.quantity


@pytest.mark.parametrize("match", ["GET *", "GET /fapi/v3/positionRisk"])
@pytest.mark.parametrize("kind", ["html_502", "drop_before"])
def test_an_error_is_never_read_as_closed(bot: Bot, kind: str, match: str) -> None:
    opened = bot.open(terms(reopen=ONCE))
    cause(bot, kind, match, times=500)

    ask_in_vain(bot)
    phase = bot.position(opened.id).phase
    heal(bot)

    assert phase is Phase.OPEN
    assert len(entered(bot)) == 1


def test_a_stop_that_fires_while_nothing_can_be_read_is_recorded_afterwards(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "html_502", "GET *", times=500)

    bot.price("BTCUSDT", opened.stop_price)
    ask_in_vain(bot)
    phase = bot.position(opened.id).phase
    heal(bot)

    assert phase is Phase.OPEN
    assert bot.closed(opened.id).reason is CloseReason.SL


def test_a_stop_that_vanishes_while_reads_lag_is_replaced(bot: Bot) -> None:
    bot.open(terms())
    gone = stops(bot)[0]
    cause(bot, "read_lag", "GET *", times=20, seconds=1)

    external_cancel(bot, gone)

    bot.eventually(lambda: [row for row in stops(bot) if row["algoId"] != gone["algoId"]], "another stop", within=10)


@pytest.mark.parametrize("side", list(Side))
def test_an_entry_only_its_trades_tell_of_is_not_given_up_when_its_stop_has_closed_it(bot: Bot, side: Side) -> None:
    cause(bot, "drop_after", ENTRY_OR_CLOSE)
    cause(bot, "amnesia", "GET /fapi/v1/order", seconds=600)
    cause(bot, "amnesia", "GET /fapi/v1/allOrders", seconds=600)
    position = asked_to_open(bot, terms(side=side))
    stop = bot.eventually(lambda: stops(bot), "a stop for what the position holds")[0]

    bot.price("BTCUSDT", D(stop["triggerPrice"]) - side.sign)
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", side) == 0, "the stop fired")
    bot.wait_on_the_exchange(timedelta(minutes=2))
    time.sleep(3)
    assert bot.position(position.id).phase is not Phase.FAILED
    heal(bot)
    closed = bot.closed(position.id)

    assert closed.reason is CloseReason.SL
