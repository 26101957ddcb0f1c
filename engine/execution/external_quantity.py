"""A foreign quantity beside a live run: closing that part, or leaving it alone, as the person says."""

from domain.terms import FINAL_STATES, CloseReason, Purpose, Severity
from domain.wording import format_quantity
from engine.execution.order_writer import Writer
from engine.requests.catalogue import Task
from engine.state.wording import place_words
from storage.tables import PositionRow


class Joined:
    """Carries out what is wanted with what somebody else added to a run's place."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.positions = writer.positions
        self.book = writer.book

    def close_it(self, live: PositionRow, instruction_id: str) -> tuple[str | None, Task | None]:
        """Close the foreign quantity, and only that, at market.

        The place is read once more before: had somebody else closed that part unheard, the bot's own would go.

        Returns:
            What the person is told, None while the place has to be read again first, and the order to send.
        """
        name = place_words(live)
        if any(order.for_foreign_part and order.state not in FINAL_STATES for order in self.book.orders_of[live.id]):
            return f"What was added to {name} is being closed already.", None
        if live.foreign_quantity <= 0:
            return f"Nothing is there any more that somebody else added to {name}. Nothing was sent.", None
        if self._first_seen(live, instruction_id):
            return None, None
        held = self.positions.memory.place_quantity((live.symbol, live.side))
        if held != self.book.own_quantity(live) + live.foreign_quantity:
            return None, None
        row = self.writer.new_order(
            live, Purpose.CLOSE, quantity=live.foreign_quantity, trigger_price=None, reason=CloseReason.EXTERNAL
        )
        part = f"the {format_quantity(live.foreign_quantity)} that somebody else added to {name}"
        self.positions.note(live, "closing_foreign_part", f"You asked to close {part}.")
        return f"Closing {part}; the bot's own part stays as it is.", self.writer.send(row)

    def _first_seen(self, live: PositionRow, instruction_id: str) -> bool:
        """Have the place read anew when an instruction is seen for the first time; until then it counts as unknown."""
        memory = self.positions.memory
        if instruction_id in memory.looked_again:
            return False
        memory.looked_again.add(instruction_id)
        memory.booked_batch[live.symbol, live.side] = memory.batch
        memory.touched_symbols.add(live.symbol)
        return True

    def leave_it(self, live: PositionRow) -> str:
        """Let stop and target take the run's own quantity only; return what the person is told."""
        name = place_words(live)
        if live.foreign_quantity <= 0:
            return f"Nothing is there any more that somebody else added to {name}. Nothing was changed."
        live.own_part_only = True
        theirs = format_quantity(live.foreign_quantity)
        text = f"You left the {theirs} that somebody else added to {name} alone: it has no stop-loss of the bot."
        self.positions.note(live, "foreign_part_left", text, Severity.WARNING)
        ours = format_quantity(self.book.own_quantity(live))
        return f"{name}: stop and target take only the bot's own {ours} from now on; the other {theirs} is left alone."
