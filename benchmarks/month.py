"""A month at speed, and whether its books add up: `python -m benchmarks.month [TRADES] [PAIRS]`, by default 5,000 on 3.

The pairs, each LONG and SHORT, open again as soon as they close, until so many trades have closed; prices jump past
stops and targets, the exchange's clock goes on by thirty days in all, so that funding is paid, entries fill in part,
trades leave in two parts or are liquidated, and somebody else trades on the account, also in the bot's own positions,
of which some are taken over. Then every day is compared: trades and external activity, the income history, and the
change of the wallet. Prints the month; ends with 1 when anything differs by the last digit.
"""

import signal
import sys
import time
from collections import Counter
from datetime import UTC, date
from decimal import Decimal

from sqlalchemy import func, select

from benchmarks.month_at_speed import MonthAtSpeed, closed
from benchmarks.running import steered
from domain.pricing.tie_out import Agreement, DayBooks, books_agreement, wallet_agreement
from domain.terms import Phase
from storage.tables import PositionRow
from tests.system.flow.bot import Bot

MAIN_PAIRS = 8  # of the practice exchange, without those that are traded besides
PRACTICE = ("--prices", "hold", "--seed", "1", "--account", "practice:practice:20000")


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


def report(month: MonthAtSpeed, days: tuple[DayBooks, ...]) -> bool:
    """Print the month; return whether everything is the same to the last digit."""
    bot = month.bot
    now, ledger = bot.monitor.exchange_now(), bot.exchange.ledger()
    kinds = Counter(row["incomeType"] for row in ledger["income"])
    income = sum((Decimal(row["income"]) for row in ledger["income"]), Decimal(0))
    trades, external = (sum(getattr(day, name) for day in days) for name in ("trades_usdt", "external_usdt"))
    spans = [wallet_agreement(day.wallet, now) for day in days if day.wallet is not None]
    unequal = len(spans) - spans.count(Agreement.EXACT)
    wallet = Decimal(ledger["balance"])
    lines = (
        f"{closed(bot)} trades closed on {len(month.keys) // 2} pairs in {sum(not day.is_quiet for day in days)} days",
        f"how they ended: {_listed(_reasons(bot))}",
        f"besides: {_listed(month.done)}",
        f"the exchange's income history: {_listed(kinds)}",
        f"trades {trades:f} + external {external:f} = {trades + external:f} USDT",
        f"income history {income:f} USDT; wallet {wallet:f} USDT",
        f"difference of the month: {trades + external - income:f}, of the wallet: {wallet - income:f}",
        f"largest difference of a day: {max(abs(day.difference_usdt) for day in days):f}",
        f"days whose wallet was read: {len(spans)}, of them different: {unequal}",
        f"trades without rows or with other rows: {sum(len(day.unmatched) for day in days)}",
    )
    print("\n".join(lines), flush=True)  # noqa: T201
    of_days = any(day.difference_usdt or day.unmatched for day in days)
    return trades + external == income == wallet and not of_days and not unequal


def _reasons(bot: Bot) -> Counter[str]:
    counted = select(PositionRow.close_reason, func.count()).where(PositionRow.phase == Phase.CLOSED)
    with bot.sessions() as session:
        return Counter({str(reason): number for reason, number in session.execute(counted.group_by("close_reason"))})


def _listed(numbers: Counter[str]) -> str:
    return ", ".join(f"{numbers[name]} {name}" for name in sorted(numbers))


def main(trades: int = 5000, pairs: int = 3) -> int:
    """Play and compare; return the exit code. Ctrl-C ends the month early."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with steered(*PRACTICE, "--symbols", str(max(0, pairs - MAIN_PAIRS))) as (bot, _):
        first = bot.monitor.exchange_now().astimezone(UTC).date()
        month = MonthAtSpeed(bot, trades, pairs)
        try:
            month.play()
            month.lose_everything()
        except (AssertionError, KeyboardInterrupt) as cut:
            print(f"cut short: {cut}", file=sys.stderr, flush=True)  # noqa: T201
        month.calm()
        exact = report(month, books(bot, first)) and closed(bot) >= trades
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
