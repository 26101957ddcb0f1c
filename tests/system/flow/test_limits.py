"""Limits on real parts: a limit holds before the trade, is said once, and lifts by itself or by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.risk.limits import LimitKind, RiskLimits
from domain.terms import CloseReason, ReopenState, Side
from storage.bot_tables import JournalRow
from storage.risk_tables import ReachedLimitRow
from tests.system.flow.bot import Bot, reopening, running_bot, terms

pytestmark = pytest.mark.slow
D = Decimal


@pytest.fixture(autouse=True)
def not_at_midnight(bot: Bot) -> None:
    """Let no day end in the middle of a test."""
    now = bot.monitor.exchange_now()
    if (now + timedelta(minutes=5)).date() > now.date():
        bot.wait_on_the_exchange(timedelta(minutes=10))


def reached(bot: Bot) -> list[tuple[str, bool]]:
    """Return which limits were reached, and whether each still holds."""
    with bot.sessions() as session:
        rows = session.scalars(select(ReachedLimitRow).order_by(ReachedLimitRow.id))
        return [(row.kind, row.lifted_at is None) for row in rows]


def lines(bot: Bot, event: str) -> list[str]:
    with bot.sessions() as session:
        statement = select(JournalRow.text).where(JournalRow.event == event).order_by(JournalRow.id)
        return list(session.scalars(statement))


def lose_one(bot: Bot, reopen: timedelta | None = None) -> int:
    """Open a trade that may lose 5 and let its stop fire; return its id."""
    opened = bot.open(terms(sl="5", reopen=reopening(reopen)) if reopen is not None else terms(sl="5"))
    bot.price("BTCUSDT", opened.stop_price)
    bot.closed(opened.id)
    bot.tidy(opened.id)
    return opened.id


def test_the_days_loss_holds_until_midnight_and_then_the_trade_goes_on(bot: Bot) -> None:
    bot.services.limits.save(RiskLimits(day_loss_usdt=D(4), count_open_risk=False))
    lost = lose_one(bot, reopen=timedelta(0))
    bot.eventually(lambda: reached(bot) == [("DAY_LOSS", True)], "the limit is reached")

    outcome = bot.ask("open_trade", terms(side=Side.SHORT))
    (bite,) = bot.services.limits.bites()
    waiting = bot.eventually(lambda: lines(bot, "reopen_waits"), "the reopening waits")
    position = bot.position(lost)

    assert outcome == f"Nothing was sent: {bite.sentence}"  # the form, the bar and the engine say the same
    assert bite.sentence in waiting[0]
    assert lines(bot, "limit_reached") == [bite.sentence]
    assert position.reopen_state is ReopenState.WAITING
    assert position.reopen_not_before == bite.lifts_at

    assert bite.lifts_at is not None
    bot.wait_on_the_exchange(bite.lifts_at - bot.monitor.exchange_now() + timedelta(seconds=1))

    bot.position_after(lost)
    assert reached(bot) == [("DAY_LOSS", False)]
    assert len(lines(bot, "limit_lifted")) == 1


def test_an_open_trades_stop_counts_before_the_next_one_opens(bot: Bot) -> None:
    bot.services.limits.save(RiskLimits(day_loss_usdt=D(8)))
    bot.open(terms(sl="5"))

    outcome = bot.ask("open_trade", terms(symbol="ETHUSDT", sl="5"))

    assert "the stops of open trades could cost" in outcome.lower()
    assert len(bot.positions()) == 1
    assert reached(bot) == []  # a smaller one may still open
    small = bot.open(terms(symbol="ETHUSDT", sl="2"))
    assert small.quantity > 0


def test_a_limit_survives_a_restart_and_is_lifted_by_hand(bot: Bot, database_url: str) -> None:
    bot.services.limits.save(RiskLimits(losses_in_a_row=1))
    lose_one(bot)
    bot.eventually(lambda: reached(bot) == [("LOSSES", True)], "the limit is reached")
    bot.monitor.stop()

    with running_bot(database_url, bot.exchange) as again:
        refused = again.ask("open_trade", terms())
        again.services.limits.lift(LimitKind.LOSSES, None)
        opened = again.open(terms())

    assert "lost 1 trade in a row" in refused
    assert opened.quantity > 0


def test_everything_is_closed_at_the_loss_that_was_set(bot: Bot) -> None:
    long = bot.open(terms(sl="50", tp="50"))
    other = bot.open(terms(symbol="ETHUSDT", sl="50", tp="50"))
    bot.services.limits.save(RiskLimits(close_all_loss_usdt=D(20)))

    # 1,000 USDT of BTC: 2 % down costs 20, more than the limit with the fees
    bot.price("BTCUSDT", long.entry_price * D("0.975"))
    closed = [bot.closed(trade.id) for trade in (long, other)]

    assert {one.reason for one in closed} == {CloseReason.MANUAL}
    assert reached(bot) == [("CLOSE_ALL_LOSS", True)]
    assert len(lines(bot, "limit_reached")) == 1


def test_a_reopening_by_hand_is_held_too(bot: Bot) -> None:
    lost = lose_one(bot)
    bot.services.limits.save(RiskLimits(losses_in_a_row=1))

    outcome = bot.ask("reopen_now", lost)

    assert outcome.startswith("Nothing was sent. The bot has lost 1 trade in a row")
    assert len(bot.positions()) == 1


def test_one_press_closes_everything_and_stops(bot: Bot) -> None:
    waiting = lose_one(bot, reopen=timedelta(hours=1))
    long = bot.open(terms(symbol="ETHUSDT"))
    short = bot.open(terms(symbol="ETHUSDT", side=Side.SHORT))

    outcome = bot.ask("close_everything")
    closed = [bot.closed(trade.id) for trade in (long, short)]
    refused = bot.ask("open_trade", terms())

    assert outcome == "2 positions are being closed, and nothing more opens until you press Resume."
    assert {one.reason for one in closed} == {CloseReason.MANUAL}
    assert bot.position(waiting).reopen_state is ReopenState.SKIPPED
    assert "opening is paused" in refused
