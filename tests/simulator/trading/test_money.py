"""Whatever is traded, the books agree: wallet with income, positions with trades, a restart with what was before."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.endpoints import EngineFault
from simulator.errors import ApiError
from simulator.interfaces import Book
from simulator.trading.records import AlgoStatus, Side
from tests.simulator.trading.venue import HOUR_MS, D, Venue

_QUANTITIES = st.integers(1, 400).map(lambda steps: f"{D(steps) / 1000}")
_TICKS = st.integers(-40_000, 40_000)

_actions = st.one_of(
    st.tuples(st.just("market"), st.sampled_from(["BUY", "SELL"]), st.sampled_from(["LONG", "SHORT"]), _QUANTITIES),
    st.tuples(
        st.just("limit"), st.sampled_from(["BUY", "SELL"]), st.sampled_from(["LONG", "SHORT"]), _QUANTITIES, _TICKS
    ),
    st.tuples(
        st.just("stop"),
        st.sampled_from(["BUY", "SELL"]),
        st.sampled_from(["LONG", "SHORT"]),
        st.one_of(st.none(), _QUANTITIES),
        _TICKS,
    ),
    st.tuples(st.just("move"), _TICKS),
    st.tuples(st.just("thin"), st.integers(1, 60)),
    st.tuples(st.just("funding"), st.integers(-300, 300)),
    st.tuples(st.just("margin"), st.sampled_from(["LONG", "SHORT"]), st.integers(1, 300), st.sampled_from("12")),
    st.tuples(st.just("amend"), _QUANTITIES, _TICKS),
    st.tuples(st.just("reduce"), st.sampled_from(["BUY", "SELL"]), _QUANTITIES, st.one_of(st.none(), _TICKS)),
    st.tuples(st.just("trail"), st.sampled_from(["BUY", "SELL"]), st.sampled_from(["LONG", "SHORT"]), _QUANTITIES),
    st.tuples(st.just("leverage"), st.integers(1, 150)),
    st.tuples(st.just("fault"), st.sampled_from(["partial_fill", "unfilled"]), st.sampled_from(["BUY", "SELL"])),
)


def _price(ticks: int) -> str:
    return f"{D('60000') + D(ticks) / 10}"


def _act(venue: Venue, action: tuple[Any, ...]) -> None:
    """Do one thing; a refusal is as good as a success as long as the books agree afterwards."""
    kind, *terms = action
    with suppress(ApiError):
        _ACTS[kind](venue, *terms)


def _market(venue: Venue, side: str, place: str, quantity: str) -> None:
    venue.market_order(side, quantity, **_place(venue, place))


def _limit(venue: Venue, side: str, place: str, quantity: str, ticks: int) -> None:
    venue.limit_order(side, quantity, _price(ticks), **_place(venue, place))


def _stop(venue: Venue, side: str, place: str, quantity: str | None, ticks: int) -> None:
    size = {} if quantity is None else {"quantity": quantity}
    venue.stop(side, _price(ticks), **size, **_place(venue, place))


def _place(venue: Venue, place: str) -> dict[str, str]:
    return {"positionSide": place} if venue.dual_side else {}


def _move(venue: Venue, ticks: int) -> None:
    venue.move(_price(ticks))


def _thin(venue: Venue, thousandths: int) -> None:
    last, size = venue.market.last("BTCUSDT"), D(thousandths) / 1000
    venue.market.books["BTCUSDT"] = Book(
        bids=tuple((last - D("0.1") * level, size) for level in (1, 3, 7)),
        asks=tuple((last + D("0.1") * level, size) for level in (0, 2, 5)),
    )


def _funding(venue: Venue, rate: int) -> None:
    venue.market.rates["BTCUSDT"] = D(rate) / 1_000_000
    venue.clock.advance(8 * HOUR_MS)
    venue.market.next_funding["BTCUSDT"] = venue.clock.now_ms() + 8 * HOUR_MS
    venue.step()


def _margin(venue: Venue, place: str, amount: int, kind: str) -> None:
    sent = {"symbol": "BTCUSDT", "amount": str(amount), "type": kind}
    venue.post("/fapi/v1/positionMargin", **sent, **_place(venue, place))


def _amend(venue: Venue, quantity: str, ticks: int) -> None:
    for order in venue.get("/fapi/v1/openOrders")[:1]:
        sent = {"symbol": "BTCUSDT", "side": order["side"], "orderId": str(order["orderId"])}
        venue.ask("PUT", "/fapi/v1/order", **sent, quantity=quantity, price=_price(ticks))


def _reduce(venue: Venue, side: str, quantity: str, ticks: int | None) -> None:
    if ticks is None:
        venue.market_order(side, quantity, reduceOnly="true")
    else:
        venue.limit_order(side, quantity, _price(ticks), reduceOnly="true")


def _trail(venue: Venue, side: str, place: str, quantity: str) -> None:
    sent = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": side, "type": "TRAILING_STOP_MARKET"}
    venue.post("/fapi/v1/algoOrder", **sent, quantity=quantity, callbackRate="1", **_place(venue, place))


def _leverage(venue: Venue, leverage: int) -> None:
    venue.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=str(leverage))


def _fault(venue: Venue, kind: str, side: str) -> None:
    place = _place(venue, "LONG" if side == "BUY" else "SHORT")
    venue.market_order(side, "0.010", EngineFault(kind, 0, "0.3"), **place)


_ACTS: dict[str, Any] = {
    "market": _market,
    "limit": _limit,
    "stop": _stop,
    "move": _move,
    "thin": _thin,
    "funding": _funding,
    "margin": _margin,
    "amend": _amend,
    "reduce": _reduce,
    "trail": _trail,
    "leverage": _leverage,
    "fault": _fault,
}


def _signed(row: dict[str, Any]) -> Decimal:
    return D(row["qty"]) if row["side"] == "BUY" else -D(row["qty"])


def _check_books(venue: Venue) -> None:
    ledger = venue.exchange.ledger("practice")
    assert D(ledger["balance"]) == venue.wallet() == sum(D(row["income"]) for row in ledger["income"])

    held: dict[str, Decimal] = {}
    for row in ledger["trades"]:
        held[row["positionSide"]] = held.get(row["positionSide"], D(0)) + _signed(row)
    shown = {row["positionSide"]: D(row["positionAmt"]) for row in ledger["positions"]}
    assert shown == {side: amount for side, amount in held.items() if amount}
    assert shown.get("LONG", D(0)) >= 0
    assert shown.get("SHORT", D(0)) <= 0

    for order in ledger["orders"]:
        fills = [row for row in ledger["trades"] if row["orderId"] == order["orderId"]]
        assert D(order["executedQty"]) == sum(D(row["qty"]) for row in fills)
        assert D(order["cumQuote"]) == sum(D(row["quoteQty"]) for row in fills)
    profit = sum(D(row["realizedPnl"]) for row in ledger["trades"])
    assert profit == sum(D(row["income"]) for row in ledger["income"] if row["incomeType"] == "REALIZED_PNL")
    names = [(row["incomeType"], row["tranId"]) for row in ledger["income"]]
    assert len(names) == len(set(names))


def _check_orders(venue: Venue) -> None:
    """No closer waits without its position, no closing orders exceed it, no trigger is left half done."""
    state = venue.exchange.account("practice")
    assert state.algos.open_count == len(state.open_algos())
    for algo in state.open_algos():
        held = state.position(algo.symbol, algo.position_side).amount
        assert not algo.close_position or (held > 0 if algo.side is Side.SELL else held < 0)
    for (symbol, side), position in state.positions.items():
        mine = [order for order in state.open_orders(symbol) if order.position_side is side and order.is_closing]
        assert sum(order.remaining for order in mine) <= abs(position.amount)
    assert {algo.status for algo in state.all_algos()}.isdisjoint({AlgoStatus.TRIGGERING, AlgoStatus.TRIGGERED})


def _check_restart(venue: Venue) -> None:
    before = venue.exchange.ledger("practice")
    reads = [venue.get("/fapi/v2/account"), venue.get("/fapi/v1/openOrders"), venue.get("/fapi/v1/openAlgoOrders")]

    venue.start()

    assert venue.exchange.ledger("practice") == before
    assert reads == [
        venue.get("/fapi/v2/account"),
        venue.get("/fapi/v1/openOrders"),
        venue.get("/fapi/v1/openAlgoOrders"),
    ]


@settings(max_examples=150, deadline=None)
@given(dual_side=st.booleans(), isolated=st.booleans(), actions=st.lists(_actions, max_size=25))
def test_books_agree_after_any_trading(dual_side: bool, isolated: bool, actions: list[tuple[Any, ...]]) -> None:
    venue = Venue(dual_side=dual_side, balance=D(2000))
    if isolated:
        venue.post("/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")

    for action in actions:
        _act(venue, action)
        _check_books(venue)
        _check_orders(venue)

    _check_restart(venue)


@settings(max_examples=60, deadline=None)
@given(
    side=st.sampled_from([("BUY", "SELL", "LONG", 1), ("SELL", "BUY", "SHORT", -1)]),
    entries=st.lists(st.tuples(st.integers(1, 50), _TICKS), min_size=1, max_size=5),
    exit_ticks=_TICKS,
)
def test_realised_profit_of_a_trade_is_what_it_sold_for_less_what_it_cost(
    side: tuple[str, str, str, int], entries: list[tuple[int, int]], exit_ticks: int
) -> None:
    opening, closing, place, direction = side
    venue = Venue(dual_side=True, balance=D(1_000_000))
    cost = quantity = D(0)
    for steps, ticks in entries:
        venue.move(_price(ticks))
        filled = D(steps) / 100
        venue.market_order(opening, f"{filled}", positionSide=place)
        quantity += filled
    cost = sum((D(row["quoteQty"]) for row in venue.exchange.ledger("practice")["trades"]), D(0))

    venue.move(_price(exit_ticks))
    venue.market_order(closing, f"{quantity}", positionSide=place)

    trades = venue.exchange.ledger("practice")["trades"]
    sold = D(trades[-1]["quoteQty"])
    assert D(trades[-1]["realizedPnl"]) == direction * (sold - cost)
    fees = sum(D(row["commission"]) for row in trades)
    assert venue.wallet() == 1_000_000 + direction * (sold - cost) - fees
