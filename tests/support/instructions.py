"""What a person asks of the bot, written into the database as the pages write it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.terms import InstructionKind
from storage.bot_tables import InstructionRow
from storage.tables import AccountRow

LAPSES_AFTER = timedelta(seconds=60)
LAPSING = (InstructionKind.OPEN, InstructionKind.REOPEN_NOW, InstructionKind.ADOPT, InstructionKind.CLOSE_EXTERNAL)


def write_instruction(
    session: Session,
    kind: InstructionKind,
    now: datetime,
    *,
    position_id: int | None = None,
    plan_id: int | None = None,
    terms: Mapping[str, Any] | None = None,
) -> str:
    """Write an instruction for the only account there is and return its id; what opens something lapses in a minute.

    now: the exchange's time.
    """
    instruction_id = uuid4().hex
    session.add(
        InstructionRow(
            id=instruction_id,
            account_id=session.scalars(select(AccountRow.id)).one(),
            kind=kind,
            position_id=position_id,
            plan_id=plan_id,
            terms=dict(terms or {}),
            created_at=now,
            lapses_at=now + LAPSES_AFTER if kind in LAPSING else None,
        )
    )
    return instruction_id
