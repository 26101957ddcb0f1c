"""An external quantity beside a live trade: closing that part, or leaving it alone, as the person says."""

from domain.journal.external_facts import ClosingExternalPart, ExternalPartLeft
from domain.terms import FINAL_STATES, CloseReason, Purpose
from domain.wording import format_quantity
from engine.execution.order_writer import OrderWriter
from engine.requests.catalogue import Task
from engine.state.row_mapping import key_of
from engine.state.wording import position_name
from storage.tables import PositionRow


class ExternalQuantity:
    """Carries out what is wanted with what somebody else added to a trade's position."""

    def __init__(self, writer: OrderWriter) -> None:
        self.writer = writer
        self.journal = writer.journal
        self.state = writer.state
        self.rows = writer.rows

    def close_it(self, live: PositionRow, instruction_id: str) -> tuple[str | None, Task | None]:
        """Close the external quantity, and only that, at market.

        The position is read once more before: had somebody else closed that part unheard, the bot's own would go.

        Returns:
            What the person is told, None while the position has to be read again first, and the order to send.
        """
        name = position_name(live)
        if any(order.for_external_part and order.state not in FINAL_STATES for order in self.rows.orders_of[live.id]):
            return f"What was added to {name} is being closed already.", None
        if live.external_quantity <= 0:
            return f"Nothing is there any more that somebody else added to {name}. Nothing was sent.", None
        if self._first_seen(live, instruction_id):
            return None, None
        held = self.state.exchange.quantity_at(key_of(live))
        if held != self.rows.own_quantity(live) + live.external_quantity:
            return None, None
        row = self.writer.new_order(
            live, Purpose.CLOSE, quantity=live.external_quantity, trigger_price=None, reason=CloseReason.EXTERNAL
        )
        part = f"the {format_quantity(live.external_quantity)} that somebody else added to {name}"
        self.journal.note(live, ClosingExternalPart(name, live.external_quantity))
        return f"Closing {part}; the bot's own part stays as it is.", self.writer.send(row)

    def _first_seen(self, live: PositionRow, instruction_id: str) -> bool:
        """Have the position read anew when an instruction is seen for the first time; it is unknown until then."""
        state = self.state
        if instruction_id in state.retries.reread_for:
            return False
        state.retries.reread_for.add(instruction_id)
        state.exchange.forget_quantity_at(key_of(live))
        state.inbox.named_symbols.add(live.symbol)
        return True

    def leave_it(self, live: PositionRow) -> str:
        """Let stop and target take the trade's own quantity only; return what the person is told."""
        name = position_name(live)
        if live.external_quantity <= 0:
            return f"Nothing is there any more that somebody else added to {name}. Nothing was changed."
        live.own_part_only = True
        theirs = format_quantity(live.external_quantity)
        self.journal.note(live, ExternalPartLeft(name, live.external_quantity))
        ours = format_quantity(self.rows.own_quantity(live))
        return f"{name}: stop and target take only the bot's own {ours} from now on; the other {theirs} is left alone."
