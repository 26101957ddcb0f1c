from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from simulator.trading.fills import traded
from simulator.trading.records import Position, PositionSide
from tests.simulator.trading.venue import D, Venue

_LONG = Position("BTCUSDT", PositionSide.BOTH, amount=D("0.030"), entry=D(60000))


def test_buying_more_moves_the_entry_by_volume() -> None:
    change = traded(_LONG, D("0.010"), D(64000))

    assert (change.position.amount, change.position.entry, change.realized) == (D("0.040"), D(61000), D(0))


def test_selling_some_realises_and_keeps_the_entry() -> None:
    change = traded(_LONG, D("-0.010"), D(61000))

    assert (change.position.amount, change.position.entry, change.realized) == (D("0.020"), D(60000), D(10))


def test_crossing_zero_closes_all_and_opens_the_rest() -> None:
    change = traded(_LONG, D("-0.050"), D(59000))

    assert (change.position.amount, change.position.entry, change.realized) == (D("-0.020"), D(59000), D(-30))
    assert (change.closed, change.opened) == (D("0.030"), D("0.020"))


def test_a_short_earns_when_the_price_falls() -> None:
    short = Position("BTCUSDT", PositionSide.SHORT, amount=D("-0.010"), entry=D(60000))

    assert traded(short, D("0.010"), D(59000)).realized == D(10)


@given(
    trades=st.lists(
        st.tuples(st.integers(-500, 500).filter(bool), st.integers(500_000, 700_000)), min_size=1, max_size=20
    )
)
def test_profit_and_position_explain_every_payment(trades: list[tuple[int, int]]) -> None:
    position = Position("BTCUSDT", PositionSide.BOTH)
    cash = profit = D(0)
    for steps, ticks in trades:
        quantity, price = D(steps) / 1000, D(ticks) / 10
        change = traded(position, quantity, price)
        position, profit, cash = change.position, profit + change.realized, cash - quantity * price

    # What was paid is what the position cost plus what was realised; averages with endless digits leave dust.
    assert abs(cash - (profit - position.amount * position.entry)) <= Decimal("1E-8") * len(trades)


def test_break_even_covers_the_fees_of_what_is_left() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.020")
    venue.market_order("SELL", "0.010")

    assert venue.get("/fapi/v3/positionRisk")[0]["breakEvenPrice"] == "60030"
