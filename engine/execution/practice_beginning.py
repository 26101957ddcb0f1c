"""Practice begun anew: what the account that is gone still held in the books is ended, the limits go on.

Source: docs/decisions/0104-practice-begins-with-another-account.md
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from database import save_event
from decisions.reconciliation.reopening import skipped
from domain.journal.bot_facts import PracticeBegun
from domain.lifecycle import Event
from domain.practice import PracticeBeginning
from domain.terms import LIVE_PHASES, OrderState, Phase, PlanState, ReopenState
from engine.reconciliation.lifecycle import Lifecycle
from engine.state.context import CycleContext
from engine.state.engine_state import EngineState
from engine.state.wording import position_name
from engine.state.working_set import NOT_FINAL, WorkingSet
from storage.income_tables import EquityRow
from storage.practice import save_practice_beginning
from storage.risk import copy_limits
from storage.tables import AccountRow, OrderRow, PlanRow

_ENDED_WITH_IT: Final = "its practice account began anew."


def begin_anew(session: Session, beginning: PracticeBeginning | None, account: AccountRow, now: datetime) -> None:
    """End the account that practice leaves behind, once it has signed in to the one that takes its place.

    Only an account of the practice exchange that this bot runs itself is ever left behind.
    """
    if beginning is None or beginning.former_account_id in (None, account.id):
        return
    former = session.get(AccountRow, beginning.former_account_id)
    gone = 0
    if former is not None and former.family == account.family:
        gone = _end(session, former.id, now)
        copy_limits(session, former.id, account.id, now)
    save_practice_beginning(session, replace(beginning, former_account_id=None))
    save_event(session, PracticeBegun(beginning.balance_usdt, gone), at=now, account_id=account.id)


def _end(session: Session, account_id: int, now: datetime) -> int:
    """End everything of an account that goes on, as the exchange has none of it; return how many trades were live."""
    rows = WorkingSet.load(session, account_id)
    # The clock of the account that is gone may have been moved ahead of the present one.
    moments = (moment for position in rows.positions.values() for moment in (position.created_at, position.opened_at))
    at = max((now, *(moment for moment in moments if moment is not None)))
    lifecycle = Lifecycle(CycleContext(rows, EngineState(), at))
    gone = 0
    for position in rows.positions.values():
        if position.phase in (Phase.OPEN, Phase.CLOSING):
            lifecycle.write_off(position)
            gone += 1
        elif position.phase in LIVE_PHASES:
            lifecycle.entry_failed(position, Event.ENTRY_ABSENT, f"Not opened: {_ENDED_WITH_IT}")
        elif position.reopen_state is ReopenState.WAITING:
            lifecycle.apply(skipped(position.id, position.plan_id, position_name(position)))
    session.flush()
    orders = update(OrderRow).where(OrderRow.account_id == account_id)
    staged = OrderRow.state == OrderState.STAGED
    session.execute(orders.where(staged).values(state=OrderState.WITHDRAWN, final_at=at))
    session.execute(orders.where(OrderRow.state.in_(NOT_FINAL)).values(state=OrderState.EXPIRED, final_at=at))
    plans = update(PlanRow).where(PlanRow.account_id == account_id, PlanRow.state != PlanState.ENDED)
    session.execute(plans.values(state=PlanState.ENDED, state_reason=_ENDED_WITH_IT))
    # While nobody is signed in, pages show the account whose wallet was read last.
    session.execute(delete(EquityRow).where(EquityRow.account_id == account_id))
    return gone
