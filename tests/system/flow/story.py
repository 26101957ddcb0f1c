"""What the rows tell about a bot's life, for whoever has to find out why an invariant did not hold."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.bot_tables import InstructionRow, JournalRow
from storage.tables import OrderRow, PositionRow


def story(session: Session) -> list[str]:
    """Return journal, instructions, orders and positions, a line each, oldest first."""
    lines = [
        f"{line.at:%H:%M:%S.%f} {line.event}: {line.text}"
        for line in session.scalars(select(JournalRow).order_by(JournalRow.at, JournalRow.id))
    ]
    lines += [
        f"{asked.created_at:%H:%M:%S.%f} {asked.kind} {asked.position_id} {asked.terms}: {asked.outcome}"
        for asked in session.scalars(select(InstructionRow).order_by(InstructionRow.created_at))
    ]
    lines += [
        f"{order.client_order_id} {order.state} {order.quantity} at {order.trigger_price} {order.created_at:%T} "
        f"code={order.answer_code} queried={order.query_count} {order.answer_text}"
        for order in session.scalars(select(OrderRow).order_by(OrderRow.id))
    ]
    lines += [
        f"position {position.id} {position.symbol} {position.side} {position.phase} "
        f"{position.entry_quantity}-{position.exit_quantity}"
        f"+{position.external_quantity} {position.close_reason} {position.reopen_state}"
        for position in session.scalars(select(PositionRow).order_by(PositionRow.id))
    ]
    return lines
