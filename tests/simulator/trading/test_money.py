"""Whatever is traded, the books agree: wallet with income, positions with trades, a restart with what was before."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.interfaces import Book
from tests.simulator.trading.floor_setup import HOUR_MS, D, Venue

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
    st.tuples(st.just("margin"), st.sampled_from(["LONG", "SHORT"]), st.integers(1, 300)),
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


def _margin(venue: Venue, place: str, amount: int) -> None:
    wish = {"symbol": "BTCUSDT", "amount": str(amount), "type": "1"}
    venue.post("/fapi/v1/positionMargin", **wish, **_place(venue, place))


_ACTS: dict[str, Any] = {
    "market": _market,
    "limit": _limit,
    "stop": _stop,
    "move": _move,
    "thin": _thin,
    "funding": _funding,
    "margin": _margin,
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

    _check_restart(venue)


@settings(max_examples=60, deadline=None)
@given(
    side=st.sampled_from([("BUY", "SELL", "LONG", 1), ("SELL", "BUY", "SHORT", -1)]),
    entries=st.lists(st.tuples(st.integers(1, 50), _TICKS), min_size=1, max_size=5),
    exit_ticks=_TICKS,
)
def test_realised_profit_of_a_run_is_what_it_sold_for_less_what_it_cost(
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
