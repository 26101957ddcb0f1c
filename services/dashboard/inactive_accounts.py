"""Positions of accounts the bot is not signed in to: shown, not watched; their stops are placed on the exchange."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.terms import LIVE_PHASES
from services.dashboard.views import InactiveAccountPosition
from storage.tables import AccountRow, PositionRow

_LABELS: Final = {"practice": "Practice", "binance test": "Binance test"}


def load_inactive_positions(session: Session, account_id: int | None) -> tuple[InactiveAccountPosition, ...]:
    """Return the live positions of every other account than this one, by account, oldest first."""
    statement = (
        select(PositionRow, AccountRow)
        .join(AccountRow, AccountRow.id == PositionRow.account_id)
        .where(PositionRow.account_id.is_distinct_from(account_id), PositionRow.phase.in_(LIVE_PHASES))
        .order_by(PositionRow.account_id, PositionRow.id)
    )
    return tuple(
        InactiveAccountPosition(
            id=position.id,
            symbol=position.symbol,
            side=position.side,
            leverage=position.leverage,
            account=f"{_LABELS[account.family]} account {account.alias}",
        )
        for position, account in session.execute(statement)
    )
