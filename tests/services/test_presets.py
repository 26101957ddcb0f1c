"""Presets are kept by name, and what cannot be read is left out."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.preview.presets import preset_to_json
from services.errors import PresetRefused
from services.trading.presets import MOST_PRESETS, Presets
from storage.settings import save_setting
from tests.domain.test_presets import PRESET
from tests.services.building import Clock, D


@pytest.fixture
def desk(session_factory: sessionmaker[Session]) -> Presets:
    return Presets(session_factory, Clock())


def test_a_saved_preset_is_there_the_next_time(desk: Presets) -> None:
    assert desk.load() == ()

    desk.save(PRESET)
    desk.save(replace(PRESET, name="Quiet"))

    assert desk.load() == (PRESET, replace(PRESET, name="Quiet"))


def test_the_same_name_is_the_same_preset(desk: Presets) -> None:
    desk.save(PRESET)
    desk.save(replace(PRESET, amount=D("7")))

    assert [preset.amount for preset in desk.load()] == [D("7")]


def test_a_deleted_preset_is_gone(desk: Presets) -> None:
    desk.save(PRESET)
    desk.delete("no such")
    desk.delete(PRESET.name)

    assert desk.load() == ()


def test_a_preset_needs_a_name_and_room(desk: Presets) -> None:
    with pytest.raises(PresetRefused):
        desk.save(replace(PRESET, name=""))
    for number in range(MOST_PRESETS):
        desk.save(replace(PRESET, name=f"{number}"))

    with pytest.raises(PresetRefused):
        desk.save(PRESET)

    assert len(desk.load()) == MOST_PRESETS


def test_a_preset_that_cannot_be_read_hides_no_other(desk: Presets, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_setting(session, "presets", {"presets": [{"name": "broken"}, preset_to_json(PRESET)]})

    assert desk.load() == (PRESET,)
