"""Views to reconcile: a LONG of 0.03 BTC, bought at 100 000, and what closes it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from decisions.reconciliation.view import AbandonedTrade, ClosingFill, EntryFacts, ParentFacts, PlanView, TradeFacts
from domain.terms import CloseReason, Phase, PlanState, Purpose, ReopenRule, ReopenState

D = Decimal
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLOSED_AT = NOW - timedelta(seconds=1)
NAME = "BTCUSDT LONG"
ACTIVE = PlanView(9, PlanState.ACTIVE, ReopenRule(enabled=True))
LATE = AbandonedTrade(2, NAME, D("0.01"))


def closing(
    purpose: Purpose | None = Purpose.STOP,
    quantity: str = "0.03",
    *,
    trade_id: int = 6,
    intent: CloseReason | None = None,
    client_order_id: str = "t1-abcdef-1-s-1",
) -> ClosingFill:
    """Return a fill of one second ago that closed; purpose None = of an order that is not ours."""
    return ClosingFill(trade_id, CLOSED_AT, D(quantity), purpose is not None, purpose, client_order_id, intent)


def open_trade(**changes: object) -> TradeFacts:
    """Return the trade as it stands open, all of it held."""
    facts = TradeFacts(
        position_id=1,
        name=NAME,
        phase=Phase.OPEN,
        entry_quantity=D("0.03"),
        own_quantity=D("0.03"),
        exit_quantity=D(0),
        net_usdt=D("-1.5"),
        entry_final=True,
        closes_over=True,
        exchange_quantity=D("0.03"),
        others_quantity=D(0),
        plan=ACTIVE,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # the fields of TradeFacts


def flat_trade(*fills: ClosingFill, **changes: object) -> TradeFacts:
    """Return the trade as its fills have closed it, while the exchange shows nothing any more."""
    fills = fills or (closing(),)
    exit_quantity = sum((fill.quantity for fill in fills), D(0))
    facts = open_trade(
        own_quantity=D("0.03") - exit_quantity,
        exit_quantity=exit_quantity,
        net_usdt=D("-12.5"),
        exchange_quantity=D(0),
        closing_fills=fills,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # the fields of TradeFacts


def entering(**changes: object) -> EntryFacts:
    """Return a trade whose entry is sent, the first of its plan."""
    facts = EntryFacts(
        position_id=1,
        name=NAME,
        phase=Phase.ENTERING,
        plan_id=9,
        plan_state=PlanState.ACTIVE,
        retry_after=timedelta(seconds=2),
        tick_size=D("0.1"),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # the fields of EntryFacts


def filled_entry(**changes: object) -> EntryFacts:
    """Return the trade once its entry has filled."""
    values = {"entry_quantity": D("0.03"), "entry_price": D(100_000), "has_fills": True}
    return entering(**(values | changes))


def parent(**changes: object) -> ParentFacts:
    """Return the trade that another was to follow; its chance lapses in five minutes."""
    facts = ParentFacts(
        position_id=7,
        name=NAME,
        reopen_state=ReopenState.DONE,
        reopen_lapses_at=NOW + timedelta(minutes=5),
        note=None,
        restricted_for=timedelta(seconds=60),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # the fields of ParentFacts
