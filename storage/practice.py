"""The wish that practice begins anew, as a setting: the process that trades follows it, whichever took it down."""

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.practice import PracticeBeginning
from storage.bot_tables import SettingRow
from storage.settings import aware, read_setting, save_setting

PRACTICE_SETTING: Final = "practice_beginning"


def load_practice_beginning(session: Session) -> PracticeBeginning | None:
    """Return the latest wish, None before there was one; one that cannot be read takes nothing away."""

    def read(saved: dict[str, Any]) -> PracticeBeginning | None:
        former = saved["former_account_id"]
        balance = Decimal(saved["balance_usdt"])
        if not balance.is_finite() or balance <= 0:
            raise ValueError(balance)
        return PracticeBeginning(aware(saved["asked_at"]), balance, None if former is None else int(former))

    return read_setting(session, PRACTICE_SETTING, read, absent=None)


def save_practice_beginning(session: Session, beginning: PracticeBeginning) -> None:
    """Save the wish, or that the bot is done with the account that went."""
    saved = {
        "asked_at": beginning.asked_at.isoformat(),
        "balance_usdt": format(beginning.balance_usdt, "f"),
        "former_account_id": beginning.former_account_id,
    }
    save_setting(session, PRACTICE_SETTING, saved)


def practice_asked_at(session: Session) -> str | None:
    """Return a cheap text that changes with each new wish."""
    return session.scalar(select(SettingRow.value["asked_at"].astext).where(SettingRow.name == PRACTICE_SETTING))
