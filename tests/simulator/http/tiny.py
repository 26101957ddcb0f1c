"""A market and a trading core small enough to see through, for tests of the request pipeline alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from simulator.clock import ExchangeClock
from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.interfaces import Book, Json, Publisher, RulesChange, SeededPosition, SymbolSpec


@dataclass(frozen=True, slots=True)
class TinyAccount:
    name: str
    secret: str


@dataclass(slots=True)
class TinyMarket:
    """One symbol whose price only moves when told to."""

    clock: ExchangeClock
    publisher: Publisher
    prices: dict[str, Decimal] = field(default_factory=lambda: {"mark": Decimal(60000), "last": Decimal(60000)})
    mode: str = "hold"

    @property
    def symbols(self) -> dict[str, SymbolSpec]:
        return {"BTCUSDT": None}  # type: ignore[dict-item]

    def mark(self, symbol: str) -> Decimal:
        return self.prices["mark"]

    def last(self, symbol: str) -> Decimal:
        return self.prices["last"]

    def book(self, symbol: str) -> Book:
        return Book((), ())

    def touch(self, symbol: str) -> tuple[Decimal, Decimal]:
        return self.prices["last"], self.prices["last"]

    def funding_rate(self, symbol: str) -> Decimal:
        return Decimal(0)

    def next_funding_ms(self, symbol: str) -> int:
        return 0

    def steps(self, at_stake: Callable[[], set[str]] | None = None) -> Iterator[tuple[int, set[str]]]:
        yield self.clock.now_ms(), set()

    def record_trade(self, symbol: str, price: Decimal, quantity: Decimal, buyer_is_maker: bool, time_ms: int) -> int:
        return 1

    def set_price(
        self, symbol: str, *, price: Decimal | None = None, mark: Decimal | None = None, last: Decimal | None = None
    ) -> None:
        self.prices["mark"] = price or mark or self.prices["mark"]
        self.prices["last"] = price or last or self.prices["last"]

    def set_mode(self, mode: str) -> None:
        self.mode = mode

    def delivered(self, time_ms: int) -> list[str]:
        return []

    def change_symbol(self, symbol: str, change: RulesChange) -> SymbolSpec:
        raise ValueError(f"{symbol} stays as it is")

    def index(self, symbol: str) -> Decimal:
        return self.prices["mark"]

    def set_index(self, symbol: str, price: Decimal | None) -> None:
        raise AssertionError("nothing here has an index of its own")

    def set_book(self, symbol: str, spread_ticks: int | None, depth: int | None) -> None:
        raise AssertionError("nothing here has a book")

    def publish(self) -> None:
        if self.publisher.market_wanted("btcusdt@markPrice@1s"):
            self.publisher.market("btcusdt@markPrice@1s", {"e": "markPriceUpdate", "p": str(self.prices["mark"])})


@dataclass(slots=True)
class TinyCore:
    """Two accounts; every order is written down and announced, nothing else happens."""

    publisher: Publisher
    orders: list[Json] = field(default_factory=list)
    stepped: list[set[str]] = field(default_factory=list)
    accounts: dict[str, TinyAccount] = field(
        default_factory=lambda: {
            "practice": TinyAccount("practice", "practice"),
            "second": TinyAccount("second", "second-secret"),
        }
    )

    def account_of_key(self, api_key: str) -> TinyAccount | None:
        return self.accounts.get(api_key)

    def symbols_at_stake(self) -> set[str]:
        return set()

    def on_step(self, time_ms: int, changed: set[str]) -> None:
        self.stepped.append(set(changed))

    def external_order(self, account: str, symbol: str, side: str, position_side: str, quantity: Decimal) -> Json:
        return {"account": account, "symbol": symbol, "side": side, "quantity": str(quantity)}

    def external_cancel(self, account: str, order_id: int | None = None, algo_id: int | None = None) -> Json:
        raise ApiError(-2011, "Unknown order sent.")

    def settle_closed(self, symbol: str) -> None:
        raise AssertionError("nothing here ends")

    def change_account(
        self, account: str, *, fee_burn: bool | None, bnb: Decimal | None, multi_assets: bool | None
    ) -> Json:
        return {}

    def reseed(self, account: str, positions: Sequence[SeededPosition], coin_margined: Sequence[str]) -> None:
        self.orders.clear()

    def wipe(self, account: str) -> None:
        self.orders.clear()

    def reset(self) -> None:
        self.orders.clear()

    def ledger(self, account: str) -> Json:
        return {"balance": "0", "orders": self.orders, "algoOrders": [], "trades": [], "income": [], "positions": []}

    def place(self, call: Call) -> Json:
        row = {
            "orderId": len(self.orders) + 1,
            "symbol": call.params.sent("symbol"),
            "fault": call.fault.kind if call.fault else None,
        }
        if row.get("symbol") != "BTCUSDT":
            raise ApiError(-1121, "Invalid symbol.")
        self.orders.append(row)
        assert call.account is not None
        self.publisher.user(call.account, {"e": "ORDER_TRADE_UPDATE", "E": call.now_ms, "o": {"i": row["orderId"]}})
        return {"orderId": row["orderId"]}

    def find(self, call: Call) -> Json:
        return self.orders[call.params.integer("orderId") - 1]

    def list_all(self, call: Call) -> list[Json]:
        return self.orders

    def fail(self, call: Call) -> None:
        raise RuntimeError("a bug")

    def register(self, routes: Routes) -> None:
        signed = Security.SIGNED
        routes.add(Endpoint("POST", "/fapi/v1/order", self.place, signed, weight=0, order_count=(1, 1)))
        routes.add(Endpoint("GET", "/fapi/v1/order", self.find, signed))
        routes.add(Endpoint("DELETE", "/fapi/v1/order", self.find, signed))
        routes.add(Endpoint("GET", "/fapi/v1/allOrders", self.list_all, signed, weight=5))
        routes.add(Endpoint("GET", "/fapi/v1/income", self.fail, signed, weight=30))
