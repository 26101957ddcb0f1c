"""A day with own trades, somebody else's and funding adds up to the last digit, and so does the wallet."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from benchmarks.month import books, report
from benchmarks.month_at_speed import MonthAtSpeed
from domain.pricing.tie_out import Agreement, DayBooks, books_agreement, wallet_agreement
from domain.terms import CloseReason, Side
from engine.state.routines import Routine
from storage.income_tables import EquityRow
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow
D = Decimal


def sampled(bot: Bot) -> None:
    """Let the wallet be read while nothing is booked, ten seconds away from anything."""
    bot.wait_on_the_exchange(timedelta(seconds=10))
    before = readings(bot)
    bot.make_due(Routine.SAMPLE_EQUITY)
    bot.eventually(lambda: readings(bot) > before, "a reading of the wallet")
    bot.wait_on_the_exchange(timedelta(seconds=10))


def readings(bot: Bot) -> int:
    with bot.sessions() as session:
        return session.scalar(select(func.count()).select_from(EquityRow)) or 0


def test_days_add_up(bot: Bot) -> None:
    sampled(bot)
    first = bot.open(terms())
    body = {"account": "practice", "symbol": "ETHUSDT", "positionSide": "SHORT"}
    bot.exchange.control("position", {**body, "side": "SELL", "quantity": "0.5"})
    bot.wait_on_the_exchange(timedelta(hours=8))
    bot.exchange.control("position", {**body, "side": "BUY", "quantity": "0.5"})
    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)
    second = bot.open(terms(side=Side.SHORT))
    bot.price("BTCUSDT", second.stop_price)
    bot.closed(second.id)
    bot.wait_on_the_exchange(timedelta(minutes=30))
    sampled(bot)

    def two_days() -> tuple[DayBooks, ...] | None:
        now = bot.monitor.exchange_now()
        days = bot.services.history.days(now.astimezone(UTC).date(), 2)
        agreements = {books_agreement(books, now) for books in days} | {
            wallet_agreement(books.wallet, now) for books in days
        }
        booked = sum(books.income_usdt for books in days)
        return days if agreements <= {Agreement.EXACT, Agreement.UNKNOWN} and booked == income(bot) else None

    days = bot.eventually(two_days, "days that add up")
    nets = [bot.position(run.id).net_usdt or D(0) for run in (first, second)]
    assert sum(books.trades_usdt for books in days) == sum(nets)
    assert sum(books.external_usdt for books in days) == income(bot) - sum(nets)
    assert any(books.wallet is not None and books.wallet.change_usdt for books in days)
    assert any(bot.position(run.id).funding_usdt for run in (first, second))


def test_a_short_month_adds_up_to_the_liquidation_of_the_account(bot: Bot) -> None:
    first = bot.monitor.exchange_now().astimezone(UTC).date()
    month = MonthAtSpeed(bot, trades=8, pairs=1)

    month.play()
    month.lose_everything()
    month.calm()

    assert report(month, books(bot, first))
    assert month.done["filled in part"]
    assert bot.positions()[-1].close_reason is CloseReason.LIQUIDATION


def income(bot: Bot) -> Decimal:
    return sum((D(row["income"]) for row in bot.exchange.ledger()["income"]), D(0))
