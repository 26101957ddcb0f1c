"""Rows into the values that rules and requests read, and back."""

from domain.terms import (
    Fill,
)
from engine.requests.reports import SentOrder
from storage.tables import FillRow, OrderRow


def sent_order(row: OrderRow) -> SentOrder:
    """Return an order row as what the exchange may show under its id."""
    return SentOrder(row.id, row.client_order_id, row.purpose, row.symbol, row.side, row.quantity, row.sent_at)


def fill_row(account_id: int, fill: Fill) -> FillRow:
    """Return the row of a fill, of nobody yet."""
    return FillRow(
        account_id=account_id,
        symbol=fill.symbol,
        trade_id=fill.trade_id,
        exchange_order_id=fill.exchange_order_id,
        side=fill.position_side,
        opening=fill.opening,
        price=fill.price,
        quantity=fill.quantity,
        commission=fill.commission,
        commission_asset=fill.commission_asset,
        realized_pnl=fill.realized_pnl,
        maker=fill.maker,
        traded_at=fill.traded_at,
    )


def fill_of(row: FillRow) -> Fill:
    """Return a stored fill as the rules read it."""
    return Fill(
        symbol=row.symbol,
        trade_id=row.trade_id,
        exchange_order_id=row.exchange_order_id,
        order_side=row.side.order_side(opening=row.opening),
        position_side=row.side,
        price=row.price,
        quantity=row.quantity,
        commission=row.commission,
        commission_asset=row.commission_asset,
        realized_pnl=row.realized_pnl,
        maker=row.maker,
        traded_at=row.traded_at,
    )
