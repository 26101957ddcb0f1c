"""The forms a person saved under a name: one setting, shared by all who use this dashboard."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from domain.preview.presets import BadPreset, TradePreset, preset_from_json, preset_to_json
from services.errors import PresetRefused, reading
from storage.bot_tables import SettingRow
from storage.settings import read_setting

SETTING = "presets"
MOST_PRESETS = 12


class Presets:
    """Keeps presets, newest last; one name is one preset."""

    def __init__(self, sessions: sessionmaker[Session], now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._now = now

    def load(self) -> tuple[TradePreset, ...]:
        """Return all presets that can be read.

        Raises:
            NotReadable: the database does not answer.
        """
        with reading(self._sessions) as session:
            saved: list[dict[str, Any]] = read_setting(session, SETTING, _listed, absent=[])
        return tuple(preset for preset in map(_readable, saved) if preset is not None)

    def save(self, preset: TradePreset) -> None:
        """Keep a preset in place of one with the same name.

        Raises:
            PresetRefused: it has no name, or there are too many.
            NotReadable: the database does not answer.
        """
        if not preset.name:
            raise PresetRefused("Give it a name first.")
        self._change(lambda saved: [*_without(saved, preset.name), preset_to_json(preset)])

    def delete(self, name: str) -> None:
        """Forget a preset; nothing happens when there is none of that name.

        Raises:
            NotReadable: the database does not answer.
        """
        self._change(lambda saved: _without(saved, name))

    def _change(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        with reading(self._sessions) as session:
            # The row exists before it is locked, so that two viewers saving at once both keep theirs.
            empty = insert(SettingRow).values(name=SETTING, value={SETTING: []}, changed_at=self._now())
            session.execute(empty.on_conflict_do_nothing())
            row = session.get_one(SettingRow, SETTING, with_for_update=True, populate_existing=True)
            changed = change(read_setting(session, SETTING, _listed, absent=[]))
            if len(changed) > MOST_PRESETS:
                raise PresetRefused(f"There is room for {MOST_PRESETS}. Delete one first.")
            row.value, row.changed_at = {SETTING: changed}, self._now()


def _listed(saved: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in saved[SETTING] if isinstance(one, dict)]


def _without(saved: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in saved if one.get("name") != name]


def _readable(saved: dict[str, Any]) -> TradePreset | None:
    try:
        return preset_from_json(saved)
    except BadPreset:
        return None
