"""Sequences of unlucky moments, each of which has cost somebody a position elsewhere."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.terms import CloseReason, OrderState, Phase, Purpose, ReopenState, Side
from storage.income_tables import IncomeShareRow
from storage.tables import OrderRow, PositionRow
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import (
    CANCEL,
    CLOSES,
    ENTRY_OR_CLOSE,
    STOP_OR_TARGET,
    advance,
    asked_to_open,
    cause,
    entered,
    external_client,
    external_trade,
    failed,
    heal,
    journal,
    sent,
    stops,
)
from tests.system.flow.bot import Bot, reopening, running_bot, terms
from tests.system.flow.truth import unbooked_income

pytestmark = pytest.mark.slow
D = Decimal
PROOF_OF_ABSENCE = timedelta(seconds=11)


def hide_entries(bot: Bot) -> None:
    """Let the next entry execute unseen, whatever is asked, until heal."""
    cause(bot, "drop_after", ENTRY_OR_CLOSE)
    cause(bot, "amnesia", "GET *", times=100_000)


def given_up_although_filled(bot: Bot, side: Side) -> int:
    """Let an entry execute unseen and be counted as absent; return its position, whose fill is hidden until heal."""
    hide_entries(bot)
    position = asked_to_open(bot, terms(side=side))
    # Not before it has arrived: signed before the clock jumps and delivered after, it would be refused as too old.
    bot.eventually(lambda: entered(bot), "the entry executed")
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    failed(bot, position.id)
    return position.id


@pytest.mark.parametrize("side", list(Side))
def test_a_fill_seen_after_its_trade_was_abandoned_is_taken_back_and_protected(bot: Bot, side: Side) -> None:
    position = given_up_although_filled(bot, side)

    heal(bot)
    opened = bot.settled(position)

    assert len(entered(bot)) == 1
    assert [D(row["triggerPrice"]) for row in stops(bot)] == [opened.stop_price]
    assert "was filled after all" in journal(bot, "late_fill")[0]


def late_fill_and_the_one_in_its_place(bot: Bot, side: Side) -> tuple[int, PositionRow]:
    """Let a position be abandoned although it filled, and another open at its key; return both, hidden until heal."""
    abandoned = given_up_although_filled(bot, side)
    advance(bot, timedelta(seconds=61))
    second = asked_to_open(bot, terms(amount="200", side=side))
    bot.eventually(lambda: len(entered(bot)) == 2, "the second entry")
    return abandoned, second


def closes_lost(bot: Bot, position: int) -> list[OrderRow]:
    return [
        order for order in sent(bot, position, Purpose.CLOSE) if order.state is OrderState.UNKNOWN and order.answer_text
    ]


def test_a_fill_seen_while_its_turn_waits_to_be_tried_again_takes_the_turn(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(minutes=5), maximum=1)))
    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)
    bot.tidy(first.id)
    hide_entries(bot)
    bot.wait_on_the_exchange(timedelta(minutes=5))
    late = bot.eventually(lambda: [p for p in bot.positions() if p.id > first.id], "the second position")[0]
    bot.eventually(lambda: len(entered(bot)) == 2, "its entry")
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    failed(bot, late.id)
    assert bot.position(first.id).reopen_state is ReopenState.WAITING

    heal(bot)
    opened = bot.settled(late.id)

    assert (opened.sequence, opened.parent_id) == (2, first.id)
    assert bot.position(first.id).reopen_state is ReopenState.DONE
    bot.wait_on_the_exchange(timedelta(seconds=61))
    bot.ask("close", opened.id)
    bot.closed(opened.id)
    assert len(entered(bot)) == len(bot.positions()) == 2


def test_a_reopening_that_nobody_filled_is_tried_again_as_the_same_turn(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(0), maximum=1)))
    cause(bot, "unfilled", ENTRY_OR_CLOSE)

    bot.price("BTCUSDT", first.target_price)
    bot.eventually(lambda: len(bot.positions()) == 3, "the second try")
    unfilled, opened = bot.positions()[1], bot.settled(bot.positions()[2].id)

    assert unfilled.phase is Phase.FAILED
    assert (unfilled.sequence, opened.sequence) == (2, 2)
    assert opened.reopen_count == 1
    assert len(entered(bot)) == 2


@pytest.mark.parametrize("side", list(Side))
def test_a_fill_seen_after_another_trade_took_its_place_is_closed_and_the_other_lives_on(bot: Bot, side: Side) -> None:
    abandoned, second = late_fill_and_the_one_in_its_place(bot, side)

    heal(bot)
    opened = bot.settled(second.id)
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", side) == opened.quantity, "the late fill closed")

    bot.eventually(lambda: bot.position(abandoned).exit_quantity > 0, "the close booked")
    assert bot.position(abandoned).phase is Phase.FAILED
    assert bot.position(abandoned).exit_quantity == bot.position(abandoned).entry_quantity
    assert bot.position(second.id).phase is Phase.OPEN
    assert len(stops(bot)) == 1


def test_a_late_fill_whose_close_is_lost_is_closed_once_and_the_other_lives_on(bot: Bot) -> None:
    given_up, second = late_fill_and_the_one_in_its_place(bot, Side.LONG)
    heal(bot)
    cause(bot, "drop_before", ENTRY_OR_CLOSE)

    opened = bot.settled(second.id)
    bot.eventually(lambda: closes_lost(bot, given_up), "a close of the late fill that got no answer")
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    bot.eventually(lambda: bot.position(given_up).exit_quantity > 0, "the close booked", within=15)

    late = bot.position(given_up)
    assert (late.phase, late.exit_quantity) == (Phase.FAILED, late.entry_quantity)
    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity
    assert len(stops(bot)) == 1
    bot.price("BTCUSDT", opened.stop_price - 1)
    assert bot.closed(second.id).reason is CloseReason.SL
    assert bot.position(second.id).exit_quantity == bot.position(second.id).entry_quantity
    assert len(entered(bot)) == 2


@pytest.mark.parametrize("side", list(Side))
def test_a_late_fill_closed_by_the_stop_of_the_one_after_it_is_recorded_as_its_own(bot: Bot, side: Side) -> None:
    abandoned, second = late_fill_and_the_one_in_its_place(bot, side)
    heal(bot)
    cause(bot, "drop_before", ENTRY_OR_CLOSE, times=100)
    opened = bot.settled(second.id)
    bot.eventually(lambda: closes_lost(bot, abandoned), "a close of the late fill that got no answer")

    bot.price("BTCUSDT", opened.stop_price - side.sign)
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", side) == 0, "the stop took both")
    heal(bot)
    closed = bot.closed(second.id)
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    bot.eventually(lambda: sent(bot, abandoned, Purpose.CLOSE)[-1].state is OrderState.ABSENT, "the lost close")

    assert closed.reason is CloseReason.SL
    for position in (bot.position(abandoned), bot.position(second.id)):
        assert position.exit_quantity == position.entry_quantity > 0
    assert len(journal(bot, "late_fill_closed")) == 1


def test_a_late_fill_that_somebody_else_closed_is_recorded(bot: Bot) -> None:
    abandoned, second = late_fill_and_the_one_in_its_place(bot, Side.LONG)
    heal(bot)
    cause(bot, "drop_before", ENTRY_OR_CLOSE, times=100)
    opened = bot.settled(second.id)
    bot.eventually(lambda: closes_lost(bot, abandoned), "a close of the late fill that got no answer")

    held = bot.on_exchange("BTCUSDT", Side.LONG)
    external_trade(bot, "SELL", Side.LONG, held - opened.quantity)
    heal(bot)
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    bot.eventually(lambda: bot.position(abandoned).exit_quantity > 0, "the external close booked")
    bot.price("BTCUSDT", opened.stop_price - 1)
    bot.closed(second.id)

    for position in (bot.position(abandoned), bot.position(second.id)):
        assert position.exit_quantity == position.entry_quantity > 0


@pytest.mark.parametrize("side", list(Side))
def test_stop_and_target_crossed_at_once_close_once_and_book_what_filled(bot: Bot, side: Side) -> None:
    opened = bot.open(terms(side=side))
    cause(bot, "html_502", "GET *", times=30)

    bot.price("BTCUSDT", opened.target_price)
    bot.price("BTCUSDT", opened.stop_price)
    heal(bot)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.TP
    assert bot.on_exchange("BTCUSDT", side) == 0


@pytest.mark.parametrize("side", list(Side))
def test_bridge_and_stop_crossed_at_once_while_moving_close_once(bot: Bot, side: Side) -> None:
    opened = bot.open(terms(side=side))
    cause(bot, "late", CANCEL, seconds=1)
    bot.ask("edit_protection", opened.id, opened.stop_price + side.sign * 50, None)
    bot.eventually(lambda: len(stops(bot)) == 2, "bridge and stop")

    bot.price("BTCUSDT", opened.stop_price - side.sign)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.SL
    assert bot.on_exchange("BTCUSDT", side) == 0
    out = CLOSES[side]
    traded = [D(r["qty"]) for r in bot.exchange.ledger()["trades"] if (r["side"], r["positionSide"]) == (out, side)]
    assert sum(traded) == opened.quantity


def test_close_and_target_at_the_same_moment_close_once(bot: Bot) -> None:
    opened = bot.open(terms(reopen=reopening(timedelta(minutes=5))))
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=0.5)

    bot.price("BTCUSDT", opened.target_price)
    reply = bot.ask("close", opened.id)
    closed = bot.closed(opened.id)

    # Whichever the bot learns of first: once the person has asked, nothing opens again, whatever order filled.
    in_time = reply == "BTCUSDT LONG is being closed."
    assert closed.reopen_state is (ReopenState.NONE if in_time else ReopenState.WAITING)
    assert closed.reason in (CloseReason.TP, CloseReason.MANUAL)
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0
    assert len(entered(bot)) == 1


def test_close_pressed_twice_around_a_reopen_closes_only_what_was_meant(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(0), maximum=1)))
    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)
    second = bot.position_after(first.id)

    asked_again = bot.ask("close", first.id)
    still_open = bot.position(second.id).phase
    bot.ask("close", second.id)
    bot.closed(second.id)
    asked_late = bot.ask("close", second.id)

    assert asked_again == "BTCUSDT LONG is closed already."
    assert still_open is Phase.OPEN
    assert asked_late == "BTCUSDT LONG is closed already."
    assert len(sent(bot, second.id, Purpose.CLOSE)) == 1
    assert len(bot.positions()) == 2


def test_a_close_asked_while_entering_is_carried_out_after_the_fill(bot: Bot) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    position = asked_to_open(bot, terms(reopen=reopening(timedelta(0))))

    bot.ask("close", position.id)
    closed = bot.closed(position.id)

    assert closed.reason is CloseReason.MANUAL
    assert len(entered(bot)) == 1


def test_a_close_asked_for_an_entry_that_never_arrived_ends_in_nothing(bot: Bot) -> None:
    cause(bot, "drop_before", ENTRY_OR_CLOSE)
    position = asked_to_open(bot, terms(reopen=reopening(timedelta(0))))

    bot.ask("close", position.id)
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    failed(bot, position.id)

    assert entered(bot) == []
    assert len(bot.positions()) == 1


def test_both_sides_of_a_pair_over_one_funding_book_each_its_own_to_the_last_digit(bot: Bot) -> None:
    # A loss that allows for the highest fees: the account's own may not be read yet.
    long = bot.open(terms(side=Side.LONG, amount="500", sl="10"))
    short = bot.open(terms(side=Side.SHORT, amount="300", sl="10"))
    now = bot.exchange.control("ledger")["time"] // 1000
    eight_hours = 8 * 3600

    bot.wait_on_the_exchange(timedelta(seconds=eight_hours - now % eight_hours + 1))
    bot.eventually(lambda: len(funding(bot)) == 2, "funding of both sides")
    for position in (long, short):
        bot.ask("close", position.id)
    closed = [bot.closed(position.id) for position in (long, short)]
    for _ in range(2):
        advance(bot, timedelta(minutes=6))
    bot.eventually(lambda: bot.position(short.id).result_final and bot.position(long.id).result_final, "final results")

    paid = {position.id: bot.position(position.id).funding_usdt or D(0) for position in closed}
    assert sorted(paid.values()) == sorted(D(row["income"]) for row in funding(bot))
    assert (paid[long.id] < 0) != (paid[short.id] < 0)
    with bot.sessions() as session:
        assert unbooked_income(session, bot.exchange.ledger()) == []
        assert session.query(IncomeShareRow).count() == 2


def funding(bot: Bot) -> list[dict[str, str]]:
    return [row for row in bot.exchange.ledger()["income"] if row["incomeType"] == "FUNDING_FEE"]


def test_a_mark_price_one_percent_away_opens_nothing_that_would_fire_at_once(bot: Bot) -> None:
    last = D("84000")
    bot.exchange.control("price", {"symbol": "BTCUSDT", "last": str(last), "mark": str(last * D("0.99"))})

    instruction = "mark-apart"
    bot.services.instructions.open_trade(instruction, terms(sl="5"))
    outcome = bot.eventually(
        lambda: answer.outcome if (answer := bot.services.instructions.answer(instruction)).outcome else None,
        "an outcome",
    )
    asked = len(bot.exchange.requests())
    time.sleep(2)
    asked = len(bot.exchange.requests()) - asked
    bot.exchange.control("price", {"symbol": "BTCUSDT", "price": str(last)})

    assert asked < 50
    assert "would trigger at once" in outcome
    assert entered(bot) == []


def test_a_stop_wide_enough_for_a_mark_price_one_percent_away_is_kept(bot: Bot) -> None:
    bot.exchange.control("price", {"symbol": "BTCUSDT", "last": "84000", "mark": "83160"})

    opened = bot.open(terms(sl="40", tp="40"))

    assert len(stops(bot)) == 1
    bot.price("BTCUSDT", opened.stop_price)
    assert bot.closed(opened.id).reason is CloseReason.SL


def test_an_older_trades_stop_in_the_way_is_replaced_only_once_another_rests(bot: Bot) -> None:
    first = bot.open(terms())
    kept = stops(bot)[0]
    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)
    bot.tidy(first.id)
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    second = asked_to_open(bot, terms())
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG), "the fill")
    external_client(bot.exchange).futures_create_algo_order(
        symbol="BTCUSDT",
        side="SELL",
        positionSide="LONG",
        type="STOP_MARKET",
        triggerPrice="50000",
        workingType="MARK_PRICE",
        closePosition="true",
        clientAlgoId=kept["clientAlgoId"],
    )

    opened = bot.settled(second.id)
    bot.eventually(
        lambda: [(D(r["triggerPrice"]), r["closePosition"]) for r in stops(bot)] == [(opened.stop_price, True)],
        "our own stop alone",
    )


def test_a_wiped_account_sends_nothing_and_trades_on_after_writing_off(
    database_url: str, exchange: PracticeExchange
) -> None:
    # The ledger to check against is gone as well, so the invariants are not checked at the end.
    with running_bot(database_url, exchange) as bot:
        write_off_what_is_gone(bot)


def write_off_what_is_gone(bot: Bot) -> None:
    lost = bot.open(terms())
    bot.exchange.control("wipe", {"account": "practice"})
    bot.eventually(lambda: len(sent(bot, lost.id, Purpose.STOP)) > 1, "it is noticed")
    bot.wait_on_the_exchange(timedelta(seconds=61))
    bot.eventually(lambda: journal(bot, "missing"), "it is said")
    sent_before = len(bot.orders(lost.id))

    time.sleep(2)
    sent_after = len(bot.orders(lost.id))
    reply = bot.ask("write_off", lost.id)

    assert sent_after == sent_before
    assert bot.position(lost.id).phase_note is not None
    assert "was written off" in reply
    written_off = bot.position(lost.id)
    assert (written_off.phase, written_off.close_reason) == (Phase.CLOSED, CloseReason.LOST)
    assert written_off.net_usdt is None
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    bot.tidy(lost.id)
    bot.open(terms())


def test_an_entry_partly_filled_is_protected_for_what_it_holds_and_reopens_whole(bot: Bot) -> None:
    cause(bot, "partial_fill", ENTRY_OR_CLOSE, fraction="0.3")
    first = bot.open(terms(amount="200", reopen=reopening(timedelta(0), maximum=1)))
    asked = sent(bot, first.id, Purpose.ENTRY)[0]
    assert asked.quantity is not None

    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)
    second = bot.position_after(first.id)

    assert first.quantity < asked.quantity
    assert asked.state is OrderState.EXPIRED
    assert second.quantity > first.quantity


def test_a_reopening_waits_for_every_order_of_the_trade_before(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(0), maximum=1)))
    cause(bot, "html_502", "GET /fapi/v1/algoOrder", times=12)

    bot.price("BTCUSDT", first.target_price)
    second = bot.position_after(first.id)

    entry_at = sent(bot, second.id, Purpose.ENTRY)[0].created_at
    settled = [order.final_at for order in bot.orders(first.id)]
    assert all(at is not None and at <= entry_at for at in settled)


def test_an_external_close_just_before_the_stop_is_explained_and_not_closed_again(bot: Bot) -> None:
    opened = bot.open(terms())
    cause(bot, "ws_silent", "WS /private", seconds=5)

    external_trade(bot, "SELL", Side.LONG, opened.quantity)
    bot.price("BTCUSDT", opened.stop_price - D(10))
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.EXTERNAL
    assert sent(bot, opened.id, Purpose.CLOSE) == []
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0


def test_many_stops_at_once_are_placed_for_every_position(bot: Bot) -> None:
    symbols = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    cause(bot, "delay", STOP_OR_TARGET, times=3, seconds=0.5)

    for number, symbol in enumerate(symbols):
        bot.services.instructions.open_trade(f"many-{number}-{time.monotonic_ns()}", terms(symbol=symbol))
    positions = bot.eventually(lambda: p if len(p := bot.positions()) == 3 else None, "three positions")

    for position in positions:
        bot.settled(position.id)
        filled = [row["time"] for row in bot.exchange.ledger()["trades"] if row["symbol"] == position.symbol]
        assert stops(bot, position.symbol)[0]["createTime"] - min(filled) <= 5000
