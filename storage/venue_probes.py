"""Measurements of how an exchange behaves: each a row from before its first order until nothing is left of it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from domain.terms import Purpose
from domain.venue_probe.placing import ClosingOrder, FiredOrder
from storage.tables import Base, OrderRow


class VenueProbeRow(Base):
    """One measurement; its orders carry ids that begin with its number."""

    __tablename__ = "venue_probes"
    __table_args__ = (
        Index("venue_probes_by_time", "account_id", "began_at"),
        Index("venue_probes_unfinished", "account_id", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    symbol: Mapped[str]
    began_at: Mapped[datetime]
    measured_at: Mapped[datetime | None]  # None: it was cut short before it could tell anything
    finished_at: Mapped[datetime | None]  # since when none of its orders is left on the exchange
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # answers by question
    heard: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))  # forms of the private stream
    problem: Mapped[str | None]  # why something was not measured, in plain words


def load_latest_probe(session: Session, account_id: int) -> VenueProbeRow | None:
    """Return the newest measurement that told something."""
    return session.scalars(
        select(VenueProbeRow)
        .where(VenueProbeRow.account_id == account_id, VenueProbeRow.measured_at.is_not(None))
        .order_by(VenueProbeRow.began_at.desc(), VenueProbeRow.id.desc())
        .limit(1)
    ).first()


def load_unfinished_probes(session: Session, account_id: int) -> Sequence[VenueProbeRow]:
    """Return the measurements whose orders may still be on the exchange."""
    return session.scalars(
        select(VenueProbeRow).where(VenueProbeRow.account_id == account_id, VenueProbeRow.finished_at.is_(None))
    ).all()


def load_fired_order(session: Session, account_id: int) -> FiredOrder | None:
    """Return the last stop or target for a whole position that fired, None before the first."""
    row = session.execute(
        select(OrderRow.symbol, OrderRow.exchange_order_id, OrderRow.client_order_id)
        .where(
            OrderRow.account_id == account_id,
            OrderRow.triggered_at.is_not(None),
            OrderRow.exchange_order_id.is_not(None),
            OrderRow.quantity.is_(None),
        )
        .order_by(OrderRow.id.desc())
        .limit(1)
    ).first()
    return None if row is None or row[1] is None else FiredOrder(row[0], row[1], row[2])


def load_closing_order(session: Session, account_id: int) -> ClosingOrder | None:
    """Return the last order of ours that closed a quantity, None before the first."""
    row = session.execute(
        select(OrderRow.symbol, OrderRow.exchange_order_id)
        .where(
            OrderRow.account_id == account_id,
            OrderRow.purpose != Purpose.ENTRY,
            OrderRow.exchange_order_id.is_not(None),
            OrderRow.quantity.is_not(None),
            OrderRow.executed_quantity > Decimal(0),
        )
        .order_by(OrderRow.id.desc())
        .limit(1)
    ).first()
    return None if row is None or row[1] is None else ClosingOrder(row[0], row[1])


def load_closers_seen(session: Session, account_id: int, another_rests: int) -> str | None:
    """Return what our own trades tell of stop and target for the whole position, None when they tell nothing.

    Args:
        session: to read with.
        account_id: whose trades.
        another_rests: the code of the refusal because another one waits.

    Returns:
        "family" when a target was taken beside a stop, "direction" when the newest target was refused for one.
    """
    stop = aliased(OrderRow)
    newest = session.execute(
        select(OrderRow.answer_code, OrderRow.algo_id)
        .join(stop, (stop.position_id == OrderRow.position_id) & (stop.purpose == Purpose.STOP))
        .where(
            OrderRow.account_id == account_id,
            OrderRow.purpose == Purpose.TARGET,
            OrderRow.quantity.is_(None),
            stop.quantity.is_(None),
            stop.algo_id.is_not(None),
            (OrderRow.answer_code == another_rests) | OrderRow.algo_id.is_not(None),
        )
        .order_by(OrderRow.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return None
    return "direction" if newest.answer_code == another_rests else "family"
