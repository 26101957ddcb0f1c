"""A month of fees paid in BNB, and whether it adds up: `python -m benchmarks.month_in_bnb [TRADES]`, by default 200.

Trades of either side open and close one after the other in thirty days of the exchange's clock, at target or at stop,
and pay funding, while BNB has another price for each. In the end results and funding have to be the exchange's income
in USDT, commissions its income in BNB, each fee worth what BNB cost when it was paid, each day exact, and no trade that
reached its target may bring less before funding than was asked for. Prints the month; ends with 1 when anything differs
by the last digit.
"""

import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from decimal import Decimal

from sqlalchemy import select

from benchmarks.month import PRACTICE
from benchmarks.running import steered
from domain.pricing.tie_out import Agreement, books_agreement
from domain.terms import CloseReason, Side
from storage.tables import FillRow
from tests.system.faults.causing import advance
from tests.system.flow.bot import Bot, ClosedPosition, terms

MONTH = timedelta(days=30)
PAIRS = ("BTCUSDT", "ETHUSDT")
WISHED_USDT = Decimal(10)
BNB_USDT = Decimal("600")
DEPOSIT_BNB = "50"


@dataclass
class MonthInBnb:
    """Plays it on an account with BNB, and compares."""

    bot: Bot
    worth: dict[tuple[str, int], Decimal] = field(default_factory=dict)  # by trade of the exchange: what BNB cost then

    def play(self, trades: int) -> None:
        """Let so many trades live and close while a month passes."""
        self.bot.exchange.control("account", {"account": "practice", "feeBurn": True, "bnbBalance": DEPOSIT_BNB})
        dice, half = random.Random(1), MONTH / trades / 2
        for number in range(trades):
            price = (BNB_USDT * Decimal(f"{dice.uniform(0.9, 1.1):.3f}")).quantize(Decimal("0.01"))
            self.bot.price("BNBUSDT", price)
            # Into another minute than the one in which the price changed, of which only the last price is kept.
            advance(self.bot, max(half, timedelta(minutes=2)))
            side = dice.choice((Side.LONG, Side.SHORT))
            opened = self.bot.open(terms(PAIRS[number % len(PAIRS)], side, tp=str(WISHED_USDT)))
            advance(self.bot, max(half, timedelta(minutes=2)))
            self.bot.check_now()
            target = dice.random() < 0.5
            self.bot.price(PAIRS[number % len(PAIRS)], opened.target_price if target else opened.stop_price)
            self.bot.closed(opened.id)
            for row in self.bot.exchange.ledger()["trades"]:
                self.worth.setdefault((row["symbol"], int(row["id"])), price)
        advance(self.bot, timedelta(minutes=30))

    def report(self) -> bool:
        """Print the month; return whether everything is the same to the last digit."""
        ledger = self.bot.exchange.ledger()
        income: dict[str, Decimal] = defaultdict(Decimal)
        for row in ledger["income"]:
            income[row["asset"]] += Decimal(row["income"]) if row["incomeType"] != "TRANSFER" else Decimal(0)
        self.bot.eventually(lambda: self._booked() == income["USDT"], "all income booked", within=60)
        runs, fills = self._runs(), self._fills()
        booked = self._booked() - income["USDT"]
        commissions = sum((fill.commission for fill in fills), Decimal(0)) + income["BNB"]
        worth = sum((run.fees for run in runs), Decimal(0))
        otherwise = sum(fill.fee_usdt != fill.commission * self.worth[fill.symbol, fill.trade_id] for fill in fills)
        unsound = sum(run.net != run.gross - run.fees + run.funding for run in runs)
        at_target = [run.net - run.funding for run in runs if run.reason is CloseReason.TP]
        different = self._days_different()
        lines = (
            f"{len(runs)} trades, {len(fills)} fills, all fees in {_listed(fill.commission_asset for fill in fills)}",
            f"results and funding less the income in USDT: {booked:f}",
            f"commissions and the income in BNB: {commissions:f}",
            f"fees worth {worth:f} USDT; of another worth than when paid: {otherwise}",
            f"results that are not their parts: {unsound}; days that differ: {different}",
            f"trades at target: {len(at_target)}, the least {min(at_target):f} USDT of {WISHED_USDT} asked for",
        )
        print("\n".join(lines), flush=True)  # noqa: T201
        return not (booked or commissions or otherwise or unsound or different) and min(at_target) >= WISHED_USDT

    def _runs(self) -> list[ClosedPosition]:
        return [self.bot.closed(position.id) for position in self.bot.positions()]

    def _fills(self) -> list[FillRow]:
        with self.bot.sessions() as session:
            return list(session.scalars(select(FillRow)))

    def _booked(self) -> Decimal:
        return sum((run.gross + run.funding for run in self._runs()), Decimal(0))

    def _days_different(self) -> int:
        """Return how many days differ once the income history is read to its end, or after a minute."""
        until = time.monotonic() + 60
        while True:
            now = self.bot.monitor.exchange_now()
            days = self.bot.services.history.days(now.astimezone(UTC).date(), MONTH.days + 3)
            different = sum(books_agreement(day, now) is Agreement.DIFFERENT for day in days)
            if not different or time.monotonic() > until:
                return different
            time.sleep(0.5)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def main(trades: int = 200) -> int:
    """Play and compare; return the exit code."""
    with steered(*PRACTICE) as (bot, _):
        month = MonthInBnb(bot)
        month.play(trades)
        return 0 if month.report() else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
