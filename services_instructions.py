"""What a person asks of the bot: one row for each press, however often it is pressed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from database_tables import InstructionRow
from domain.terms import InstructionKind, TradeTerms
from domain.terms_json import BadTerms, check_terms, terms_to_json
from monitor_health import MonitorFeed
from services_account import current_account_id
from services_errors import DATABASE_SILENT, NotRecorded
from services_views import InstructionAnswer

LAPSES_AFTER = timedelta(seconds=60)
_LAPSING = (InstructionKind.OPEN, InstructionKind.REOPEN_NOW)
_NO_ACCOUNT = "The bot is not connected to an account yet. Nothing was sent; try again when it is."
_GONE = "There is no such position or plan any more. Nothing was done."
_LAPSED = "The bot did not take this up within a minute, so it was dropped. Nothing was sent."


@dataclass(frozen=True, slots=True)
class Instruction:
    """One press of a button, before it is written down."""

    id: str
    kind: InstructionKind
    position_id: int | None = None
    plan_id: int | None = None
    terms: dict[str, Any] | None = None


class InstructionDesk:
    """Writes instructions down and tells what became of them; the monitor alone carries them out."""

    def __init__(self, sessions: sessionmaker[Session], feed: MonitorFeed, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._feed = feed
        self._now = now

    def give(self, instruction: Instruction) -> InstructionAnswer:
        """Write the instruction down once and wake the monitor; the same id again gives the first one's state.

        OPEN and REOPEN_NOW lapse after LAPSES_AFTER, the others never.

        Raises:
            NotRecorded: the database did not take it; giving it again with the same id is safe.
        """
        try:
            with self._sessions.begin() as session:
                account_id = current_account_id(session, self._feed.health())
                if account_id is None:
                    return InstructionAnswer(instruction.id, done=True, outcome=_NO_ACCOUNT)
                session.execute(self._row(instruction, account_id))
        except IntegrityError:
            return InstructionAnswer(instruction.id, done=True, outcome=_GONE)
        except DATABASE_SILENT as error:
            raise NotRecorded from error
        self._feed.ring()
        return self.answer(instruction.id)

    def open_trade(self, instruction_id: str, terms: TradeTerms) -> InstructionAnswer:
        """Ask for a trade; terms that make no sense are answered at once and not written down."""
        try:
            check_terms(terms)
        except BadTerms as wrong:
            return InstructionAnswer(
                instruction_id, done=True, outcome=" ".join((*wrong.messages, "Nothing was sent."))
            )
        return self.give(Instruction(instruction_id, InstructionKind.OPEN, terms=terms_to_json(terms)))

    def edit_protection(
        self, instruction_id: str, position_id: int, stop_price: Decimal | None, target_price: Decimal | None
    ) -> InstructionAnswer:
        """Ask for other trigger prices; None leaves that one where it is.

        Kept as ``{"stop_price": "60850.0" or null, "target_price": "61400.0" or null}``.
        """
        prices = {"stop_price": stop_price, "target_price": target_price}
        given = [price for price in prices.values() if price is not None]
        if not given or any(not price.is_finite() or price <= 0 for price in given):
            words = "A stop or target must be a price above 0. Nothing was changed."
            return InstructionAnswer(instruction_id, done=True, outcome=words)
        terms = {name: None if price is None else format(price, "f") for name, price in prices.items()}
        return self.give(Instruction(instruction_id, InstructionKind.EDIT_PROTECTION, position_id, terms=terms))

    def answer(self, instruction_id: str) -> InstructionAnswer:
        """Return what became of an instruction; one that was never written down is not done.

        Raises:
            NotRecorded: the database does not answer.
        """
        try:
            with self._sessions() as session:
                row = session.get(InstructionRow, instruction_id)
        except DATABASE_SILENT as error:
            raise NotRecorded from error
        if row is None:
            return InstructionAnswer(instruction_id, done=False, outcome=None)
        if row.consumed_at is None and row.lapses_at is not None and row.lapses_at + LAPSES_AFTER < self._now():
            # A whole minute past its time: no monitor takes it up any more, even one whose clock is behind ours.
            return InstructionAnswer(instruction_id, done=True, outcome=_LAPSED)
        return InstructionAnswer(instruction_id, done=row.consumed_at is not None, outcome=row.outcome)

    def _row(self, instruction: Instruction, account_id: int) -> Any:  # noqa: ANN401  (SQLAlchemy's Insert is generic)
        now = self._now()
        return (
            insert(InstructionRow)
            .values(
                id=instruction.id,
                account_id=account_id,
                kind=instruction.kind,
                position_id=instruction.position_id,
                plan_id=instruction.plan_id,
                terms=instruction.terms or {},
                created_at=now,
                lapses_at=now + LAPSES_AFTER if instruction.kind in _LAPSING else None,
            )
            .on_conflict_do_nothing(index_elements=[InstructionRow.id])
        )
