"""Rows into the values that rules and requests read, and back."""

from dataclasses import replace
from typing import Protocol

from domain.position_key import PositionKey
from domain.terms import (
    Fill,
    OrderIntent,
    PlanState,
    ReopenRule,
    Side,
)
from engine.requests.reports import SentOrder
from storage.mapping import reopen_rule
from storage.tables import FillRow, OrderRow, PlanRow


def sent_order(row: OrderRow) -> SentOrder:
    """Return an order row as what the exchange may show under its id."""
    return SentOrder(row.id, row.client_order_id, row.purpose, row.symbol, row.side, row.quantity, row.sent_at)


def intent_of(row: OrderRow) -> OrderIntent:
    """Return an order row as the intent the client sends."""
    return OrderIntent(
        client_order_id=row.client_order_id,
        purpose=row.purpose,
        symbol=row.symbol,
        side=row.side,
        quantity=row.quantity,
        trigger_price=row.trigger_price,
        close_position=row.quantity is None,
    )


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
        fee_usdt=fill.commission_usdt,
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
        fee_usdt=None if row.commission_asset == "USDT" else row.fee_usdt,
        realized_pnl=row.realized_pnl,
        maker=row.maker,
        traded_at=row.traded_at,
    )


class _OfPosition(Protocol):
    @property
    def symbol(self) -> str: ...
    @property
    def side(self) -> Side: ...


def key_of(of: _OfPosition) -> PositionKey:
    """Return where something that names symbol and side belongs."""
    return PositionKey(of.symbol, of.side)


def active_rule(plan: PlanRow) -> ReopenRule:
    """Return the reopen rule of a plan as it acts now: a plan that is paused or ended opens nothing again."""
    rule = reopen_rule(plan)
    return replace(rule, enabled=rule.enabled and plan.state is PlanState.ACTIVE)
