"""Exits that move, from the form's terms to the booked result, on real parts."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.exit_plan import ExitPlan, LockIn, PartialTarget, TimeStop, Trail, TrailUnit
from domain.exits.moves import ExitPrices, trail_stop
from domain.journal.events import JournalEvent
from domain.pricing.brackets import EntryFill
from domain.terms import CloseReason, OrderState, Phase, Purpose, ReopenState, Side, TradeTerms
from storage.bot_tables import JournalRow
from storage.exit_tables import ExitProgressRow
from storage.tables import FillRow
from tests.support.practice import PracticeExchange
from tests.system.flow.bot import Bot, OpenPosition, reopening, running_bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow
D = Decimal
TICK = D("0.1")


def wide(side: Side = Side.LONG) -> TradeTerms:
    """Return terms whose target is far away."""
    return terms(side=side, tp="60", sl="8")


def prices(bot: Bot, run: OpenPosition) -> ExitPrices:
    """Return what turns USDT into prices for a run as it was filled."""
    row = bot.position(run.id)
    with bot.sessions() as session:
        opening = session.scalars(select(FillRow).where(FillRow.position_id == run.id, FillRow.opening)).all()
    fee = sum((fill.commission for fill in opening), D(0))
    return ExitPrices(EntryFill(row.side, row.entry_quantity, run.entry_price, fee), row.basis, row.taker_rate, TICK)


def stop_rests_at(bot: Bot, run_id: int, price: Decimal) -> None:
    """Wait until exactly one stop rests, for all of the position, and at a price."""

    def rests() -> bool:
        stops = [row for row in bot.resting("BTCUSDT") if row["orderType"] == "STOP_MARKET"]
        return [(D(row["triggerPrice"]), row["closePosition"]) for row in stops] == [(price, True)]

    bot.eventually(rests, f"one stop at {price}")


def go(bot: Bot, price: Decimal) -> None:
    bot.price("BTCUSDT", price)


def events(bot: Bot, event: JournalEvent) -> list[str]:
    with bot.sessions() as session:
        return list(session.scalars(select(JournalRow.text).where(JournalRow.event == event).order_by(JournalRow.id)))


def has_all(bot: Bot, run_id: int, number: int) -> bool:
    """Whether so many partial targets rest."""
    targets = [o for o in bot.orders(run_id) if o.purpose is Purpose.TARGET and o.state is OrderState.WORKING]
    return len(targets) == number


@pytest.mark.parametrize("side", list(Side))
def test_break_even_after_a_profit_then_the_trade_loses_nothing(bot: Bot, side: Side) -> None:
    run = bot.open(replace(wide(side), exits=ExitPlan(break_even_after_usdt=D(10))))
    at = prices(bot, run)

    go(bot, at.at_result(D(10)))
    stop_rests_at(bot, run.id, at.break_even())
    go(bot, at.at_result(D(4)))
    go(bot, at.break_even() - side.sign * TICK)
    closed = bot.closed(run.id)

    assert closed.reason is CloseReason.SL
    assert D("-0.5") < closed.net < D("0.5")
    assert any("can lose nothing" in text for text in events(bot, JournalEvent.STOP_MOVED))


@pytest.mark.parametrize(
    "trail",
    [
        Trail(TrailUnit.PRICE, D(300)),
        Trail(TrailUnit.PRICE, D(300), after_usdt=D(5)),
        Trail(TrailUnit.PERCENT, D("0.5")),
        Trail(TrailUnit.USDT, D(4)),
    ],
)
def test_a_trailing_stop_follows_and_never_goes_back(bot: Bot, trail: Trail) -> None:
    run = bot.open(replace(wide(), exits=ExitPlan(trail=trail)))
    at = prices(bot, run)
    if trail.after_usdt is not None:
        go(bot, at.at_result(D(4)))
        stop_rests_at(bot, run.id, run.stop_price)

    for profit in (D(8), D(20)):
        best = at.at_result(profit)
        go(bot, best)
        rests = trail_stop(trail, at, best)
        stop_rests_at(bot, run.id, rests)
    go(bot, rests + TICK * 20)
    bot.check_now()
    assert bot.position(run.id).stop_price == rests
    go(bot, rests)
    closed = bot.closed(run.id)

    assert closed.reason is CloseReason.SL
    assert closed.net > D(5)


def test_lock_ins_keep_what_they_say_and_the_nearest_stop_wins(bot: Bot) -> None:
    steps = (LockIn(D(10), D(5)), LockIn(D(20), D(12)))
    run = bot.open(replace(wide(), exits=ExitPlan(D(6), lock_ins=steps)))
    at = prices(bot, run)

    go(bot, at.at_result(D(7)))
    stop_rests_at(bot, run.id, at.break_even())
    go(bot, at.at_result(D(20)))
    stop_rests_at(bot, run.id, at.at_result(D(12)))
    go(bot, at.at_result(D(12)))

    assert D("11.4") < bot.closed(run.id).net < D("12.6")


def test_targets_take_their_shares_and_the_stop_follows_them(bot: Bot) -> None:
    targets = (PartialTarget(D(10), D(50)), PartialTarget(D(20), D(25)), PartialTarget(D(30), D(25)))
    plan = ExitPlan(targets=targets, stop_follows_targets=True)
    run = bot.open(replace(terms(amount="400", tp="60", sl="30"), exits=plan))
    at = prices(bot, run)
    bot.eventually(lambda: has_all(bot, run.id, 3), "three targets")

    go(bot, at.at_result(D(10)))
    stop_rests_at(bot, run.id, at.break_even())
    half = bot.on_exchange("BTCUSDT", Side.LONG)
    assert D(0) < half < run.quantity
    go(bot, at.at_result(D(20)))
    stop_rests_at(bot, run.id, at.at_result(D(10)))
    assert bot.position(run.id).target_price == at.at_result(D(30))
    go(bot, at.at_result(D(30)))
    closed = bot.closed(run.id)
    bot.tidy(run.id)

    assert closed.reason is CloseReason.TP
    assert D("16.5") < closed.net < D("18.5")  # 10 × ½ + 20 × ¼ + 30 × ¼
    assert len(events(bot, JournalEvent.TARGET_HIT)) == 3


def test_what_the_targets_leave_over_is_closed_by_the_trailing_stop(bot: Bot) -> None:
    plan = ExitPlan(trail=Trail(TrailUnit.PRICE, D(500), after_usdt=D(12)), targets=(PartialTarget(D(10), D(50)),))
    run = bot.open(replace(terms(amount="400", tp="200", sl="30"), exits=plan))
    at = prices(bot, run)
    bot.eventually(lambda: has_all(bot, run.id, 1), "the target")

    go(bot, at.at_result(D(10)))
    bot.eventually(lambda: events(bot, JournalEvent.TARGET_HIT), "the first target")
    best = at.at_result(D(40))
    go(bot, best)
    stop_rests_at(bot, run.id, best - 500)
    go(bot, best - 500)

    closed = bot.closed(run.id)
    assert closed.reason is CloseReason.SL
    assert closed.net > D(10)


def test_a_trade_has_had_its_time(bot: Bot) -> None:
    run = bot.open(
        replace(terms(reopen=reopening(timedelta(0))), exits=ExitPlan(time_stop=TimeStop(timedelta(hours=4))))
    )

    bot.wait_on_the_exchange(timedelta(hours=4))
    closed = bot.closed(run.id)

    assert closed.reason is CloseReason.TIME
    assert closed.reopen_state is ReopenState.NONE


def test_only_a_trade_in_profit_ends_with_its_time(bot: Bot) -> None:
    plan = ExitPlan(time_stop=TimeStop(timedelta(hours=1), only_in_profit=True))
    run = bot.open(replace(terms(), exits=plan))
    at = prices(bot, run)

    go(bot, at.at_result(D(-2)))
    bot.wait_on_the_exchange(timedelta(hours=2))
    bot.check_now()
    bot.check_now()
    assert bot.position(run.id).phase is Phase.OPEN
    go(bot, at.at_result(D(2)))

    assert bot.closed(run.id).net > 0


def test_an_expired_plan_opens_nothing_more(bot: Bot) -> None:
    ends = bot.monitor.exchange_now() + timedelta(hours=1)
    run = bot.open(replace(terms(reopen=reopening(timedelta(hours=2))), exits=ExitPlan(expires_at=ends)))

    go(bot, run.target_price)
    bot.closed(run.id)
    bot.tidy(run.id)
    bot.wait_on_the_exchange(timedelta(hours=2))

    bot.eventually(lambda: bot.position(run.id).reopen_state is ReopenState.REJECTED, "no reopening")
    assert len(bot.positions()) == 1
    assert "has expired" in bot.ask("reopen_now", run.id)


def test_a_stop_moved_by_hand_stays_until_the_price_comes_farther(bot: Bot) -> None:
    run = bot.open(replace(wide(), exits=ExitPlan(trail=Trail(TrailUnit.PRICE, D(300)))))
    at = prices(bot, run)
    best = at.at_result(D(10))
    go(bot, best)
    stop_rests_at(bot, run.id, best - 300)

    loose = best - 600
    bot.ask("edit_protection", run.id, loose, None)
    stop_rests_at(bot, run.id, loose)
    go(bot, best - 50)
    bot.check_now()
    assert bot.position(run.id).stop_price == loose
    go(bot, best + 100)

    stop_rests_at(bot, run.id, best - 200)


def test_a_price_that_is_back_at_the_moved_stop_is_taken_at_market(bot: Bot) -> None:
    """The peak is known and the stop could not be moved in time: nothing is sent that would fire at once."""
    run = bot.open(replace(wide(), exits=ExitPlan(trail=Trail(TrailUnit.PRICE, D(300)))))
    best = prices(bot, run).at_result(D(20))
    with bot.sessions.begin() as session:
        session.merge(ExitProgressRow(position_id=run.id, best_mark=best, dropped_targets=[]))

    closed = bot.closed(run.id)

    assert closed.reason is CloseReason.SL


def test_a_bot_that_was_off_goes_on_from_its_peak(database_url: str, exchange: PracticeExchange) -> None:
    with running_bot(database_url, exchange) as bot:
        run = bot.open(replace(wide(), exits=ExitPlan(trail=Trail(TrailUnit.PRICE, D(300)))))
        best = prices(bot, run).at_result(D(20))
        go(bot, best)
        stop_rests_at(bot, run.id, best - 300)
    exchange.control("price", {"symbol": "BTCUSDT", "price": str(best - 100)})

    with running_bot(database_url, exchange) as bot:
        bot.check_now()
        stop_rests_at(bot, run.id, best - 300)
        go(bot, best + 100)
        stop_rests_at(bot, run.id, best - 200)
        check(bot)
