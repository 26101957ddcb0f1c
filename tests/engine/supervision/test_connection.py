"""Where to sign in: saved keys that cannot be read are locked, and practice is never a way out."""

import json
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import Config, resolve_exchange
from crypto_utils import open_secret_box
from database import save_credentials
from domain.bot_status import BotState
from domain.venues import Venue
from engine.state.wake_up import WakeUp
from engine.supervision.connection import SignInBlocked, SignInTarget, load_target, sign_in, target_version
from exchange.errors import ExchangeUnreachable, KeysRejected
from storage.settings import save_setting
from tests.exchange.raw_server import RawConnection, RawServer
from tests.exchange.wire_examples import ACCOUNT_CONFIG, BALANCE, EXCHANGE_INFO
from tests.services.building import NOW, add_account, add_plan, add_position
from tests.support.waiting import eventually

FAMILY = "binance test"
SECRET = "a long random text"
ON_A_DATABASE_OF_ONES_OWN = {"DATABASE_URL": "postgresql://unused"}


def config(**environment: str) -> Config:
    return Config.from_environment(environment)


def save_pair(session: Session, by: Config) -> None:
    box = open_secret_box(session, by)
    tokens = {"api_key_token": box.encrypt("key-1234"), "api_secret_token": box.encrypt("secret")}
    save_credentials(session, FAMILY, **tokens, last_four="1234", now=NOW)
    save_setting(session, "exchange", {"venue": "testnet"})


def target(session_factory: sessionmaker[Session], by: Config) -> SignInTarget | SignInBlocked:
    with session_factory() as session:
        return load_target(session, by)


def test_saved_keys_are_used_with_the_right_secret(session_factory: sessionmaker[Session]) -> None:
    right = config(**ON_A_DATABASE_OF_ONES_OWN, SESSION_SECRET=SECRET)
    with session_factory.begin() as session:
        save_pair(session, right)

    found = target(session_factory, right)

    assert isinstance(found, SignInTarget)
    assert (found.venue, found.api_key, found.api_secret) == (Venue.TESTNET, "key-1234", "secret")


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ({"SESSION_SECRET": "another one"}, "encrypted with another SESSION_SECRET"),
        ({}, "started without the SESSION_SECRET"),
    ],
)
def test_keys_that_cannot_be_read_are_locked_and_say_what_is_not_watched(
    session_factory: sessionmaker[Session], secret: dict[str, str], words: str
) -> None:
    with session_factory.begin() as session:
        save_pair(session, config(**ON_A_DATABASE_OF_ONES_OWN, SESSION_SECRET=SECRET))
        account = add_account(session, FAMILY)
        add_position(session, add_plan(session, account))
        add_position(session, add_plan(session, account, symbol="ETHUSDT"))

    found = target(session_factory, config(**ON_A_DATABASE_OF_ONES_OWN, **secret))

    assert isinstance(found, SignInBlocked)
    assert (found.state, found.venue) == (BotState.LOCKED, Venue.TESTNET)
    assert words in found.text
    assert "2 open positions are not watched" in found.text


def test_a_lost_file_with_the_secret_locks_the_keys(session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    embedded = config(DATA_DIR=str(tmp_path))
    with session_factory.begin() as session:
        save_pair(session, embedded)
    (tmp_path / "session_secret").unlink()

    found = target(session_factory, embedded)

    assert isinstance(found, SignInBlocked)
    assert found.state is BotState.LOCKED
    assert "is gone" in found.text
    assert not (tmp_path / "session_secret").exists()


def test_without_keys_nothing_is_traded_and_practice_is_not_used_instead(
    session_factory: sessionmaker[Session],
) -> None:
    found = target(session_factory, config(EXCHANGE="demo"))

    assert isinstance(found, SignInBlocked)
    assert (found.state, found.venue) == (BotState.NO_KEYS, Venue.DEMO)
    assert found.text.endswith("Nothing is being traded.")


def test_the_mark_changes_with_the_venue_and_with_the_keys(session_factory: sessionmaker[Session]) -> None:
    right = config(**ON_A_DATABASE_OF_ONES_OWN, SESSION_SECRET=SECRET)
    with session_factory.begin() as session:
        nothing = target_version(session)
        save_setting(session, "exchange", {"venue": "demo"})
        venue = target_version(session)
        save_pair(session, right)
        keys = target_version(session)

    assert len({nothing, venue, keys}) == 3


ANSWERS = {
    b"/fapi/v3/balance": BALANCE,
    b"/fapi/v1/accountConfig": {**ACCOUNT_CONFIG, "dualSidePosition": True, "multiAssetsMargin": False},
    b"/fapi/v1/exchangeInfo": EXCHANGE_INFO,
}


def test_keys_that_may_withdraw_are_not_used() -> None:
    def play(connection: RawConnection, _: int) -> None:
        while request := connection.next_request():
            path = request.split(b" ", 2)[1].partition(b"?")[0]
            other = {"enableWithdrawals": True} if path.startswith(b"/sapi/") else {"serverTime": 1795340000000}
            connection.answer(json.dumps(ANSWERS.get(path, other)).encode())

    server = RawServer(play)
    venue = resolve_exchange(Config(futures_url=server.url), "testnet")

    with pytest.raises(KeysRejected, match="may withdraw money"):
        sign_in(SignInTarget(venue, "key", "secret"), WakeUp(), lambda: None)

    server.stop()


@pytest.mark.parametrize("good_times", [0, 2, 3, 5])
def test_a_sign_in_that_fails_leaves_no_connection_open(good_times: int) -> None:
    times = count()

    def play(connection: RawConnection, number: int) -> None:
        while request := connection.next_request():
            path = request.split(b" ", 2)[1].partition(b"?")[0]
            if path == b"/fapi/v1/time" and next(times) >= good_times:
                connection.answer(b"gone", status="502 Bad Gateway")
            else:
                connection.answer(json.dumps(ANSWERS.get(path, {"serverTime": 1795340000000})).encode())

    server = RawServer(play)
    venue = resolve_exchange(Config(futures_url=server.url), "practice")

    with pytest.raises(ExchangeUnreachable):
        sign_in(SignInTarget(venue, "key", "secret"), WakeUp(), lambda: None)

    eventually(lambda: all(connection.cut.is_set() for connection in server.connections))
    server.stop()
