"""What a process does first when it takes the lease: every order that may have been sent is asked about."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.terms import OrderState, Phase, Purpose
from storage.tables import OrderRow, PositionRow


def query_whatever_may_be_sent(session: Session) -> None:
    """Let every order that may have been sent be queried at once, whatever this machine's clock says.

    Stop and target that were staged with an entry count as perhaps sent. The spare stop of an open trade stays staged:
    whether it was sent by a process that died is asked once, and should it turn up later, the list of what rests shows
    it. So does every close that is staged: should that turn up later, its trades do, under its id.
    """
    holding = select(PositionRow.id).where(PositionRow.phase.in_((Phase.OPEN, Phase.CLOSING)))
    of_stop = OrderRow.purpose.in_((Purpose.STOP, Purpose.INTERIM)) & OrderRow.position_id.in_(holding)
    spare = of_stop | (OrderRow.purpose == Purpose.CLOSE)
    staged = OrderRow.state == OrderState.STAGED
    session.execute(update(OrderRow).where(staged, ~spare).values(state=OrderState.UNKNOWN))
    unknown = OrderRow.state == OrderState.UNKNOWN
    session.execute(update(OrderRow).where(staged | unknown).values(not_before=OrderRow.created_at))
