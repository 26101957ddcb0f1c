"""What a process does first when it takes the lease: every order that may have been sent counts as sent."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.terms import OrderState
from storage.tables import OrderRow


def query_whatever_may_be_sent(session: Session) -> None:
    """Let every staged order count as perhaps sent, and every unknown one be queried at once."""
    session.execute(update(OrderRow).where(OrderRow.state == OrderState.STAGED).values(state=OrderState.UNKNOWN))
    # Whatever this machine's clock says.
    session.execute(update(OrderRow).where(OrderRow.state == OrderState.UNKNOWN).values(not_before=OrderRow.created_at))
