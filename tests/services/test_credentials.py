"""Keys and venue: checked before they are stored, asked about while positions are live, never shown."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from crypto_utils import open_secret_box
from database import load_credentials, save_credentials
from domain.venues import Venue
from services.accounts.credentials import Keys
from services.accounts.key_check import CheckedKeys, clean
from services.accounts.views import KeySource
from services.errors import LivePositionsAsk, VenueFixed
from storage.bot_tables import JournalRow
from storage.settings import load_setting
from tests.exchange.scripted_server import ScriptedServer, json_answer
from tests.exchange.wire_examples import ACCOUNT_CONFIG, BALANCE
from tests.services.building import (
    NOW,
    Clock,
    D,
    SteadyFeed,
    add_account,
    add_plan,
    add_position,
    bot_health,
)
from tests.support.practice import PracticeExchange

FAMILY = "binance test"
UNUSED = "postgresql://unused"


def desk(session_factory: sessionmaker[Session], feed: SteadyFeed | None = None, **environment: str) -> Keys:
    config = Config.from_environment({"DATABASE_URL": UNUSED, "SESSION_SECRET": "a long random text"} | environment)
    return Keys(config, session_factory, feed or SteadyFeed(bot_health()), Clock())


def save_pair(session_factory: sessionmaker[Session], secret: str = "a long random text") -> None:
    config = Config.from_environment({"DATABASE_URL": UNUSED, "SESSION_SECRET": secret})
    with session_factory.begin() as session:
        box = open_secret_box(session, config)
        save_credentials(
            session,
            FAMILY,
            api_key_token=box.encrypt("key-1234"),
            api_secret_token=box.encrypt("secret"),
            last_four="1234",
            now=NOW,
        )


def live_on_practice(session_factory: sessionmaker[Session]) -> SteadyFeed:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(session, add_plan(session, account))
    return SteadyFeed(bot_health(account.id))


def test_a_new_installation_is_on_practice_and_needs_no_keys(session_factory: sessionmaker[Session]) -> None:
    status = desk(session_factory).status()

    assert (status.source, status.venue, status.last_four) == (KeySource.PRACTICE, Venue.PRACTICE, None)
    assert not status.venue_fixed_by_environment
    assert status.saving_refused_because is None


def test_saved_keys_are_told_by_their_last_four_only(session_factory: sessionmaker[Session]) -> None:
    save_pair(session_factory)

    status = desk(session_factory, EXCHANGE="testnet").status()

    assert (status.source, status.last_four, status.saved_at) == (KeySource.SAVED, "1234", NOW)
    assert "key-1234" not in repr(status)


def test_keys_of_the_environment_win_over_saved_ones(session_factory: sessionmaker[Session]) -> None:
    save_pair(session_factory)

    status = desk(session_factory, BINANCE_TESTNET_API_KEY="key-9876", BINANCE_TESTNET_API_SECRET="secret").status()

    assert (status.source, status.last_four, status.venue) == (KeySource.ENVIRONMENT, "9876", Venue.TESTNET)


def test_saved_keys_under_another_secret_are_locked_not_absent(session_factory: sessionmaker[Session]) -> None:
    save_pair(session_factory, secret="another secret")

    status = desk(session_factory, EXCHANGE="testnet").status()

    assert (status.source, status.last_four) == (KeySource.LOCKED, "1234")
    assert "SESSION_SECRET" in (status.saving_refused_because or "")


def test_without_a_secret_saving_is_refused_with_the_reason(session_factory: sessionmaker[Session]) -> None:
    config = Config.from_environment({"DATABASE_URL": UNUSED})
    keys = Keys(config, session_factory, SteadyFeed(bot_health()), Clock())

    check = keys.check_and_save("key", "secret", Venue.TESTNET, leave_unwatched=False)

    assert "SESSION_SECRET" in (keys.status().saving_refused_because or "")
    assert not check.accepted
    assert "SESSION_SECRET" in check.message


def test_the_venue_is_saved_and_the_monitor_woken(session_factory: sessionmaker[Session]) -> None:
    feed = SteadyFeed(bot_health())

    desk(session_factory, feed).choose_venue(Venue.DEMO, leave_unwatched=False)

    with session_factory() as session:
        assert load_setting(session, "exchange") == {"venue": "demo"}
        assert "You chose Binance demo." in session.scalars(select(JournalRow.text)).all()
    assert desk(session_factory).status().venue is Venue.DEMO
    assert feed.wakes == 1


def test_leaving_live_positions_is_asked_first(session_factory: sessionmaker[Session]) -> None:
    feed = live_on_practice(session_factory)
    keys = desk(session_factory, feed)

    with pytest.raises(LivePositionsAsk, match="1 position is still open"):
        keys.choose_venue(Venue.TESTNET, leave_unwatched=False)
    unchanged = keys.status().venue
    keys.choose_venue(Venue.TESTNET, leave_unwatched=True)

    assert unchanged is Venue.PRACTICE
    assert keys.status().venue is Venue.TESTNET


def test_testnet_and_demo_are_two_venues_of_the_same_account(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session, FAMILY)
        add_position(session, add_plan(session, account))
    keys = desk(session_factory, SteadyFeed(bot_health(account.id, venue=Venue.TESTNET)))
    with pytest.raises(LivePositionsAsk):
        keys.choose_venue(Venue.TESTNET, leave_unwatched=False)  # still on practice as far as Settings knows
    keys.choose_venue(Venue.TESTNET, leave_unwatched=True)

    keys.choose_venue(Venue.DEMO, leave_unwatched=False)

    assert keys.status().venue is Venue.DEMO


def test_a_venue_fixed_by_the_environment_is_not_changed(session_factory: sessionmaker[Session]) -> None:
    keys = desk(session_factory, EXCHANGE="practice")

    with pytest.raises(VenueFixed):
        keys.choose_venue(Venue.TESTNET, leave_unwatched=True)

    assert keys.status().venue_fixed_by_environment


def test_deleting_keys_of_live_positions_is_asked_first(session_factory: sessionmaker[Session]) -> None:
    save_pair(session_factory)
    with session_factory.begin() as session:
        account = add_account(session, FAMILY)
        add_position(session, add_plan(session, account))
    keys = desk(session_factory, SteadyFeed(bot_health(account.id, venue=Venue.TESTNET)), EXCHANGE="testnet")

    with pytest.raises(LivePositionsAsk):
        keys.delete(leave_unwatched=False)
    keys.delete(leave_unwatched=True)

    assert keys.status().source is KeySource.NONE


def test_locked_keys_can_be_deleted(session_factory: sessionmaker[Session]) -> None:
    save_pair(session_factory, secret="another secret")
    keys = desk(session_factory, EXCHANGE="testnet")

    keys.delete(leave_unwatched=False)

    assert keys.status().source is KeySource.NONE
    assert keys.status().saving_refused_because is None


@pytest.mark.parametrize(
    ("api_key", "api_secret", "words"),
    [
        ("", "secret", "Paste both"),
        ("key", "  ", "Paste both"),
        ("ключ", "secret", "do not look like"),
    ],
)
def test_what_cannot_be_keys_is_said_without_asking_the_exchange(
    session_factory: sessionmaker[Session], api_key: str, api_secret: str, words: str
) -> None:
    check = desk(session_factory).check_and_save(api_key, api_secret, Venue.TESTNET, leave_unwatched=False)

    assert not check.accepted
    assert words in check.message


def test_pasted_keys_lose_white_space_quotes_and_invisible_characters() -> None:
    assert clean(' "abc\u200b def\n"\t') == "abcdef"


def test_checked_keys_never_show(session_factory: sessionmaker[Session]) -> None:
    checked = CheckedKeys("key-1234", "hidden", bot_health().balance)  # type: ignore[arg-type]

    assert "hidden" not in repr(checked)
    assert "key-1234" not in repr(checked)


def on_stand_in(exchange: PracticeExchange) -> dict[str, str]:
    """Let the practice exchange stand in for the testnet."""
    return {"EXCHANGE": "testnet", "BINANCE_FUTURES_URL": exchange.url, "BINANCE_STREAM_URL": exchange.stream_url}


@pytest.mark.slow
def test_keys_are_tried_at_the_exchange_before_they_are_stored(
    session_factory: sessionmaker[Session], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = PracticeExchange(tmp_path / "state", "--prices", "hold", "--account", "somekey1234:somesecret:2500")
    exchange.start()
    feed = SteadyFeed(bot_health(venue=Venue.TESTNET))
    keys = desk(session_factory, feed, **on_stand_in(exchange))
    try:
        with caplog.at_level(logging.DEBUG):
            wrong_secret = keys.check_and_save("somekey1234", "wrongsecret", Venue.TESTNET, leave_unwatched=False)
            wrong_key = keys.check_and_save("otherkey", "somesecret", Venue.TESTNET, leave_unwatched=False)
            nothing_stored = keys.status().source
            right = keys.check_and_save(" somekey\n1234 ", "somesecret ", Venue.TESTNET, leave_unwatched=False)
    finally:
        exchange.stop()

    assert "The secret key does not belong to this API key" in wrong_secret.message
    assert "does not accept these API keys" in wrong_key.message
    assert nothing_stored is KeySource.NONE
    assert (right.accepted, right.wallet_usdt) == (True, D(2500))
    with session_factory() as session:
        row = load_credentials(session, FAMILY)
        assert row is not None
        assert row.last_four == "1234"
        assert "somekey" not in row.api_key_token
    assert keys.status().source is KeySource.SAVED
    assert feed.wakes == 1
    for secret in ("wrongsecret", "somesecret"):
        assert secret not in caplog.text
        assert secret not in repr((wrong_secret, wrong_key, right))


@pytest.mark.parametrize("code", [-2008, -2015])
def test_keys_of_the_real_exchange_are_refused_with_the_reason(
    session_factory: sessionmaker[Session], server: ScriptedServer, code: int
) -> None:
    # What the test exchanges say to keys that they do not know: -2008 "Invalid Api-Key ID", -2015.
    for path in ("/fapi/v1/time", "/fapi/v1/accountConfig", "/fapi/v3/balance"):
        refusal = json_answer({"code": code, "msg": "Invalid API-key, IP, or permissions for action."}, 401)
        answer = json_answer({"serverTime": 1_795_340_000_000}) if path.endswith("time") else refusal
        server.script(f"GET {path}", *[answer] * 20)
    keys = desk(session_factory, EXCHANGE="testnet", BINANCE_FUTURES_URL=server.url)

    check = keys.check_and_save("k" * 64, "s" * 64, Venue.TESTNET, leave_unwatched=False)

    assert not check.accepted
    assert "Keys of the real exchange do not work here" in check.message
    assert keys.status().source is KeySource.NONE


@pytest.mark.parametrize("may_withdraw", [True, False])
def test_keys_that_may_withdraw_are_refused_with_the_reason(
    session_factory: sessionmaker[Session], server: ScriptedServer, may_withdraw: bool
) -> None:
    server.script("GET /fapi/v1/time", *[json_answer({"serverTime": 1_795_340_000_000})] * 20)
    server.script("GET /fapi/v1/accountConfig", json_answer(ACCOUNT_CONFIG))
    server.script("GET /fapi/v3/balance", json_answer(BALANCE))
    # No test exchange has served this so far; the practice exchange does not.
    server.script("GET /sapi/v1/account/apiRestrictions", json_answer({"enableWithdrawals": may_withdraw}))
    keys = desk(session_factory, EXCHANGE="testnet", BINANCE_FUTURES_URL=server.url)

    check = keys.check_and_save("k" * 64, "s" * 64, Venue.TESTNET, leave_unwatched=False)

    assert check.accepted is not may_withdraw
    assert ("may withdraw money" in check.message) is may_withdraw
    assert (keys.status().source is KeySource.NONE) is may_withdraw


@pytest.mark.slow
def test_a_silent_exchange_stores_nothing(session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    keys = desk(session_factory, EXCHANGE="testnet", BINANCE_FUTURES_URL="http://127.0.0.1:9")

    check = keys.check_and_save("somekey1234", "somesecret", Venue.TESTNET, leave_unwatched=False)

    assert "does not answer right now" in check.message
    assert keys.status().source is KeySource.NONE
