"""The core of the exchange: what every rule needs at hand."""

import hashlib
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from simulator.clock import ExchangeClock
from simulator.interfaces import Json, Market, Publisher, Store, SymbolSpec
from simulator.switches import Switches
from simulator.trading.accounts import AccountState
from simulator.trading.amounts import fixed
from simulator.trading.record_tables import Counters

# First numbers of each space: long enough that a client keeping ids as 32-bit integers or floats notices.
FIRST_NUMBERS = {
    "order": 883_412_000_001,
    "algo": 4_100_000_000_000_001,
    "tran": 968_932_000_001,
    "change": 1,
    "amendment": 1,
}


def account_alias(state_id: str, account: str) -> str:
    """Return the short letters by which an account is known, unique to the account and the state it lives in."""
    digest = hashlib.sha256(f"{state_id}/{account}".encode()).digest()
    return "".join(string.ascii_letters[byte % len(string.ascii_letters)] for byte in digest[:8])


@dataclass(slots=True)
class Core:
    """Clock, market, outgoing events, numbers and switches, shared by all accounts."""

    clock: ExchangeClock
    market: Market
    publisher: Publisher
    store: Store
    switches: Switches
    counters: Counters = field(init=False)
    symbols: dict[str, SymbolSpec] = field(init=False)
    # Asked at every trigger: whether a fault wants its child refused.
    refuses_child: Callable[[], bool] = lambda: False
    _latest_ms: int = 0

    def __post_init__(self) -> None:
        self.symbols = self.market.symbols
        self.counters = Counters(self.store, FIRST_NUMBERS)

    def moment(self, time_ms: int) -> int:
        """Return time_ms, or the latest moment anything happened if that is later: histories only grow forwards."""
        self._latest_ms = max(self._latest_ms, time_ms)
        return self._latest_ms

    def send(self, account: AccountState, event: str, time_ms: int, **body: object) -> None:
        """Send one user-data event that happened at time_ms."""
        envelope: Json = {"e": event, "E": max(self.clock.now_ms(), time_ms), "T": time_ms}
        self.publisher.user(account.name, envelope | body)

    def book_income(
        self,
        account: AccountState,
        income_type: str,
        amount: Decimal,
        *,
        time_ms: int,
        symbol: str = "",
        remark: str = "",
        trade_id: str = "",
        tran_id: int | None = None,
        asset: str = "USDT",
    ) -> None:
        """Write one income row; moving the money is the caller's part. amount has at most eight decimals."""
        row: Json = {
            "symbol": symbol,
            "incomeType": income_type,
            "income": fixed(amount),
            "asset": asset,
            "info": remark or income_type,
            "time": time_ms,
            "tranId": self.counters.take("tran") if tran_id is None else tran_id,
            "tradeId": trade_id,
        }
        account.history.add_income(row)
