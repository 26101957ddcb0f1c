from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.orm import Session, sessionmaker

from domain.position_key import PositionKey
from domain.terms import Side
from storage.account_settings import (
    load_ignored,
    load_income_read_until,
    load_opening_paused,
    save_ignored,
    save_income_read_until,
    save_opening_paused,
)
from storage.settings import load_setting


def test_each_account_has_settings_of_its_own(session_factory: sessionmaker[Session]) -> None:
    quantities = {PositionKey("BTCUSDT", Side.LONG): Decimal("0.010"), PositionKey("ETHUSDT", Side.SHORT): Decimal(2)}
    until = datetime(2026, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)

    with session_factory.begin() as session:
        save_opening_paused(session, 1, paused=True)
        save_ignored(session, 1, quantities)
        save_income_read_until(session, 1, until)

    with session_factory() as session:
        assert load_opening_paused(session, 1) is True
        assert load_ignored(session, 1) == quantities
        assert load_income_read_until(session, 1) == until
        assert load_opening_paused(session, 2) is False
        assert load_ignored(session, 2) == {}
        assert load_income_read_until(session, 2) is None


def test_names_stay_what_older_databases_hold(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_opening_paused(session, 7, paused=False)
        save_ignored(session, 7, {PositionKey("BTCUSDT", Side.LONG): Decimal("0.5")})
        save_income_read_until(session, 7, datetime(2026, 1, 1, tzinfo=UTC))

        assert load_setting(session, "opening_paused_7") == {"on": False}
        assert load_setting(session, "ignored_7") == {"BTCUSDT LONG": "0.5"}
        assert load_setting(session, "income_read_7") == {"until": "2026-01-01T00:00:00+00:00"}
