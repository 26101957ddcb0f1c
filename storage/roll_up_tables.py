"""The tables of roll-ups: results of closed trades summed by the quarter of an hour and by the day.

A trigger on positions keeps them (migration 0008); nothing else writes them.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from domain.terms import CloseReason, Side
from storage.column_types import one_of
from storage.tables import Base

QUARTER_MINUTES: Final = 15  # midnight of every time zone falls on one
DAY_MINUTES: Final = 1440  # of UTC


class ResultSpanRow(Base):
    """The closed trades of one account and one span of time, in order: spans side by side give any longer one.

    All figures but unknown are of trades with a known result. The running result starts at 0 in each span.
    """

    __tablename__ = "result_spans"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True)  # QUARTER_MINUTES or DAY_MINUTES
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    trades: Mapped[int]
    unknown: Mapped[int]  # written off: nobody knows with what result
    won: Mapped[int]
    lost: Mapped[int]
    net: Mapped[Decimal]
    gross: Mapped[Decimal]
    fees: Mapped[Decimal]
    funding: Mapped[Decimal]
    won_usdt: Mapped[Decimal]
    lost_usdt: Mapped[Decimal]
    seconds: Mapped[Decimal]  # open, of all that are timed
    timed: Mapped[int]
    best: Mapped[Decimal | None]
    worst: Mapped[Decimal | None]
    last_closed_at: Mapped[datetime | None]
    peak: Mapped[Decimal]  # highest running result, ≥ 0
    trough: Mapped[Decimal]  # lowest running result after a trade; 0 without trades
    drawdown: Mapped[Decimal]  # deepest fall below the best moment of this span, or its start, ≥ 0
    losses_first: Mapped[int]  # how many losses the span begins with
    losses_last: Mapped[int]  # and ends with
    losses_longest: Mapped[int]
    wins_first: Mapped[int]
    wins_last: Mapped[int]
    wins_longest: Mapped[int]


class ResultShareRow(Base):
    """What one pair, side and reason made in one span of time; all but unknown of trades with a known result."""

    __tablename__ = "result_shares"
    __table_args__ = (one_of("side", Side), one_of("reason", CloseReason))

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[Side] = mapped_column(primary_key=True)
    reason: Mapped[CloseReason] = mapped_column(primary_key=True)
    trades: Mapped[int]
    unknown: Mapped[int]
    won: Mapped[int]
    lost: Mapped[int]
    net: Mapped[Decimal]
    fees: Mapped[Decimal]
    won_usdt: Mapped[Decimal]
    lost_usdt: Mapped[Decimal]
    seconds: Mapped[Decimal]
    timed: Mapped[int]
