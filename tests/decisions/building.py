"""Views and orders to decide on: a LONG of 0.01 BTC that is entered, with a stop and a target at rest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from decisions.actions import (
    Action,
    PlaceProtection,
    Stage,
)
from decisions.view import OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import FINAL_STATES, OrderState, Phase, Purpose, Side
from strategy import Try1Strategy

D = Decimal


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


STOP_PRICE, TARGET_PRICE = D("83500.0"), D("85000.0")


def order(
    purpose: Purpose,
    state: OrderState = OrderState.WORKING,
    number: int = 1,
    price: Decimal | None = None,
    quantity: Decimal | None = None,
    rejection: Rejection | None = None,
    fired: bool = False,
    queried: bool = False,
) -> OrderView:
    """Return an order of ten seconds ago."""
    at = NOW - timedelta(seconds=10)
    natural = {Purpose.STOP: STOP_PRICE, Purpose.INTERIM: STOP_PRICE, Purpose.TARGET: TARGET_PRICE}
    return OrderView(
        id=number,
        purpose=purpose,
        state=state,
        quantity=quantity,
        trigger_price=price or natural.get(purpose),
        rejection=rejection,
        created_at=at,
        final_at=at if state in FINAL_STATES else None,
        triggered_at=at if fired else None,
        queried=queried,
    )


ENTRY = order(Purpose.ENTRY, OrderState.FILLED, number=100)


STOP = order(Purpose.STOP, number=101)


TARGET = order(Purpose.TARGET, number=102)


def trade(*orders: OrderView, **changes: object) -> TradeView:
    """Return an open, fully entered LONG of 0.01 BTC with the given orders beside its entry."""
    view = TradeView(
        position_id=1,
        symbol="BTCUSDT",
        side=Side.LONG,
        phase=Phase.OPEN,
        own_quantity=D("0.010"),
        entry_final=True,
        stop_price=STOP_PRICE,
        target_price=TARGET_PRICE,
        tick_size=D("0.1"),
        orders=(ENTRY, *orders),
        reachable_since=NOW - timedelta(hours=1),
        exchange_quantity=D("0.010"),
    )
    return replace(view, **changes)  # type: ignore[arg-type]  # the fields of a TradeView


def decide(view: TradeView) -> list[Action]:
    """Return what is decided but for the spare stop, which test_spares.py is about."""
    return [action for action in Try1Strategy().decide([view], NOW) if not isinstance(action, Stage)]


def stop_order(price: Decimal = STOP_PRICE) -> PlaceProtection:
    return PlaceProtection(1, Purpose.STOP, price, None)


def interim(price: Decimal = STOP_PRICE) -> PlaceProtection:
    return PlaceProtection(1, Purpose.INTERIM, price, D("0.010"))


OWN_STOP = order(Purpose.INTERIM, number=5, quantity=D("0.010"))


OWN_TARGET = order(Purpose.TARGET, number=6, quantity=D("0.010"))


CANCELLED_TARGET = order(Purpose.TARGET, OrderState.CANCELLED, number=102)


def own_target() -> PlaceProtection:
    return PlaceProtection(1, Purpose.TARGET, TARGET_PRICE, D("0.010"))


states = st.sampled_from(list(OrderState))


purposes = st.sampled_from([Purpose.STOP, Purpose.TARGET, Purpose.CLOSE, Purpose.INTERIM])


rejections = st.sampled_from([None, *Rejection])


orders = st.builds(
    order,
    purposes,
    states,
    number=st.integers(1, 99),
    price=st.sampled_from([STOP_PRICE, STOP_PRICE + 100, TARGET_PRICE]),
    quantity=st.sampled_from([None, D("0.010")]),
    rejection=rejections,
    fired=st.booleans(),
    queried=st.booleans(),
)


trades = st.builds(
    lambda rest, phase, quantity, asked, seen, own_part_only: trade(
        *rest,
        phase=phase,
        own_quantity=quantity,
        close_asked=asked,
        exchange_quantity=seen,
        own_part_only=own_part_only,
    ),
    st.lists(orders, max_size=6),
    st.sampled_from(list(Phase)),
    st.sampled_from([D(0), D("0.010")]),
    st.booleans(),
    st.sampled_from([None, D(0), D("0.010"), D("0.020")]),
    st.booleans(),
)


WANTED_TARGET = TARGET_PRICE + 50


MOVED_TARGET = order(Purpose.TARGET, number=7, price=WANTED_TARGET, quantity=D("0.010"))


def refused_target(rejection: Rejection) -> OrderView:
    return replace(MOVED_TARGET, state=OrderState.REJECTED, rejection=rejection, final_at=NOW - timedelta(seconds=1))
