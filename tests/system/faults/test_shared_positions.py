"""Somebody else adds to a position of ours: who gets what, and stops that leave the other part alone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.bot_status import Alert
from domain.terms import CloseReason, Phase, Purpose, ReopenState, Side
from storage.tables import FillRow
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import (
    CANCEL,
    CLOSES,
    ENTRY_OR_CLOSE,
    OPENS,
    STOP_OR_TARGET,
    cause,
    entered,
    external_cancel,
    external_trade,
    journal,
    sent,
    stops,
)
from tests.system.flow.bot import Bot, OpenPosition, reopening, running_bot, terms
from tests.system.flow.truth import D

pytestmark = pytest.mark.slow
ADDED = D("0.010")
NO_MORE = timedelta(0)


def add_external(bot: Bot, opened: OpenPosition, side: Side = Side.LONG, quantity: Decimal = ADDED) -> None:
    """Let somebody else add to our side, a little away from our own entry price."""
    bot.price("BTCUSDT", opened.entry_price + side.sign * 20)
    external_trade(bot, OPENS[side], side, quantity)
    bot.eventually(lambda: bot.position(opened.id).external_quantity == quantity, "the external part")


def left_alone(bot: Bot, opened: OpenPosition, side: Side = Side.LONG) -> str:
    """Leave the external part alone and wait until stop and target take our own quantity only."""
    reply = bot.ask("ignore_external", "BTCUSDT", side)
    bot.eventually(lambda: sizes(bot) == [opened.quantity, opened.quantity], "stop and target for our own part")
    return reply


def sizes(bot: Bot) -> list[Decimal | None]:
    """Return the quantities of what rests, None for closePosition."""
    return [None if row["closePosition"] else D(row["quantity"]) for row in bot.resting("BTCUSDT")]


def bucket(bot: Bot) -> list[tuple[bool, Decimal]]:
    """Return what is booked as somebody else's: opening or closing, and how much."""
    with bot.sessions() as session:
        rows = session.scalars(select(FillRow).where(FillRow.position_id.is_(None)).order_by(FillRow.trade_id))
        return [(row.opening, row.quantity) for row in rows]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("reason", [CloseReason.SL, CloseReason.TP])
def test_a_stop_or_target_that_takes_an_external_part_along_records_our_own_part_only(
    bot: Bot, side: Side, reason: CloseReason
) -> None:
    opened = bot.open(terms(side=side))
    add_external(bot, opened, side)

    bot.price("BTCUSDT", opened.stop_price if reason is CloseReason.SL else opened.target_price)
    closed = bot.closed(opened.id)

    assert closed.reason is reason
    assert bot.position(opened.id).exit_quantity == opened.quantity
    assert bucket(bot) == [(True, ADDED), (False, ADDED)]
    assert bot.on_exchange("BTCUSDT", side) == 0
    assert "0.01 of somebody else's was closed along with it" in journal(bot, "closed")[0]


def test_a_liquidation_of_a_shared_position_records_our_own_part_only(bot: Bot) -> None:
    cause(bot, "reject_at_trigger", STOP_OR_TARGET, times=1)
    opened = bot.open(terms())
    add_external(bot, opened, quantity=D("1"))

    bot.price("BTCUSDT", opened.entry_price * D("0.85"))
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.LIQUIDATION
    assert bot.position(opened.id).exit_quantity == opened.quantity
    assert sum(quantity if opening else -quantity for opening, quantity in bucket(bot)) == 0


def test_somebody_who_takes_more_than_they_added_takes_the_rest_from_us(bot: Bot) -> None:
    opened = bot.open(terms())
    add_external(bot, opened)

    external_trade(bot, "SELL", Side.LONG, D("0.015"))
    bot.eventually(lambda: bot.position(opened.id).exit_quantity == D("0.005"), "what was taken from ours")

    assert bot.position(opened.id).external_quantity == 0
    assert bucket(bot) == [(True, ADDED), (False, ADDED)]
    said = journal(bot, "external_fill")
    assert said[0] == "0.005 of the bot's BTCUSDT LONG was closed by somebody else."
    assert said[1] == "0.01 was taken from BTCUSDT LONG by somebody else."
    with bot.sessions() as session:
        taken = session.scalars(select(FillRow).where(FillRow.position_id == opened.id, ~FillRow.opening)).one()
    orders = {int(row["orderId"]): row["clientOrderId"] for row in bot.exchange.ledger()["orders"]}
    assert taken.client_order_id == orders[taken.exchange_order_id]


@pytest.mark.parametrize("side", list(Side))
def test_an_external_part_left_alone_survives_our_stop_and_there_is_a_stop_all_the_time(bot: Bot, side: Side) -> None:
    opened = bot.open(terms(side=side))
    for_all = stops(bot)[0]
    add_external(bot, opened, side)

    reply = left_alone(bot, opened, side)
    ours_alone = stops(bot)[0]
    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id)
    bot.tidy(opened.id)

    assert "left alone" in reply
    gone = next(row for row in bot.exchange.ledger()["algoOrders"] if row["algoId"] == for_all["algoId"])
    assert ours_alone["createTime"] <= gone["updateTime"]
    assert closed.reason is CloseReason.SL
    assert bot.on_exchange("BTCUSDT", side) == ADDED
    assert bucket(bot) == [(True, ADDED)]
    assert bot.resting() == []
    external_trade(bot, CLOSES[side], side, ADDED)


@pytest.mark.parametrize("taken_over", [True, False])
def test_one_stop_for_all_comes_back_when_nothing_external_is_left(bot: Bot, taken_over: bool) -> None:
    opened = bot.open(terms())
    add_external(bot, opened)
    left_alone(bot, opened)

    if taken_over:
        bot.ask("adopt", "BTCUSDT", Side.LONG, D(10), D(5))
    else:
        external_trade(bot, "SELL", Side.LONG, ADDED)
    bot.eventually(lambda: sizes(bot) == [None, None], "stop and target for all of it")

    position = bot.position(opened.id)
    assert not position.own_part_only
    assert position.external_quantity == 0
    assert position.entry_quantity == opened.quantity + (ADDED if taken_over else 0)
    assert position.stop_price is not None
    bot.price("BTCUSDT", position.stop_price)
    assert bot.closed(opened.id).reason is CloseReason.SL


def test_a_stop_for_our_own_part_moves_over_another_and_follows_a_part_close(bot: Bot) -> None:
    opened = bot.open(terms(amount="200"))
    add_external(bot, opened)
    left_alone(bot, opened)

    target = opened.stop_price + 50
    bot.ask("edit_protection", opened.id, target, None)
    bot.eventually(
        lambda: [(D(r["triggerPrice"]), D(r["quantity"])) for r in stops(bot)] == [(target, opened.quantity)], "moved"
    )
    bot.ask("close_part", opened.id, D("0.5"))
    bot.eventually(lambda: bot.position(opened.id).exit_quantity > 0, "half closed")
    rest = opened.quantity - bot.position(opened.id).exit_quantity

    bot.eventually(lambda: sizes(bot) == [rest, rest], "stop and target for the rest of ours")
    assert bot.on_exchange("BTCUSDT", Side.LONG) == rest + ADDED


def test_a_stop_for_our_own_part_that_is_taken_away_comes_back(bot: Bot) -> None:
    opened = bot.open(terms())
    add_external(bot, opened)
    left_alone(bot, opened)
    gone = stops(bot)[0]

    external_cancel(bot, gone)

    bot.eventually(
        lambda: [D(r["quantity"]) for r in stops(bot) if r["algoId"] != gone["algoId"]] == [opened.quantity], "again"
    )


def test_both_stops_crossed_while_one_for_our_own_part_is_coming_book_our_own_part_only(bot: Bot) -> None:
    opened = bot.open(terms())
    add_external(bot, opened)
    cause(bot, "late", CANCEL, seconds=1)

    bot.ask("ignore_external", "BTCUSDT", Side.LONG)
    bot.eventually(lambda: len(stops(bot)) == 2, "both stops")
    bot.price("BTCUSDT", opened.stop_price - 1)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.SL
    assert bot.position(opened.id).exit_quantity == opened.quantity


@pytest.mark.parametrize("fault", [None, "drop_after", "partial_fill"])
def test_closing_what_was_added_closes_that_and_nothing_of_ours(bot: Bot, fault: str | None) -> None:
    opened = bot.open(terms())
    add_external(bot, opened)
    if fault is not None:
        cause(bot, fault, ENTRY_OR_CLOSE)

    reply = bot.ask("close_external", "BTCUSDT", Side.LONG)
    held = ADDED / 2 if fault == "partial_fill" else D(0)
    bot.eventually(lambda: bot.position(opened.id).external_quantity == held, "closed")

    position = bot.position(opened.id)
    assert reply.startswith("Closing the 0.01 that somebody else added to BTCUSDT LONG")
    assert position.phase is Phase.OPEN
    assert position.exit_quantity == 0
    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity + held
    assert len(sent(bot, opened.id, Purpose.CLOSE)) == 1
    assert sizes(bot) == [None, None]


@pytest.mark.parametrize("side", list(Side))
def test_closing_what_was_added_looks_first_whether_it_is_still_there(bot: Bot, side: Side) -> None:
    opened = bot.open(terms(side=side))
    add_external(bot, opened, side)
    cause(bot, "ws_silent", "WS /private", seconds=5)
    external_trade(bot, CLOSES[side], side, ADDED)

    reply = bot.ask("close_external", "BTCUSDT", side)

    assert reply.startswith("Nothing is there any more that somebody else added")
    assert bot.on_exchange("BTCUSDT", side) == opened.quantity
    assert sent(bot, opened.id, Purpose.CLOSE) == []


def test_a_bot_started_again_knows_since_when_something_was_added_and_does_not_tell_it_again(
    database_url: str, exchange: PracticeExchange
) -> None:
    with running_bot(database_url, exchange) as bot:
        add_external(bot, bot.open(terms()))
        before = bot.eventually(lambda: external_alert(bot), "the warning")
        bot.eventually(lambda: warnings_written(bot), "the warning in Activity")

    with running_bot(database_url, exchange) as bot:
        after = bot.eventually(lambda: external_alert(bot), "the warning")
        assert after.since == before.since
        assert len(warnings_written(bot)) == 1


def external_alert(bot: Bot) -> Alert | None:
    return next((alert for alert in bot.monitor.health().alerts if alert.code == "external"), None)


def warnings_written(bot: Bot) -> list[str]:
    return [text for text in journal(bot, "alert_raised") if text.startswith("Somebody else added")]


def test_what_is_left_after_our_part_keeps_the_reopening_waiting_and_can_be_closed(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(NO_MORE, maximum=1)))
    add_external(bot, first)
    left_alone(bot, first)

    bot.price("BTCUSDT", first.target_price)
    assert bot.closed(first.id).reason is CloseReason.TP
    shown = bot.eventually(lambda: bot.monitor.health().external_positions, "what is left")
    assert [(held.symbol, held.side, held.quantity) for held in shown] == [("BTCUSDT", Side.LONG, ADDED)]
    assert bot.position(first.id).reopen_state is ReopenState.WAITING
    assert len(entered(bot)) == 1

    bot.ask("close_external", "BTCUSDT", Side.LONG)
    bot.eventually(lambda: len(entered(bot)) == 2, "the next position")

    later = bot.eventually(
        lambda: [p for p in bot.positions() if p.parent_position_id == first.id], "the next position"
    )
    bot.settled(later[0].id)


def test_what_is_left_after_our_part_can_be_taken_over(bot: Bot) -> None:
    opened = bot.open(terms())
    add_external(bot, opened)
    left_alone(bot, opened)
    bot.price("BTCUSDT", opened.target_price)
    bot.closed(opened.id)
    bot.eventually(lambda: bot.monitor.health().external_positions, "what is left")

    reply = bot.ask("adopt", "BTCUSDT", Side.LONG, D(10), D(5))

    assert "taken over" in reply
    adopted = bot.position_after(opened.id)
    assert adopted.quantity == ADDED
    assert bucket(bot) == []


def test_a_stop_that_fires_before_the_added_part_is_known_records_our_own_part_only(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "ws_silent", "WS /private", seconds=3)

    external_trade(bot, "BUY", Side.LONG, ADDED)
    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.SL
    assert bot.position(opened.id).exit_quantity == opened.quantity
    assert bucket(bot) == [(True, ADDED), (False, ADDED)]


def test_an_order_that_never_arrived_is_settled_although_somebody_else_holds_the_position(bot: Bot) -> None:
    cause(bot, "delay", STOP_OR_TARGET)  # the stop
    cause(bot, "drop_before", STOP_OR_TARGET)  # the first target
    opened = bot.open(terms())
    add_external(bot, opened)
    bot.ask("close", opened.id)
    bot.closed(opened.id)

    bot.wait_on_the_exchange(timedelta(seconds=11))

    bot.tidy(opened.id)
    assert bot.on_exchange("BTCUSDT", Side.LONG) == ADDED
