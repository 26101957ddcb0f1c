"""The four figures on top of Positions, and what they are made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.bot_status import MonitorHealth
from domain.pricing.valuation import percent_of
from domain.terms import Phase
from services.dashboard.views import AccountSummary, PositionView
from storage.account_epochs import in_epoch_from
from storage.income_tables import EquityRow
from storage.tables import PositionRow

TREND_FOR = timedelta(days=30)
TREND_POINTS = 60
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ClosedToday:
    """Results recorded since midnight, oldest first."""

    total: Decimal
    trades: int
    won: int
    lost: int
    trend: tuple[Decimal, ...]


def load_results_since(session: Session, account_id: int, since: datetime) -> tuple[Decimal | None, ...]:
    """Return the result after fees of every trade closed since then, oldest first; None = not known."""
    statement = (
        select(PositionRow.net_usdt)
        .where(PositionRow.account_id == account_id, PositionRow.phase == Phase.CLOSED, PositionRow.closed_at >= since)
        .order_by(PositionRow.closed_at, PositionRow.id)
    )
    return tuple(session.scalars(statement))


def load_wallet_trend(session: Session, account_id: int, now: datetime) -> tuple[Decimal, ...]:
    """Return the wallet of the last TREND_FOR, oldest first, at most TREND_POINTS values, first and last included."""
    recent = (
        select(
            EquityRow.wallet_usdt.label("wallet"),
            func.row_number().over(order_by=(EquityRow.at, EquityRow.id)).label("number"),
            func.count().over().label("rows"),
        )
        .where(EquityRow.account_id == account_id, EquityRow.at >= in_epoch_from(account_id, now - TREND_FOR))
        .subquery()
    )
    every = 1 + (recent.c.rows - 1) // (TREND_POINTS - 2)
    kept = (recent.c.number == 1) | (recent.c.number == recent.c.rows) | (func.mod(recent.c.number, every) == 0)
    return tuple(session.scalars(select(recent.c.wallet).where(kept).order_by(recent.c.number)))


def closed_today(results: Sequence[Decimal | None]) -> ClosedToday:
    """Sum up results; a trade whose result is not known counts as a trade, not in the money."""
    known = [net for net in results if net is not None]
    trend = tuple(accumulate(known))
    return ClosedToday(
        total=trend[-1] if trend else _ZERO,
        trades=len(results),
        won=sum(net > 0 for net in known),
        lost=sum(net < 0 for net in known),
        trend=trend,
    )


def summary_of(
    positions: Iterable[PositionView], today: ClosedToday, wallets: Sequence[Decimal], health: MonitorHealth
) -> AccountSummary:
    """Return the four figures; the open result is None while any filled position has no price."""
    filled = [position for position in positions if position.value_usdt is not None]
    in_use = sum((position.margin_usdt for position in filled), _ZERO)
    known = [position.result_usdt for position in filled if position.result_usdt is not None]
    open_result = sum(known, _ZERO) if len(known) == len(filled) else None
    wallet = health.balance.wallet_usdt if health.balance else (wallets[-1] if wallets else None)
    return AccountSummary(
        open_result=open_result,
        open_result_percent=percent_of(open_result, in_use) if in_use else (None if open_result is None else _ZERO),
        closed_today=today.total,
        trades_today=today.trades,
        won_today=today.won,
        lost_today=today.lost,
        closed_today_trend=today.trend,
        wallet=wallet,
        wallet_change_30d=None if wallet is None or not wallets else wallet - wallets[0],
        wallet_trend=tuple(wallets),
        free_margin=None if health.balance is None else health.balance.available_usdt,
        margin_in_use=in_use,
    )
