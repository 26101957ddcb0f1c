"""What happened to trades: each event is written in the transaction of what it tells."""

from database import save_event
from domain.journal.facts import JournalFacts
from engine.state.context import CycleContext
from storage.tables import PositionRow


class Journal:
    """Writes what happened to the trades of one cycle."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context

    def note(self, position: PositionRow, facts: JournalFacts) -> None:
        """Write an event of a trade."""
        rows = self.context.rows
        save_event(rows.session, facts, at=self.context.now, account_id=rows.account_id, position_id=position.id)
