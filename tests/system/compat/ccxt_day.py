"""A trading day of a program that uses ccxt: `python -m tests.system.compat.ccxt_day URL`."""

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import ccxt

from tests.system.compat.rows import Row, print_rows, tried

PAIR = "ETH/USDT:USDT"


def connected(url: str) -> Any:
    """Return ccxt's exchange, its futures addresses those of url."""
    exchange = ccxt.binanceusdm(
        {
            "apiKey": "practice",
            "secret": "practice",
            "options": {"fetchMarkets": {"types": ["linear"]}, "fetchCurrencies": False},
        }
    )
    for name, address in exchange.urls["api"].items():
        if name.startswith(("fapiPublic", "fapiPrivate")):
            exchange.urls["api"][name] = f"{url}/fapi/{address.rsplit('/', 1)[1]}"
    return exchange


class Day:
    """The steps of the day in their order; what one finds, later ones use."""

    def __init__(self, url: str) -> None:
        self.exchange = connected(url)
        self.orders: dict[str, Any] = {}
        self.price = 0.0

    def steps(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield each step with its name."""
        for name in vars(type(self)):
            if name.startswith("step_"):
                yield name.removeprefix("step_").replace("_", " "), getattr(self, name)

    def step_markets(self) -> None:
        market = self.exchange.load_markets()[PAIR]
        _same(market["active"], True)
        _same((market["precision"]["price"], market["precision"]["amount"]), (0.01, 0.001))
        _same((market["limits"]["cost"]["min"], market["linear"], market["swap"]), (20.0, True, True))

    def step_time(self) -> None:
        _holds(self.exchange.fetch_time() > 1_600_000_000_000)

    def step_ticker(self) -> None:
        ticker = self.exchange.fetch_ticker(PAIR)
        self.price = ticker["last"]
        _holds(ticker["low"] <= ticker["last"] <= ticker["high"])

    def step_tickers_and_best_prices(self) -> None:
        _holds(len(self.exchange.fetch_tickers()) >= 10)
        best = self.exchange.fetch_bids_asks([PAIR])[PAIR]
        _holds(best["bid"] < best["ask"])

    def step_order_book(self) -> None:
        book = self.exchange.fetch_order_book(PAIR, 5)
        _same((len(book["bids"]), len(book["asks"])), (5, 5))
        _holds(book["bids"][0][0] < book["asks"][0][0])

    def step_public_trades(self) -> None:
        _same(len(self.exchange.fetch_trades(PAIR, limit=20)), 20)

    def step_candles(self) -> None:
        for price in (None, "mark", "index"):
            candles = self.exchange.fetch_ohlcv(PAIR, "1h", limit=24, params={"price": price} if price else {})
            _same(len(candles), 24)
            _holds(all(low <= min(opened, closed) for _, opened, _, low, closed, _ in candles))

    def step_funding(self) -> None:
        _holds(self.exchange.fetch_funding_rate(PAIR)["fundingTimestamp"])
        _holds(len(self.exchange.fetch_funding_rates()) >= 10)
        _holds(len(self.exchange.fetch_funding_rate_history(PAIR, limit=5)) == 5)

    def step_open_interest(self) -> None:
        _holds(self.exchange.fetch_open_interest(PAIR)["openInterestAmount"] > 0)

    def step_balance(self) -> None:
        _same(self.exchange.fetch_balance()["USDT"]["total"], 10_000.0)

    def step_hedge_mode(self) -> None:
        if not self.exchange.fetch_position_mode()["hedged"]:
            self.exchange.set_position_mode(True)
        _same(self.exchange.fetch_position_mode()["hedged"], True)

    def step_leverage(self) -> None:
        self.exchange.set_leverage(10, PAIR)
        _same(self.exchange.fetch_leverage(PAIR)["longLeverage"], 10)

    def step_leverage_tiers(self) -> None:
        tiers = self.exchange.fetch_leverage_tiers([PAIR])[PAIR]
        _holds(tiers[0]["maxLeverage"] > tiers[-1]["maxLeverage"])

    def step_fees(self) -> None:
        _same(self.exchange.fetch_trading_fee(PAIR)["taker"], 0.0005)

    def step_market_entry(self) -> None:
        order = self.orders["entry"] = self._order("market", "buy", 0.5)
        _same((order["status"], order["filled"], order["remaining"]), ("closed", 0.5, 0.0))

    def step_position(self) -> None:
        (position,) = self.exchange.fetch_positions([PAIR])
        _same((position["side"], position["contracts"], position["hedged"]), ("long", 0.5, True))
        _holds(position["entryPrice"] > 0 and position["initialMargin"] > 0)

    def step_stop_and_target(self) -> None:
        for name, price in (("stopLossPrice", 0.9), ("takeProfitPrice", 1.1)):
            trigger = self.exchange.price_to_precision(PAIR, self.price * price)
            self.orders[name] = self._order("market", "sell", 0.5, {name: trigger})
            _same((self.orders[name]["status"], self.orders[name]["symbol"]), ("open", PAIR))

    def step_conditional_orders_are_open(self) -> None:
        found = self.exchange.fetch_open_orders(PAIR, params={"trigger": True})
        mine = {self.orders[name]["id"] for name in ("stopLossPrice", "takeProfitPrice")}
        _same({order["id"] for order in found}, mine)

    def step_cancelled_target(self) -> None:
        self.exchange.cancel_order(self.orders["takeProfitPrice"]["id"], PAIR, params={"trigger": True})
        _same(len(self.exchange.fetch_open_orders(PAIR, params={"trigger": True})), 1)

    def step_limit_order(self) -> None:
        price = self.exchange.price_to_precision(PAIR, self.price * 0.95)
        order = self.orders["limit"] = self._order("limit", "buy", 0.1, price=float(price))
        _same((order["status"], order["price"], order["amount"]), ("open", float(price), 0.1))

    def step_edited_limit_order(self) -> None:
        price = float(self.exchange.price_to_precision(PAIR, self.price * 0.96))
        edited = self.exchange.edit_order(self.orders["limit"]["id"], PAIR, "limit", "buy", 0.2, price)
        _same((edited["id"], edited["price"], edited["amount"]), (self.orders["limit"]["id"], price, 0.2))

    def step_open_orders(self) -> None:
        _same([order["id"] for order in self.exchange.fetch_open_orders(PAIR)], [self.orders["limit"]["id"]])

    def step_cancelled_limit_order(self) -> None:
        self.exchange.cancel_order(self.orders["limit"]["id"], PAIR)
        _same(self.exchange.fetch_order(self.orders["limit"]["id"], PAIR)["status"], "canceled")

    def step_several_orders_at_once(self) -> None:
        price = float(self.exchange.price_to_precision(PAIR, self.price * 0.9))
        wanted = {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.1, "price": price}
        orders = self.exchange.create_orders([{**wanted, "params": {"positionSide": "LONG"}}] * 2)
        _same([order["status"] for order in orders], ["open", "open"])
        self.exchange.cancel_orders([order["id"] for order in orders], PAIR)
        _same(self.exchange.fetch_open_orders(PAIR), [])

    def step_refused_order(self) -> None:
        try:
            self._order("limit", "buy", 0.001, price=float(self.exchange.price_to_precision(PAIR, self.price * 0.95)))
        except ccxt.ExchangeError as refusal:
            _holds("-4164" in str(refusal))
        else:
            raise AssertionError("an order below the smallest value was accepted")

    def step_unknown_order(self) -> None:
        try:
            self.exchange.fetch_order("1", PAIR)
        except ccxt.OrderNotFound:
            return
        raise AssertionError("an order that nobody sent was found")

    def step_exit(self) -> None:
        _same(self._order("market", "sell", 0.5)["status"], "closed")
        _same([row for row in self.exchange.fetch_positions([PAIR]) if row["contracts"]], [])

    def step_orders_of_the_day(self) -> None:
        orders = self.exchange.fetch_orders(PAIR)
        _same(sum(order["status"] == "closed" for order in orders), 2)
        _same(sum(order["status"] == "canceled" for order in orders), 3)

    def step_own_trades(self) -> None:
        trades = self.exchange.fetch_my_trades(PAIR)
        bought, sold = (sum(trade["amount"] for trade in trades if trade["side"] == side) for side in ("buy", "sell"))
        _same((round(bought, 3), round(sold, 3)), (0.5, 0.5))
        _holds(all(trade["fee"]["currency"] == "USDT" for trade in trades))

    def step_ledger(self) -> None:
        rows = self.exchange.fetch_ledger(None, limit=100)
        booked = sum(Decimal(str(row["info"]["income"])) for row in rows)
        _same(float(booked), self.exchange.fetch_balance()["USDT"]["total"])

    def _order(
        self, kind: str, side: str, amount: float, params: dict[str, Any] | None = None, price: float | None = None
    ) -> Any:
        return self.exchange.create_order(
            PAIR, kind, side, amount, price, params={"positionSide": "LONG", **(params or {})}
        )


def play(url: str) -> Iterator[Row]:
    """Play the day at an exchange and yield what came of each step."""
    for name, step in Day(url).steps():
        yield tried(name, step)


def _same(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"{found!r} instead of {expected!r}")


def _holds(condition: object) -> None:
    if not condition:
        raise AssertionError("does not hold")


if __name__ == "__main__":
    print_rows(play(sys.argv[1]))
