"""Settings by name: small values that have no table of their own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.bot_tables import SettingRow


def load_setting(session: Session, name: str) -> dict[str, Any] | None:
    """Return the setting of that name, or None when it was never saved."""
    return session.scalar(select(SettingRow.value).where(SettingRow.name == name))


def save_setting(session: Session, name: str, value: Mapping[str, Any]) -> None:
    """Save a setting under its name, in place of what was there."""
    row = insert(SettingRow).values(name=name, value=dict(value), changed_at=func.now())
    session.execute(
        row.on_conflict_do_update(
            index_elements=[SettingRow.name], set_={"value": row.excluded.value, "changed_at": row.excluded.changed_at}
        )
    )
