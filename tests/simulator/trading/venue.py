"""A hand-moved market and a client's view of the trading core, without HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from simulator.clock import ExchangeClock
from simulator.endpoints import Call, EngineFault, Routes
from simulator.errors import ApiError
from simulator.interfaces import Book, Bracket, Json, SymbolSpec, SymbolStatus
from simulator.params import Params
from simulator.store import LogStore
from simulator.switches import Switches
from simulator.trading.accounts import AccountSpec
from simulator.trading.exchange import Exchange
from simulator.trading.routes import register

D = Decimal
HOUR_MS = 3_600_000
_BALANCE = D(10000)


def _brackets(*rows: tuple[int, int, str]) -> tuple[Bracket, ...]:
    """Build brackets from (cap, leverage, rate), cumulating as the exchange documents."""
    brackets: list[Bracket] = []
    floor, rate, cumulative = D(0), D(0), D(0)
    for number, (cap, leverage, next_rate) in enumerate(rows, start=1):
        cumulative += floor * (D(next_rate) - rate) if number > 1 else D(0)
        rate = D(next_rate)
        brackets.append(Bracket(number, leverage, floor, D(cap), rate, cumulative))
        floor = D(cap)
    return tuple(brackets)


BTC = SymbolSpec(
    symbol="BTCUSDT",
    base_asset="BTC",
    quote_asset="USDT",
    tick_size=D("0.10"),
    min_price=D("261.10"),
    max_price=D("809484"),
    step_size=D("0.001"),
    min_quantity=D("0.001"),
    max_quantity=D("1000"),
    market_max_quantity=D("120"),
    min_notional=D("50"),
    multiplier_up=D("1.0500"),
    multiplier_down=D("0.9500"),
    market_take_bound=D("0.05"),
    trigger_protect=D("0.0500"),
    liquidation_fee=D("0.012500"),
    price_precision=2,
    quantity_precision=3,
    brackets=_brackets(
        (300_000, 150, "0.004"), (800_000, 100, "0.005"), (3_000_000, 75, "0.0065"), (12_000_000, 50, "0.01")
    ),
)
SOL = replace(
    BTC,
    symbol="SOLUSDT",
    base_asset="SOL",
    tick_size=D("0.01"),
    min_price=D("0.42"),
    max_price=D("6857"),
    step_size=D("0.01"),
    min_quantity=D("0.01"),
    max_quantity=D("1000000"),
    market_max_quantity=D("80000"),
    min_notional=D("5"),
    price_precision=4,
    quantity_precision=2,
    brackets=_brackets((50_000, 100, "0.005"), (400_000, 75, "0.0065"), (1_000_000, 50, "0.01")),
)


class HandMarket:
    """Prices stand where a test puts them; the book is one level a tick away unless a test gives another."""

    def __init__(self, clock: ExchangeClock) -> None:
        self._clock = clock
        self.symbols = {"BTCUSDT": BTC, "SOLUSDT": SOL}
        self.marks = {"BTCUSDT": D("60000"), "SOLUSDT": D("100")}
        self.lasts = dict(self.marks)
        self.books: dict[str, Book] = {}
        self.rates = {"BTCUSDT": D("0.0001"), "SOLUSDT": D("0.0001")}
        self.next_funding = {symbol: clock.now_ms() + 8 * HOUR_MS for symbol in self.symbols}
        self.next_trade_id = 7_000_000_001
        self.tape: list[tuple[str, Decimal, Decimal, bool, int]] = []

    def mark(self, symbol: str) -> Decimal:
        return self.marks[symbol]

    def last(self, symbol: str) -> Decimal:
        return self.lasts[symbol]

    def book(self, symbol: str) -> Book:
        if symbol in self.books:
            return self.books[symbol]
        last, tick = self.lasts[symbol], self.symbols[symbol].tick_size
        return Book(bids=((last - tick, D(1000)),), asks=((last, D(1000)),))

    def touch(self, symbol: str) -> tuple[Decimal, Decimal]:
        book, tick = self.book(symbol), self.symbols[symbol].tick_size
        bid = book.bids[0][0] if book.bids else tick
        return bid, book.asks[0][0] if book.asks else self.symbols[symbol].max_price

    def funding_rate(self, symbol: str) -> Decimal:
        return self.rates[symbol]

    def next_funding_ms(self, symbol: str) -> int:
        return self.next_funding[symbol]

    def delivered(self, time_ms: int) -> list[str]:
        due = [spec for spec in self.symbols.values() if spec.delivery_ms <= time_ms and not spec.status.is_settled]
        self.symbols |= {spec.symbol: replace(spec, status=SymbolStatus.SETTLING) for spec in due}
        return [spec.symbol for spec in due]

    def steps(self, at_stake: Callable[[], set[str]] | None = None) -> Iterator[tuple[int, set[str]]]:
        yield self._clock.now_ms(), set(self.symbols)

    def record_trade(self, symbol: str, price: Decimal, quantity: Decimal, buyer_is_maker: bool, time_ms: int) -> int:
        self.tape.append((symbol, price, quantity, buyer_is_maker, time_ms))
        self.next_trade_id += 1
        return self.next_trade_id - 1


class Events:
    """Keeps what would leave for WebSocket clients."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Json]] = []

    def user(self, account: str, event: Json) -> None:
        self.sent.append((account, event))

    def market(self, stream: str, payload: Json | list[Json]) -> None:
        raise AssertionError("the trading core sends no market events")

    def market_wanted(self, stream: str) -> bool:
        return False

    def take(self) -> list[Json]:
        """Return the events since the last call."""
        events = [event for _, event in self.sent]
        self.sent.clear()
        return events

    def words(self) -> list[str]:
        """Return the events since the last call, each as its type and status."""
        return [word_of(event) for event in self.take()]


def word_of(event: Json) -> str:
    """Return an event in two words: ALGO_UPDATE TRIGGERED, ORDER_TRADE_UPDATE TRADE, ACCOUNT_UPDATE ORDER."""
    if event["e"] == "ORDER_TRADE_UPDATE":
        return f"ORDER {event['o']['x']} {event['o']['X']}"
    if event["e"] == "ALGO_UPDATE":
        return f"ALGO {event['o']['X']}"
    if event["e"] == "ACCOUNT_UPDATE":
        return f"ACCOUNT {event['a']['m']}"
    return str(event["e"])


@dataclass
class Venue:
    """A practice exchange whose market and clock a test moves by hand, asked through its endpoints."""

    store: LogStore = field(default_factory=LogStore)
    switches: Switches = field(default_factory=Switches)
    balance: Decimal = _BALANCE
    names: tuple[str, ...] = ("practice",)
    dual_side: bool = False

    def __post_init__(self) -> None:
        self.clock = ExchangeClock()
        self.market = HandMarket(self.clock)
        self.events = Events()
        self.start()
        if self.dual_side:
            self.post("/fapi/v1/positionSide/dual", dualSidePosition="true")

    def start(self) -> None:
        """Build the trading core from the store, as after a restart."""
        accounts = [AccountSpec(name, name, "secret", self.balance) for name in self.names]
        self.exchange = Exchange(self.clock, self.store, self.market, self.events, accounts, self.switches)
        self.routes = Routes()
        register(self.routes, self.exchange)

    def ask(self, method: str, path: str, fault: EngineFault | None = None, /, **params: str) -> Any:
        """Send one request and return the answer."""
        endpoint = self.routes.find(method, path)
        assert endpoint is not None, f"no endpoint {method} {path}"
        account = params.pop("account", self.names[0])
        return endpoint.handler(Call(Params(params), account, self.clock.now_ms(), fault))

    def get(self, path: str, fault: EngineFault | None = None, /, **params: str) -> Any:
        return self.ask("GET", path, fault, **params)

    def post(self, path: str, fault: EngineFault | None = None, /, **params: str) -> Any:
        return self.ask("POST", path, fault, **params)

    def delete(self, path: str, **params: str) -> Any:
        return self.ask("DELETE", path, **params)

    def market_order(self, side: str, quantity: str, fault: EngineFault | None = None, /, **params: str) -> Json:
        """Trade BTCUSDT at market and return the final state."""
        sent = {
            "symbol": "BTCUSDT",
            "side": side,
            "type": "MARKET",
            "quantity": quantity,
            "newOrderRespType": "RESULT",
        }
        answer: Json = self.post("/fapi/v1/order", fault, **(sent | params))
        return answer

    def limit_order(self, side: str, quantity: str, price: str, **params: str) -> Json:
        """Place a GTC LIMIT order of BTCUSDT."""
        sent = {"symbol": "BTCUSDT", "side": side, "type": "LIMIT", "quantity": quantity, "price": price}
        answer: Json = self.post("/fapi/v1/order", **(sent | {"timeInForce": "GTC"} | params))
        return answer

    def stop(self, side: str, trigger_price: str, fault: EngineFault | None = None, /, **params: str) -> Json:
        """Place a closePosition STOP_MARKET of BTCUSDT on the mark price, or one with quantity if that is given."""
        sent = {"symbol": "BTCUSDT", "side": side, "type": "STOP_MARKET", "triggerPrice": trigger_price}
        sent |= {"algoType": "CONDITIONAL", "workingType": "MARK_PRICE"}
        if "quantity" not in params:
            sent["closePosition"] = "true"
        answer: Json = self.post("/fapi/v1/algoOrder", fault, **(sent | params))
        return answer

    def move(self, price: str, symbol: str = "BTCUSDT", *, mark: str | None = None) -> None:
        """Put last (and mark, unless given apart) at a price and let it act."""
        self.market.lasts[symbol] = D(price)
        self.market.marks[symbol] = D(mark or price)
        self.step()

    def step(self) -> None:
        """Let the present prices act."""
        for time_ms, changed in self.market.steps():
            self.exchange.on_step(time_ms, changed)

    def wallet(self, account: str | None = None) -> Decimal:
        return self.exchange.account(account or self.names[0]).wallet

    def position(self, side: str = "BOTH", symbol: str = "BTCUSDT") -> Decimal:
        """Return the signed amount that positionRisk shows, zero when it shows none."""
        rows = self.get("/fapi/v3/positionRisk", symbol=symbol)
        return next((D(row["positionAmt"]) for row in rows if row["positionSide"] == side), D(0))

    def refusal(self, method: str, path: str, **params: str) -> tuple[int, str]:
        """Return code and text of the refusal that a request must meet."""
        try:
            self.ask(method, path, **params)
        except ApiError as refusal:
            return refusal.code, refusal.message
        raise AssertionError("the request was accepted")
