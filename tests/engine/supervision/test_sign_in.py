"""Signing in where it is wanted: once, again when that changes, and never without saying why not."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.bot_status import BotState
from domain.venues import Venue
from engine.state.routines import Routine
from exchange.errors import TradingError
from storage.bot_tables import JournalRow
from storage.lease import LeaseLost
from storage.settings import save_setting
from tests.engine.signed_in import Parts, engine_parts
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import external_client


@pytest.fixture
def parts(database_url: str, session_factory: sessionmaker[Session], exchange: PracticeExchange) -> Iterator[Parts]:
    with engine_parts(database_url, session_factory, exchange) as made:
        yield made


def test_it_signs_in_once_and_says_so(parts: Parts) -> None:
    fresh = parts.supervisor.connect()
    again = parts.supervisor.connect()

    assert fresh is not None
    assert "BTCUSDT" in fresh.exchange.rules
    assert again is None
    assert parts.supervisor.connection is not None
    assert parts.supervisor.connection.modes.hedge
    with parts.sessions() as session:
        (row,) = session.scalars(select(JournalRow).where(JournalRow.event == "signed_in"))
    assert row.account_id == parts.supervisor.connection.account_id
    assert row.text.startswith("Signed in to practice, account ")


def test_an_exchange_that_is_gone_is_an_error_and_leaves_nothing_open(parts: Parts, exchange: PracticeExchange) -> None:
    exchange.control("faults", {"match": "GET /fapi/v1/exchangeInfo", "kind": "drop_before", "times": 9})

    with pytest.raises(TradingError):
        parts.supervisor.connect()

    assert parts.supervisor.connection is None
    assert parts.supervisor.outside.state is BotState.STARTING
    assert parts.supervisor.connect() is None  # tried again two seconds later, not at once


def test_who_lost_the_lease_does_not_stay_signed_in(parts: Parts) -> None:
    parts.lease.give_up("a test")

    with pytest.raises(LeaseLost):
        parts.supervisor.connect()

    assert parts.supervisor.connection is None


def test_a_change_in_settings_signs_in_anew(parts: Parts) -> None:
    parts.supervisor.connect()
    before = parts.supervisor.connection
    with parts.sessions.begin() as session:
        save_setting(session, "exchange", {"venue": "practice"})

    fresh = parts.supervisor.connect()

    assert fresh is not None
    assert parts.supervisor.connection is not before


def test_a_standby_follows_where_to_without_signing_in(parts: Parts) -> None:
    parts.supervisor.refresh_target()

    assert (parts.supervisor.outside.venue, parts.supervisor.outside.state) == (Venue.PRACTICE, BotState.STANDBY)
    assert parts.supervisor.connection is None


def test_one_way_mode_is_noticed_and_put_right(parts: Parts, exchange: PracticeExchange) -> None:
    state = parts.supervisor.connect()
    connection = parts.supervisor.connection
    assert state is not None
    assert connection is not None
    external_client(exchange).futures_change_position_mode(dualSidePosition="false")
    connection.modes = connection.client.fetch_account_modes()
    was = connection.modes.hedge

    parts.supervisor.make_due(Routine.VERIFY_ACCOUNT)
    parts.supervisor.verify(state)

    assert (was, connection.modes.hedge) == (False, True)
    assert not state.flags.modes_in_doubt
    assert connection.client.fetch_account_modes().hedge
