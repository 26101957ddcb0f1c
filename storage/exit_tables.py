"""How far the moving exits of trades have come."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base


class ExitProgressRow(Base):
    """What the moving exits of one trade have seen and done; a trade without such exits has no row."""

    __tablename__ = "exit_progress"

    position_id: Mapped[int] = mapped_column(ForeignKey("positions.id"), primary_key=True, autoincrement=False)
    best_mark: Mapped[Decimal | None]  # the mark price most in its favour since it opened
    moved_at: Mapped[datetime | None]  # when its stop was last sent elsewhere, by the plan or by the person
    move_reason: Mapped[str | None]  # of the stop_price now (MoveReason); None = the bracket's or the person's
    not_before: Mapped[datetime | None]  # the plan tries no move before: the exchange refused the last one
    hand_best_mark: Mapped[Decimal | None]  # best_mark when the person last moved the stop
    hand_targets_reached: Mapped[int | None]  # partial targets that were reached then
    dropped_targets: Mapped[list[int]] = mapped_column(ARRAY(BIGINT))  # numbers that the exchange does not take
