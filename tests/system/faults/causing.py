"""Making things go wrong at the exchange, and looking at what it then did."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from binance import Client

from domain.terms import Phase, Purpose, Side
from engine.state.routines import Routine
from storage.tables import OrderRow, PositionRow
from tests.support.practice import PracticeExchange
from tests.system.flow.bot import Bot

D = Decimal
ENTRY_OR_CLOSE = "POST /fapi/v1/order"
STOP_OR_TARGET = "POST /fapi/v1/algoOrder"
CANCEL = "DELETE /fapi/v1/algoOrder"
FULL_CHECK = ("/fapi/v1/openAlgoOrders", "/fapi/v3/positionRisk")  # one after the other
OPENS = {Side.LONG: "BUY", Side.SHORT: "SELL"}
CLOSES = {Side.LONG: "SELL", Side.SHORT: "BUY"}


def cause(bot: Bot, kind: str, match: str, times: int = 1, seconds: float = 0, fraction: str = "0.5") -> None:
    """Let a kind of fault meet the next requests that match."""
    bot.exchange.control(
        "faults", {"match": match, "kind": kind, "times": times, "seconds": seconds, "fraction": fraction}
    )


def heal(bot: Bot) -> None:
    """End every fault."""
    bot.exchange.control("faults", method="DELETE")


def ask_in_vain(bot: Bot, times: int = 2) -> None:
    """Let the bot look at the whole account and wait until the fault has met it so often."""
    before = _met(bot)
    bot.make_due(Routine.CHECK_POSITIONS)
    bot.eventually(lambda: _met(bot) >= before + times, f"{times} reads of the account without an answer")


def _met(bot: Bot) -> int:
    return sum(1 for row in bot.exchange.requests() if row["fault"] and row["path"] in FULL_CHECK)


def stops(bot: Bot, symbol: str = "BTCUSDT") -> list[dict[str, Any]]:
    """Return the stops that rest by the exchange's truth, interim stops included."""
    return [row for row in bot.resting(symbol) if row["orderType"] == "STOP_MARKET"]


def entered(bot: Bot) -> list[dict[str, Any]]:
    """Return the entries of the bot that executed by the exchange's truth."""
    orders = bot.exchange.ledger()["orders"]
    return [row for row in orders if "-e-" in row["clientOrderId"] and D(row["executedQty"]) > 0]


def asked_to_open(bot: Bot, *arguments: Any) -> PositionRow:
    """Ask for a trade and return its position as soon as there is one."""
    before = {position.id for position in bot.positions()}
    bot.ask("open_trade", *arguments)
    return bot.eventually(lambda: [p for p in bot.positions() if p.id not in before], "the new position")[0]


def failed(bot: Bot, position_id: int, within: float = 20.0) -> PositionRow:
    """Wait until a position is known never to have opened."""

    def ended() -> PositionRow | None:
        position = bot.position(position_id)
        return position if position.phase is Phase.FAILED else None

    return bot.eventually(ended, f"position {position_id} failed", within)


def sent(bot: Bot, position_id: int, purpose: Purpose) -> list[OrderRow]:
    """Return the orders of one purpose that were sent."""
    return [
        order for order in bot.orders(position_id) if order.purpose is purpose and order.request_timestamp is not None
    ]


def external_trade(bot: Bot, order_side: str, side: Side, quantity: Decimal, symbol: str = "BTCUSDT") -> None:
    """Let an external trader trade on the account at market."""
    wanted = {"symbol": symbol, "side": order_side, "positionSide": side.value, "quantity": str(quantity)}
    bot.exchange.control("position", {"account": "practice", **wanted})


def external_cancel(bot: Bot, row: dict[str, Any]) -> None:
    """Let an external trader cancel a conditional order."""
    bot.exchange.control("cancel", {"account": "practice", "algoId": row["algoId"]})


def external_client(exchange: PracticeExchange) -> Client:
    """Return somebody else's program, signed in to the same account."""
    client = Client("practice", "practice", testnet=True, ping=False)
    client.FUTURES_TESTNET_URL = f"{exchange.url}/fapi"
    client.timestamp_offset = client.futures_time()["serverTime"] - int(time.time() * 1000)
    return client


def advance(bot: Bot, span: timedelta) -> None:
    """Let the exchange's clock run ahead and wait until the bot has measured it."""
    bot.wait_on_the_exchange(span)
    knows_the_time(bot)


def knows_the_time(bot: Bot) -> None:
    """Wait until the bot has the exchange's time."""
    bot.eventually(
        lambda: abs(bot.monitor.exchange_now() - exchange_time(bot)) < timedelta(seconds=1), "the exchange's time"
    )


def journal(bot: Bot, event: str) -> list[str]:
    """Return what the person reads about one kind of happening, newest first."""
    return [entry.text for entry in bot.services.activity.entries() if entry.event == event]


def exchange_time(bot: Bot) -> datetime:
    """Return the exchange's time."""
    return datetime.fromtimestamp(bot.exchange.control("ledger")["time"] / 1000, UTC)
