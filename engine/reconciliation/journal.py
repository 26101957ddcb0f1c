"""Sentences about trades: each is written in the transaction of what it tells."""

from database import save_journal
from domain.terms import Severity
from engine.state.context import CycleContext
from storage.tables import PositionRow


class Journal:
    """Writes what happened to the trades of one cycle."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context

    def note(
        self, position: PositionRow, event: str, text: str, severity: Severity = Severity.INFO, **details: str
    ) -> None:
        """Write a journal line about a trade; details are facts, money as strings."""
        save_journal(
            self.context.rows.session,
            at=self.context.now,
            severity=severity,
            event=event,
            text=text,
            account_id=self.context.rows.account_id,
            position_id=position.id,
            details=details,
        )
