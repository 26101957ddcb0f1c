"""Funding: every settlement instant, long and short positions pay or receive.

Source: Binance USDⓈ-M Futures documentation and FAQ, "Introduction to Binance Futures Funding Rates".
"""

from collections.abc import Iterable
from dataclasses import replace

from simulator.trading.accounts import AccountState
from simulator.trading.amounts import ZERO, truncated
from simulator.trading.core import Core
from simulator.trading.events import send_account
from simulator.trading.records import Position

_TABLE = "trading_funding"
_KEY = "due"


class FundingCalendar:
    """Knows when each symbol settles next, across restarts."""

    def __init__(self, core: Core) -> None:
        self._core = core
        # A run at another speed may have expected a later instant than this one's next.
        stored = core.store.rows(_TABLE).get(_KEY, {})
        upcoming = {symbol: core.market.next_funding_ms(symbol) for symbol in core.symbols}
        self._due = {symbol: min(due, stored.get(symbol, due)) for symbol, due in upcoming.items()}
        self._earliest = min(self._due.values(), default=0)
        self._save()

    def settle_due(self, accounts: Iterable[AccountState], time_ms: int) -> set[str]:
        """Settle every symbol whose instant has come, at the mark price and rate that stand now; return them."""
        for symbol in self._core.symbols.keys() - self._due.keys():  # listed since
            self._due[symbol] = self._core.market.next_funding_ms(symbol)
            self._earliest = min(self._earliest, self._due[symbol])
        if time_ms < self._earliest or not self._due:
            return set()
        settled = [symbol for symbol, due_ms in self._due.items() if due_ms <= time_ms]
        for symbol in settled:
            for account in accounts:
                _settle(self._core, account, symbol, time_ms)
            self._due[symbol] = max(self._core.market.next_funding_ms(symbol), time_ms + 1)
        self._earliest = min(self._due.values())
        self._save()
        return set(settled)

    def _save(self) -> None:
        self._core.store.put(_TABLE, _KEY, dict(self._due))


def _settle(core: Core, account: AccountState, symbol: str, time_ms: int) -> None:
    rate, mark = core.market.funding_rate(symbol), core.market.mark(symbol)
    total, booked = ZERO, False
    touched: list[Position] = []
    for position in [position for position in account.positions.values() if position.symbol == symbol]:
        amount = truncated(-position.amount * mark * rate)
        if not amount:
            continue
        total, booked = total + amount, True
        if account.symbol_settings(core.symbols[symbol]).is_isolated:
            isolated = replace(position, isolated_wallet=position.isolated_wallet + amount, updated_ms=time_ms)
            touched.append(account.put_position(isolated))
        else:
            account.add_to_cross_wallet(amount, time_ms)
        core.book_income(account, "FUNDING_FEE", amount, time_ms=time_ms, symbol=symbol)
    if booked:
        send_account(core, account, "FUNDING_FEE", time_ms, positions=touched, balance_change=total, symbol=symbol)
