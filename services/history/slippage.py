"""What slippage cost: triggers against fills, and what the stops were to cost against what they did."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, case, func, literal, select, true
from sqlalchemy.orm import Session

from domain.terms import Basis, CloseReason, Purpose, Side
from services.history.queries import matches
from services.history.views import HistoryFilter, Slippage, SlippageReport, StopCost
from storage.tables import FillRow, OrderRow, PositionRow

# The newest trades say how the market is now, and however many there are, the page does not wait for all.
NEWEST_TRADES: Final = 2_000
_ORDERS_AT_MOST: Final = 1_000  # of one trade
_ZERO: Final = Decimal(0)


def load_slippage(
    session: Session, account_id: int | None, wanted: HistoryFilter, timezone: str, newest: int = NEWEST_TRADES
) -> SlippageReport:
    """Return the report over the newest trades that the filter matches; hours are those of timezone."""
    trades = _newest(account_id, wanted, newest)
    orders = _orders(trades, timezone)
    pairs = sorted(_grouped(session, orders, orders.c.symbol), key=lambda each: (each.total_usdt, each.name))
    hours = sorted(_grouped(session, orders, orders.c.hour), key=lambda each: int(each.name))
    number = session.scalar(select(func.count()).select_from(trades)) or 0
    return SlippageReport(number, tuple(pairs), tuple(hours), _stop_cost(session, trades))


def _newest(account_id: int | None, wanted: HistoryFilter, newest: int) -> CTE:
    return (
        select(PositionRow)
        .where(*matches(account_id, wanted), PositionRow.net_usdt.is_not(None))
        .order_by(PositionRow.closed_at.desc(), PositionRow.id.desc())
        .limit(newest)
        .cte("trades")
    )


def _orders(trades: CTE, timezone: str) -> CTE:
    """Return one line per triggered order that closed anything: its pair, hour, slippage and value at its trigger."""
    # Row by row, so that neither table is ever read whole: the newest trades are few, their orders fewer than a limit.
    order = (
        select(OrderRow.id, OrderRow.position_id, OrderRow.symbol, OrderRow.side, OrderRow.trigger_price)
        .where(
            OrderRow.position_id == trades.c.id,
            OrderRow.trigger_price.is_not(None),
            OrderRow.purpose != Purpose.ENTRY,
        )
        .limit(_ORDERS_AT_MOST)
        .lateral("triggered")
    )
    fills = (
        select(
            func.min(FillRow.traded_at).label("at"),
            func.sum(FillRow.quantity).label("quantity"),
            func.sum(FillRow.price * FillRow.quantity).label("value"),
        )
        # A fill is looked for by its trade: that is what the index of fills knows.
        .where(FillRow.position_id == order.c.position_id, FillRow.order_id == order.c.id)
        .lateral("filled")
    )
    sign, at_trigger = case((order.c.side == Side.LONG, 1), else_=-1), order.c.trigger_price * fills.c.quantity
    return (
        select(
            order.c.id,
            order.c.symbol,
            func.extract("hour", func.timezone(literal(timezone), fills.c.at)).label("hour"),
            (sign * (fills.c.value - at_trigger)).label("usdt"),
            at_trigger.label("value"),
        )
        .select_from(trades)
        .join(order, true())
        .join(fills, true())
        .where(fills.c.quantity.is_not(None))
        .cte("orders_triggered")
    )


def _grouped(session: Session, orders: CTE, by: ColumnElement[Any]) -> Iterable[Slippage]:
    statement = select(
        by, func.count(), func.sum(orders.c.usdt), func.min(orders.c.usdt), func.sum(orders.c.value)
    ).group_by(by)
    for name, number, total, worst, value in session.execute(statement):
        label = name if isinstance(name, str) else str(int(name))
        yield Slippage(label, number, total, min(worst, _ZERO), total * 100 / value)


def _stop_cost(session: Session, trades: CTE) -> StopCost:
    """Return what stops cost against what was asked; of terms before fees the fees are not counted as too much."""
    cost = -trades.c.net_usdt - case((trades.c.basis == Basis.GROSS, trades.c.fees_usdt), else_=_ZERO)
    over = cost - trades.c.sl_usdt
    stops, asked, paid, too_much, worst = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(trades.c.sl_usdt), _ZERO),
            func.coalesce(func.sum(cost), _ZERO),
            func.count().filter(over > _ZERO),
            func.coalesce(func.max(over), _ZERO),
        ).where(trades.c.close_reason == CloseReason.SL)
    ).one()
    return StopCost(stops, asked, paid, too_much, max(worst, _ZERO))
