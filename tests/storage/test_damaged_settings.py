"""A row of settings that holds something else than the bot writes is told once and stops nothing."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from crypto_utils import WrongSecret, open_secret_box
from database import install_id, save_credentials
from domain.risk.limits import NO_LIMITS, RiskLimits, check_limits
from domain.terms import OrderState, Purpose
from notifications.summaries import DEFAULT_HOUR, load_summary_hour
from services.trading.presets import Presets
from storage.account_settings import load_ignored, load_income_read_until, load_opening_paused
from storage.bot_tables import SettingRow
from storage.preferences import load_calendar, load_last_visit, load_time_zone, save_preference
from storage.risk import load_limits, save_limits
from storage.risk_tables import RiskLimitsRow
from storage.settings import load_chosen_venue, save_setting
from tests.engine.building import add_order
from tests.services.building import NOW, add_account, add_plan, add_position

DAMAGED: tuple[Any, ...] = (
    {},
    [],
    "text",
    5,
    {"on": {}},
    {"venue": 7, "until": "yesterday", "id": None, "salt": "zz", "hour": "noon"},
    {"venue": "binance", "until": "2026-01-01T00:00:00", "id": "UPPER!", "salt": 1, "hour": 99, "presets": [1, None]},
    {"BTCUSDT SIDEWAYS": "1", "zone_changes": [{"zone": "Nowhere/At_All"}], "presets": 5, "time_zone": 5},
    {"zone_changes": [{"zone": "Europe/Rome", "asked_at": "2026-01-01T00:00:00"}], "seen_at": "now", "check": 5},
    {"last_day": 5, "seen_at": 1, "BTCUSDT LONG": "many"},
)
Read = Callable[[Session], Any]
SETTINGS: dict[str, tuple[Read, tuple[Any, ...]]] = {
    "opening_paused_1": (lambda session: load_opening_paused(session, 1), (True,)),
    "ignored_1": (lambda session: load_ignored(session, 1), ({},)),
    "income_read_1": (lambda session: load_income_read_until(session, 1), (None,)),
    "exchange": (load_chosen_venue, ("",)),
    "summaries": (load_summary_hour, (DEFAULT_HOUR,)),
    "last_visit": (load_last_visit, (None,)),
}


def damage(session: Session, name: str, value: Any) -> None:
    session.merge(SettingRow(name=name, value=value, changed_at=NOW))
    session.flush()


@pytest.mark.parametrize("value", DAMAGED, ids=repr)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_damaged_setting_counts_as_the_careful_choice(
    session_factory: sessionmaker[Session], name: str, value: Any
) -> None:
    read, careful = SETTINGS[name]
    with session_factory() as session:
        damage(session, name, value)

        if (name, value) in (("opening_paused_1", {"on": {}}), ("ignored_1", {})):
            assert read(session) in (False, {})  # nothing is wrong with these
        else:
            assert read(session) in careful


def test_it_is_told_once_and_again_when_it_was_well_in_between(
    session_factory: sessionmaker[Session], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "storage.settings")
    with session_factory() as session:
        for value in ({"venue": "testnet"}, {"venue": 1}, {"venue": 2}, {"venue": "demo"}, {"venue": 3}):
            damage(session, "exchange", value)
            for _ in range(20):
                load_chosen_venue(session)

    assert len(caplog.records) == 2
    assert "name=exchange" in caplog.records[0].getMessage()


@pytest.mark.parametrize("value", DAMAGED, ids=repr)
def test_damaged_preferences_leave_a_calendar_and_can_be_chosen_anew(
    session_factory: sessionmaker[Session], value: Any
) -> None:
    with session_factory() as session:
        damage(session, "preferences", value)

        assert load_calendar(session).day(datetime(2026, 5, 5, tzinfo=UTC)).first_day.day == 5
        assert load_time_zone(session).key == "UTC"
        save_preference(session, "time_zone", "Europe/Rome")
        assert load_time_zone(session).key == "Europe/Rome"


@pytest.mark.parametrize("value", DAMAGED, ids=repr)
def test_damaged_presets_are_none_and_can_be_deleted(session_factory: sessionmaker[Session], value: Any) -> None:
    with session_factory.begin() as session:
        damage(session, "presets", value)
    presets = Presets(session_factory, lambda: NOW)

    assert presets.load() == ()
    presets.delete("anything")
    with session_factory() as session:
        kept = session.get_one(SettingRow, "presets").value["presets"]
    assert [one for one in kept if not isinstance(one, dict)] == []


@pytest.mark.parametrize("value", DAMAGED, ids=repr)
def test_a_damaged_name_of_the_install_is_what_its_orders_say(
    session_factory: sessionmaker[Session], value: Any
) -> None:
    with session_factory() as session:
        position = add_position(session, add_plan(session, add_account(session)))
        add_order(session, position, Purpose.ENTRY, OrderState.FILLED, client_order_id="t1-abc123-1-e-1")
        damage(session, "install", value)

        assert install_id(session) == "abc123"
        assert install_id(session) == session.get_one(SettingRow, "install").value["id"]


@pytest.mark.parametrize("value", DAMAGED, ids=repr)
def test_a_damaged_proof_locks_what_is_saved_and_begins_anew_without(
    session_factory: sessionmaker[Session], value: Any
) -> None:
    config = Config.from_environment({"DATABASE_URL": "postgresql://unused", "SESSION_SECRET": "a long random text"})
    with session_factory() as session:
        damage(session, "encryption", value)
        token = open_secret_box(session, config).encrypt("key")
        save_credentials(session, "binance test", api_key_token=token, api_secret_token=token, last_four="1", now=NOW)
        damage(session, "encryption", value)

        with pytest.raises(WrongSecret):
            open_secret_box(session, config)


@pytest.mark.parametrize("value", [*DAMAGED[1:], {"day_loss_usdt": "NaN"}, {"open_positions": -3}], ids=repr)
def test_damaged_limits_let_nothing_open_until_they_are_set_anew(
    session_factory: sessionmaker[Session], value: Any
) -> None:
    with session_factory() as session:
        account = add_account(session)
        session.execute(
            insert(RiskLimitsRow).values(
                account_id=account.id, limits=value, changed_at=NOW, baseline_at=NOW, peak_usdt=Decimal(0)
            )
        )

        limits = load_limits(session, account.id)
        save_limits(session, account.id, RiskLimits(open_positions=3), NOW)

        assert limits.open_positions == 0
        assert check_limits(limits)  # nobody can have set them so
        assert load_limits(session, account.id) == RiskLimits(open_positions=3) != NO_LIMITS


def test_what_is_well_is_read(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        save_setting(session, "income_read_1", {"until": "2026-01-01T00:00:00+00:00"})

        assert load_income_read_until(session, 1) == datetime(2026, 1, 1, tzinfo=UTC)
