"""The limits of an account and those that were reached, as rows."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.risk.limits import NO_LIMITS, UNREADABLE_LIMITS, LimitKind, RiskLimits
from domain.risk.limits_json import limits_from_json, limits_to_json
from domain.risk.uses import ReachedLimit
from storage.account_epochs import load_epoch_began_at
from storage.income_tables import EquityRow
from storage.risk_tables import ReachedLimitRow, RiskLimitsRow
from storage.settings import DAMAGE, mapping


def load_limits(session: Session, account_id: int) -> RiskLimits:
    """Return the limits of an account, none before any was set; while they cannot be read, that nothing opens."""
    return limits_of(session.get(RiskLimitsRow, account_id))


def limits_of(row: RiskLimitsRow | None) -> RiskLimits:
    """Return the limits of an account's row; see load_limits."""
    if row is None:
        return NO_LIMITS
    try:
        return limits_from_json(mapping(row.limits))
    except DAMAGE:
        return UNREADABLE_LIMITS


def save_limits(session: Session, account_id: int, limits: RiskLimits, now: datetime) -> None:
    """Save the limits of an account in place of those before."""
    row = _limits_row(session, account_id, now)
    row.limits, row.changed_at = limits_to_json(limits), now


def copy_limits(session: Session, from_account_id: int, to_account_id: int, now: datetime) -> None:
    """Set for an account what is set for another one, as it stands there; nothing while nothing is."""
    former = session.get(RiskLimitsRow, from_account_id)
    if former is not None:
        row = _limits_row(session, to_account_id, now)
        row.limits, row.changed_at = dict(former.limits), now


def note_equity(session: Session, account_id: int, equity_usdt: Decimal, now: datetime) -> None:
    """Raise the peak to the account's wallet + open result if that is higher, USDT."""
    row = _limits_row(session, account_id, now)
    row.peak_usdt = max(row.peak_usdt, equity_usdt)


def reset_baseline(session: Session, account_id: int, equity_usdt: Decimal, now: datetime) -> None:
    """Count the drawdown anew from here."""
    row = _limits_row(session, account_id, now)
    row.baseline_at, row.peak_usdt = now, equity_usdt


def load_holding(session: Session, account_id: int) -> Iterable[ReachedLimit]:
    """Return the limits reached earlier and not lifted since; whether each still holds, the rule says."""
    return [reached_limit(row) for row in load_holding_rows(session, account_id)]


def load_holding_rows(session: Session, account_id: int) -> list[ReachedLimitRow]:
    """Return the rows behind load_holding(), oldest first."""
    statement = select(ReachedLimitRow).where(
        ReachedLimitRow.account_id == account_id, ReachedLimitRow.lifted_at.is_(None)
    )
    return list(session.scalars(statement.order_by(ReachedLimitRow.id)))


def reached_limit(row: ReachedLimitRow) -> ReachedLimit:
    """Return a row as the rule reads it."""
    return ReachedLimit(LimitKind(row.kind), row.plan_id, row.reached_at, row.used, row.limit_amount)


def save_reached(session: Session, account_id: int, reached: ReachedLimit) -> None:
    """Record that a limit was reached."""
    session.add(
        ReachedLimitRow(
            account_id=account_id,
            kind=reached.kind.value,
            plan_id=reached.plan_id,
            reached_at=reached.reached_at,
            used=reached.used,
            limit_amount=reached.limit,
        )
    )


def lift(session: Session, account_id: int, kind: LimitKind, plan_id: int | None, now: datetime) -> bool:
    """Lift a limit by hand: it counts anew from now. Returns whether it held."""
    held = False
    for row in load_holding_rows(session, account_id):
        if (row.kind, row.plan_id) == (kind.value, plan_id):
            row.lifted_at, row.lifted_by_hand, held = now, True, True
    return held


def lift_all(session: Session, account_id: int, now: datetime) -> None:
    """Lift every limit that holds: all of them count anew from now."""
    for row in load_holding_rows(session, account_id):
        row.lifted_at, row.lifted_by_hand = now, True


def _limits_row(session: Session, account_id: int, now: datetime) -> RiskLimitsRow:
    row = session.get(RiskLimitsRow, account_id)
    if row is None:
        peak = select(func.max(EquityRow.wallet_usdt + EquityRow.unrealised_usdt)).where(
            EquityRow.account_id == account_id
        )
        if (began_at := load_epoch_began_at(session, account_id)) is not None:
            peak = peak.where(EquityRow.at >= began_at)
        row = RiskLimitsRow(
            account_id=account_id,
            limits=limits_to_json(NO_LIMITS),
            baseline_at=now,
            peak_usdt=session.scalar(peak) or Decimal(0),
            changed_at=now,
        )
        session.add(row)
        session.flush()
    return row
