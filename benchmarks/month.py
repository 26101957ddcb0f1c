"""A month at speed, and whether its books add up: `python -m benchmarks.month [TRADES]`, by default 5,000.

Three pairs, each LONG and SHORT, open again as soon as they close, until so many trades have closed; prices jump to a
stop or a target, the exchange's clock goes on by thirty days in all, so that funding is paid, entries fill in part, and
somebody else trades on the account. Then every day is compared: trades and external activity, the income history, and
the change of the wallet. Prints the month; ends with 1 when anything differs by the last digit.
"""

import random
import sys
import time
from collections import Counter
from datetime import UTC, date, timedelta
from decimal import Decimal
from functools import partial

from sqlalchemy import func, select

from benchmarks.running import steered
from domain.pricing.tie_out import Agreement, DayBooks, books_agreement, wallet_agreement
from domain.terms import Phase, Side
from engine.state.routines import Routine
from storage.income_tables import EquityRow
from storage.tables import PositionRow
from tests.system.flow.bot import Bot, reopening, terms

PAIRS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
MONTH = timedelta(days=30)
AT_ONCE = reopening(timedelta(0))
QUIET = timedelta(seconds=10)
SOMEBODY_ELSE = {"account": "practice", "symbol": "XRPUSDT", "positionSide": "LONG", "quantity": "100"}
EVERY = 10  # rounds between a fill in parts, and between what somebody else does


def closed(bot: Bot) -> int:
    """Return how many trades have closed."""
    with bot.sessions() as session:
        count = select(func.count()).where(PositionRow.phase == Phase.CLOSED)
        return session.scalar(count) or 0


def protected(bot: Bot) -> list[PositionRow]:
    """Return the trades that are open with a stop."""
    held = (PositionRow.phase == Phase.OPEN, PositionRow.protected_at.is_not(None))
    with bot.sessions() as session:
        return list(session.scalars(select(PositionRow).where(*held).order_by(PositionRow.id)))


def _all_open(bot: Bot, number: int) -> bool:
    return len(protected(bot)) == number


def _more_closed(bot: Bot, before: int) -> bool:
    return closed(bot) > before


def _clock_measured(bot: Bot) -> bool:
    return abs(bot.monitor.exchange_now() - bot.exchange.now()) < timedelta(seconds=1)


def play(bot: Bot, trades: int) -> None:
    """Let so many trades live and close while a month passes."""
    for symbol in PAIRS:
        for side in Side:
            bot.ask("open_trade", terms(symbol, side, tp="4", sl="4", reopen=AT_ONCE))
    dice, number, rounds = random.Random(1), len(PAIRS) * len(Side), 0  # the same month every time
    a_round = MONTH / max(1, trades // number)
    while closed(bot) < trades:
        bot.eventually(partial(_all_open, bot, number), "all open", within=120)
        live = protected(bot)
        bot.wait_on_the_exchange(a_round)
        bot.eventually(partial(_clock_measured, bot), "the clock measured", within=60)
        if rounds % EVERY == 0:
            bot.exchange.control("faults", {"match": "POST /fapi/v1/order", "kind": "partial_fill", "times": 1})
            bot.exchange.control("position", {**SOMEBODY_ELSE, "side": "SELL" if rounds // EVERY % 2 else "BUY"})
        before = closed(bot)
        for position in live:
            price = dice.choice((position.stop_price, position.target_price))
            if position.side is Side.LONG and price is not None:
                bot.price(position.symbol, price)
        bot.eventually(partial(_more_closed, bot, before), "a trade closed", within=120)
        rounds += 1


def calm(bot: Bot) -> None:
    """Close everything and let the last rows of the month be read."""
    bot.ask("close_everything")
    bot.eventually(lambda: not protected(bot), "everything closed", within=120)
    bot.wait_on_the_exchange(timedelta(minutes=30))
    sample(bot)


def sample(bot: Bot) -> None:
    """Let the wallet be read away from anything that is recorded."""
    bot.wait_on_the_exchange(QUIET)
    with bot.sessions() as session:
        before = session.scalar(select(func.count()).select_from(EquityRow)) or 0

    def read() -> bool:
        with bot.sessions() as session:
            return (session.scalar(select(func.count()).select_from(EquityRow)) or 0) > before

    bot.make_due(Routine.SAMPLE_EQUITY)
    bot.eventually(read, "a reading of the wallet", within=60)
    bot.wait_on_the_exchange(QUIET)


def books(bot: Bot, first: date) -> tuple[DayBooks, ...]:
    """Return the days since the first once the income history is read to its end, or as they are after two minutes."""
    income = sum((Decimal(row["income"]) for row in bot.exchange.ledger()["income"]), Decimal(0))
    until = time.monotonic() + 120
    while True:
        now = bot.monitor.exchange_now()
        last = now.astimezone(UTC).date()
        days = bot.services.history.days(last, (last - first).days + 1)
        wrong = [day for day in days if books_agreement(day, now) is not Agreement.EXACT]
        if (sum(day.income_usdt for day in days) == income and not wrong) or time.monotonic() > until:
            return days
        time.sleep(1)


def report(bot: Bot, days: tuple[DayBooks, ...]) -> bool:
    """Print the month; return whether everything is the same to the last digit."""
    now, ledger = bot.monitor.exchange_now(), bot.exchange.ledger()
    kinds = Counter(row["incomeType"] for row in ledger["income"])
    income = sum((Decimal(row["income"]) for row in ledger["income"]), Decimal(0))
    trades, external = (sum(getattr(day, name) for day in days) for name in ("trades_usdt", "external_usdt"))
    spans = [wallet_agreement(day.wallet, now) for day in days if day.wallet is not None]
    unequal = spans.count(Agreement.DIFFERENT) + spans.count(Agreement.BEING_READ)
    lines = (
        f"{closed(bot)} trades closed on {len(PAIRS)} pairs in {sum(not day.is_quiet for day in days)} days",
        f"the exchange's income history: {', '.join(f'{kinds[kind]} {kind}' for kind in sorted(kinds))}",
        f"trades {trades:f} + external {external:f} = {trades + external:f} USDT; income history {income:f} USDT",
        f"difference of the month: {trades + external - income:f}",
        f"largest difference of a day: {max(abs(day.difference_usdt) for day in days):f}",
        f"days whose wallet was read: {len(spans)}, of them different: {unequal}",
    )
    print("\n".join(lines), flush=True)  # noqa: T201
    return trades + external == income and not any(day.difference_usdt for day in days) and not unequal


def main(trades: int) -> int:
    """Play and compare; return the exit code."""
    with steered() as (bot, _):
        first = bot.monitor.exchange_now().astimezone(UTC).date()
        sample(bot)
        play(bot, trades)
        calm(bot)
        exact = report(bot, books(bot, first))
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000))
