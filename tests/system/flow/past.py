"""What the exchange forgot when the account was begun anew, so that the books are held against all there ever was."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal.events import JournalEvent
from domain.terms import CloseReason
from storage.account_epochs import AccountEpochRow
from storage.bot_tables import JournalRow
from storage.income_tables import IncomeRow
from storage.tables import PositionRow

ROWS = ("orders", "trades", "income")


@dataclass(slots=True)
class Past:
    """The ledgers of the chapters before the present one; nothing at all before the first reset."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    trades: list[dict[str, Any]] = field(default_factory=list)
    income: list[dict[str, Any]] = field(default_factory=list)
    algo_orders: list[dict[str, Any]] = field(default_factory=list)  # what rested ended with its chapter
    ended_ms: list[int] = field(default_factory=list)  # exchange time of each reset
    seeded: dict[tuple[str, str], Decimal] = field(default_factory=dict)  # what the present chapter began with

    def close(self, ledger: Mapping[str, Any], ended_ms: int, seeded: Sequence[Mapping[str, Any]]) -> None:
        """Take in that a chapter with this ledger ended and another began with these positions."""
        for name in ROWS:
            getattr(self, name).extend(ledger[name])
        for row in ledger["algoOrders"]:
            ended = {"algoStatus": "EXPIRED", "updateTime": ended_ms} if row["algoStatus"] == "NEW" else {}
            self.algo_orders.append(row | ended)
        self.ended_ms.append(ended_ms)
        self.seeded = {(r["symbol"], r["positionSide"]): abs(Decimal(r["positionAmt"])) for r in seeded}

    def whole(self, ledger: Mapping[str, Any]) -> dict[str, Any]:
        """Return the present ledger with the orders, trades and income of all chapters."""
        return dict(ledger) | {name: [*getattr(self, name), *ledger[name]] for name in ROWS}

    def seeded_by_key(self) -> defaultdict[tuple[str, str], Decimal]:
        """Return what the present chapter began with, by pair and side."""
        return defaultdict(Decimal, self.seeded)


def lost_in_resets(session: Session, past: Past) -> list[str]:
    """I3: only what a reset took is written off, and what closed before all that the exchange still shows."""
    last = past.ended_ms[-1] if past.ended_ms else 0
    given_up = select(JournalRow.position_id).where(JournalRow.event == JournalEvent.CLOSING_UNREADABLE)
    lost = select(PositionRow).where(PositionRow.close_reason == CloseReason.LOST, PositionRow.id.not_in(given_up))
    return [
        f"I3 position {position.id} of {position.created_at:%T} was written off, the last reset was at {last}"
        for position in session.scalars(lost)
        if position.created_at.timestamp() * 1000 > last
    ]


def chapters(session: Session, past: Past) -> list[str]:
    """I10: a chapter begins when the account was reset, and never otherwise; for after it was asked about.

    A reset of an account of which nothing was booked is not noticed.
    """
    began = session.scalars(select(AccountEpochRow.began_at).order_by(AccountEpochRow.began_at)).all()
    if len(began) > len(past.ended_ms):
        return [f"I10 {len(began)} chapters began after {len(past.ended_ms)} resets"]
    forgotten = {(row["incomeType"], int(row["tranId"])) for row in past.income}
    present = select(IncomeRow).where(IncomeRow.occurred_at >= began[-1]) if began else select(IncomeRow)
    return [
        f"I10 the reset that took {row.income_type} {row.tran_id} was not noticed"
        for row in session.scalars(present)
        if (row.income_type, row.tran_id) in forgotten
    ]
