"""Preferences are kept one by one, and what cannot be is refused in words."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.number_text import DecimalSign
from services.accounts.preferences import Chosen, Colours, Preferences
from services.errors import PreferenceRefused
from storage.preferences import SETTING, load_calendar, load_time_zone
from storage.settings import save_setting
from tests.services.building import Clock


@pytest.fixture
def preferences(session_factory: sessionmaker[Session]) -> Preferences:
    return Preferences(session_factory, Clock())


def test_nothing_is_chosen_at_first(preferences: Preferences) -> None:
    assert preferences.chosen() == Chosen()


def test_each_choice_stands_beside_the_others(preferences: Preferences) -> None:
    preferences.choose("number_format", ",")
    preferences.choose("colours", "dark")
    preferences.choose("risk_share_percent", "12.5")
    preferences.choose("sound", True)
    preferences.choose("colours", "light")

    assert preferences.chosen() == Chosen(
        number_format=DecimalSign.COMMA, colours=Colours.LIGHT, sound=True, risk_share_percent=Decimal("12.5")
    )


def test_a_time_zone_counts_for_the_days_of_limits_too(
    preferences: Preferences, session_factory: sessionmaker[Session]
) -> None:
    preferences.choose("time_zone", "Europe/Berlin")

    assert preferences.chosen().time_zone == "Europe/Berlin"
    with session_factory() as session:
        assert load_calendar(session).changes[-1].zone == "Europe/Berlin"


def test_until_a_zone_is_chosen_that_of_the_first_browser_counts(
    preferences: Preferences, session_factory: sessionmaker[Session]
) -> None:
    def counting() -> tuple[str, str]:
        with session_factory() as session:
            return load_time_zone(session).key, load_calendar(session).changes[-1].zone

    for said in (None, "Mars/Olympus", "Europe/Berlin", "Asia/Tokyo"):
        preferences.note_browser_zone(said)
    assert counting() == ("Europe/Berlin", "Europe/Berlin")

    preferences.choose("time_zone", "Asia/Tokyo")
    preferences.note_browser_zone("Europe/Berlin")
    assert counting() == ("Asia/Tokyo", "Asia/Tokyo")

    preferences.choose("time_zone", None)
    assert counting() == ("Europe/Berlin", "Europe/Berlin")
    assert preferences.chosen().time_zone is None


@pytest.mark.parametrize(("name", "value"), [("time_zone", "Mars/Olympus"), ("risk_share_percent", "101")])
def test_what_cannot_be_is_refused(preferences: Preferences, name: str, value: str) -> None:
    with pytest.raises(PreferenceRefused):
        preferences.choose(name, value)

    assert preferences.chosen() == Chosen()


def test_what_another_version_saved_counts_as_not_chosen(
    preferences: Preferences, session_factory: sessionmaker[Session]
) -> None:
    with session_factory.begin() as session:
        save_setting(session, SETTING, {"colours": "sepia", "number_format": 7, "risk_share_percent": "all"})

    assert preferences.chosen() == Chosen()
