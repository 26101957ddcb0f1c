"""The figures that limits are judged by, from the rows: read alike by the form and by the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from domain.pricing.valuation import TradeMoney
from domain.risk.figures import (
    OF_THE_DAY,
    OF_THE_WEEK,
    ClosedTrade,
    OpenTrade,
    RiskFigures,
    counting_from,
    loss_row,
    slippage_allowance,
)
from domain.risk.limits import LimitKind, RiskLimits
from domain.risk.periods import Calendar
from domain.risk.uses import RiskFacts
from domain.terms import LIVE_PHASES, Basis, CloseReason, Phase, PlanState, Side
from storage.account_epochs import load_epoch_began_at
from storage.income_tables import EquityRow, IncomeRow, IncomeShareRow
from storage.preferences import load_calendar
from storage.risk import limits_of, load_holding
from storage.risk_tables import ReachedLimitRow, RiskLimitsRow
from storage.tables import FillRow, PlanRow, PositionRow

TRADES_LOOKED_AT: Final = 101  # one more than the longest row of losses that a limit can name
STOPS_LOOKED_AT: Final = 200
_TRANSFERS: Final = ("TRANSFER", "INTERNAL_TRANSFER", "CROSS_COLLATERAL_TRANSFER", "WELCOME_BONUS", "COIN_SWAP_DEPOSIT")

MarkPrice = Callable[[str], Decimal | None]


@dataclass(frozen=True, slots=True)
class _Counting:
    """Since when limits count anew: they were lifted by hand, or the account was reset and another chapter began."""

    lifted: Mapping[tuple[LimitKind, int | None], datetime]
    chapter_began_at: datetime | None

    def since(self, kind: LimitKind, plan_id: int | None = None) -> datetime | None:
        """Return the later of the two, None when there was neither."""
        moments = (self.lifted.get((kind, plan_id)), self.chapter_began_at)
        return max((at for at in moments if at is not None), default=None)


def load_risk_facts(
    session: Session,
    account_id: int,
    now: datetime,
    *,
    equity_usdt: Decimal | None,
    mark_price: MarkPrice,
    without_position: int | None = None,
) -> RiskFacts:
    """Return everything a verdict needs.

    Args:
        session: a database session.
        account_id: the account in use.
        now: exchange time.
        equity_usdt: wallet + open result as last read, None while unknown: the last sample then counts.
        mark_price: of a pair as last known, None while unknown: what is open there then counts at its entry.
        without_position: an entry under way that is being asked for, so that it is not counted twice.
    """
    row = session.get(RiskLimitsRow, account_id)
    limits, calendar = limits_of(row), load_calendar(session)
    counting = _load_counting(session, account_id)
    figures = _load_figures(session, account_id, limits, calendar, counting, now)
    equity = equity_usdt if equity_usdt is not None else _last_equity(session, account_id)
    live = [one for one in _load_live(session, account_id) if one.id != without_position]
    figures = RiskFigures(
        net_usdt=figures.net_usdt,
        external_usdt=figures.external_usdt,
        losses=figures.losses,
        plan_losses=figures.plan_losses,
        equity_usdt=equity,
        peak_usdt=max(equity, row.peak_usdt) if row is not None else equity,
        open_result_usdt=sum((_open_result(position, mark_price) for position in live), Decimal(0)),
        open_trades=tuple(OpenTrade(position.amount_usdt, net_at_stop(position)) for position in live),
        slippage_fraction=_load_slippage(session, account_id),
    )
    return RiskFacts(limits, figures, calendar, now, tuple(load_holding(session, account_id)))


def net_at_stop(position: PositionRow) -> Decimal:
    """Return what a live position would net at its stop after the fees of both ways, USDT, signed.

    Before its first fill, and while no stop price is known, what was asked for counts.
    """
    if position.phase is Phase.ENTERING or position.entry_price is None or position.stop_price is None:
        fees = Decimal(0)
        if position.basis is Basis.GROSS:
            fees = 2 * position.amount_usdt * position.leverage * position.taker_rate
        return -position.sl_usdt - fees
    return _money(position).net_at(position.stop_price)


def _load_counting(session: Session, account_id: int) -> _Counting:
    statement = (
        select(ReachedLimitRow.kind, ReachedLimitRow.plan_id, func.max(ReachedLimitRow.lifted_at))
        .where(ReachedLimitRow.account_id == account_id, ReachedLimitRow.lifted_by_hand)
        .group_by(ReachedLimitRow.kind, ReachedLimitRow.plan_id)
    )
    lifted = {(LimitKind(kind), plan): at for kind, plan, at in session.execute(statement) if at is not None}
    return _Counting(lifted, load_epoch_began_at(session, account_id))


def _load_figures(
    session: Session,
    account_id: int,
    limits: RiskLimits,
    calendar: Calendar,
    counting: _Counting,
    now: datetime,
) -> RiskFigures:
    kinds = [kind for kind in (*OF_THE_DAY, *OF_THE_WEEK) if limits.amount(kind) is not None]
    since = {kind: counting_from(kind, calendar, now, counting.since(kind)) for kind in kinds}
    moments = sorted({moment for moment in since.values() if moment is not None})
    nets = _load_nets(session, account_id, moments)
    external = _load_external(session, account_id, moments) if limits.whole_account else {}
    wants_losses = limits.losses_in_a_row is not None or limits.cool_down is not None
    return RiskFigures(
        net_usdt={kind: nets[moment] for kind, moment in since.items() if moment is not None},
        external_usdt={kind: external[moment] for kind, moment in since.items() if moment in external},
        losses=loss_row(_load_last_trades(session, account_id, counting.since(LimitKind.LOSSES)))
        if wants_losses
        else RiskFigures().losses,
        plan_losses=_load_plan_losses(session, account_id, counting) if limits.plan_losses_in_a_row is not None else {},
    )


def _load_nets(session: Session, account_id: int, moments: list[datetime]) -> dict[datetime, Decimal]:
    if not moments:
        return {}
    net = PositionRow.net_usdt
    sums = [func.coalesce(func.sum(net).filter(PositionRow.closed_at >= moment), Decimal(0)) for moment in moments]
    row = session.execute(
        select(*sums).where(
            PositionRow.account_id == account_id,
            PositionRow.phase == Phase.CLOSED,
            PositionRow.closed_at >= moments[0],
        )
    ).one()
    return dict(zip(moments, row, strict=True))


def _load_external(session: Session, account_id: int, moments: list[datetime]) -> dict[datetime, Decimal]:
    """Return what the account's other activity brought since each moment; money moved in or out is no result."""
    if not moments:
        return {}
    # One look into the index a row: as a join the whole table of fills would be read.
    ours = (
        select(FillRow.id)
        .where(
            FillRow.account_id == IncomeRow.account_id,
            FillRow.symbol == IncomeRow.symbol,
            FillRow.trade_id == IncomeRow.trade_id,
            FillRow.position_id.is_not(None),
        )
        .limit(1)
        .scalar_subquery()
    )
    shared = (
        select(func.coalesce(func.sum(IncomeShareRow.amount), Decimal(0)))
        .where(IncomeShareRow.income_id == IncomeRow.id, IncomeShareRow.position_id.is_not(None))
        .scalar_subquery()
    )
    amount = IncomeRow.amount - shared
    sums = [func.coalesce(func.sum(amount).filter(IncomeRow.occurred_at >= at), Decimal(0)) for at in moments]
    row = session.execute(
        select(*sums).where(
            IncomeRow.account_id == account_id,
            IncomeRow.occurred_at >= moments[0],
            IncomeRow.income_type.not_in(_TRANSFERS),
            or_(IncomeRow.trade_id.is_(None), ours.is_(None)),
        )
    ).one()
    return dict(zip(moments, row, strict=True))


def _closed_since(account_id: int, since: datetime | None) -> list[ColumnElement[bool]]:
    closed = [
        PositionRow.account_id == account_id,
        PositionRow.phase == Phase.CLOSED,
        PositionRow.net_usdt.is_not(None),
    ]
    return closed if since is None else [*closed, PositionRow.closed_at >= since]


def _load_last_trades(session: Session, account_id: int, since: datetime | None) -> list[ClosedTrade]:
    statement = (
        select(PositionRow.closed_at, PositionRow.id, PositionRow.net_usdt)
        .where(*_closed_since(account_id, since), PositionRow.net_usdt != Decimal(0))
        .order_by(PositionRow.closed_at.desc(), PositionRow.id.desc())
        .limit(TRADES_LOOKED_AT)
    )
    return [ClosedTrade(at, number, net) for at, number, net in session.execute(statement) if at and net is not None]


def _load_plan_losses(session: Session, account_id: int, counting: _Counting) -> dict[int, int]:
    latest = (
        select(PositionRow.closed_at, PositionRow.id, PositionRow.net_usdt)
        .where(*_closed_since(account_id, None), PositionRow.plan_id == PlanRow.id, PositionRow.net_usdt != Decimal(0))
        .order_by(PositionRow.sequence.desc())
        .limit(TRADES_LOOKED_AT)
        .lateral("latest")
    )
    going_on = and_(PlanRow.account_id == account_id, PlanRow.state != PlanState.ENDED)
    rows = session.execute(
        select(PlanRow.id, latest.c.closed_at, latest.c.id, latest.c.net_usdt)
        .select_from(PlanRow)
        .join(latest, true())
        .where(going_on)
    )
    trades: dict[int, list[ClosedTrade]] = {}
    for plan_id, closed_at, number, net in rows:
        since = counting.since(LimitKind.PLAN_LOSSES, plan_id)
        if since is None or closed_at >= since:
            trades.setdefault(plan_id, []).append(ClosedTrade(closed_at, number, net))
    return {plan_id: loss_row(closed).losses for plan_id, closed in trades.items()}


def _load_slippage(session: Session, account_id: int) -> Decimal:
    """Return how much more than asked the account's own stops cost, see slippage_allowance()."""
    statement = (
        select(PositionRow.basis, PositionRow.sl_usdt, PositionRow.net_usdt, PositionRow.gross_usdt)
        .where(*_closed_since(account_id, None), PositionRow.close_reason == CloseReason.SL)
        .order_by(PositionRow.closed_at.desc())
        .limit(STOPS_LOOKED_AT)
    )
    shares = []
    for basis, risk, net, gross in session.execute(statement):
        result = net if basis is Basis.NET else gross
        if result is not None and risk > 0:
            shares.append((-result - risk) / risk)
    return slippage_allowance(shares)


def _last_equity(session: Session, account_id: int) -> Decimal:
    statement = (
        select(EquityRow.wallet_usdt + EquityRow.unrealised_usdt)
        .where(EquityRow.account_id == account_id)
        .order_by(EquityRow.at.desc())
        .limit(1)
    )
    return session.scalar(statement) or Decimal(0)


def _load_live(session: Session, account_id: int) -> list[PositionRow]:
    live = select(PositionRow).where(PositionRow.account_id == account_id, PositionRow.phase.in_(LIVE_PHASES))
    return list(session.scalars(live))


def _money(position: PositionRow) -> TradeMoney:
    zero = Decimal(0)
    return TradeMoney(
        side=Side(position.side),
        entry_price=position.entry_price or zero,
        open_quantity=position.entry_quantity - position.exit_quantity,
        gross_realized=position.gross_usdt or zero,
        fees_paid=position.fees_usdt or zero,
        funding=position.funding_usdt or zero,
        taker_rate=position.taker_rate,
    )


def _open_result(position: PositionRow, mark_price: MarkPrice) -> Decimal:
    if position.entry_price is None:
        return Decimal(0)
    return _money(position).net_at(mark_price(position.symbol) or position.entry_price)
