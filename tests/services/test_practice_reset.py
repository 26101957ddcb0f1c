"""Practice begun anew: who may ask for it, what is said to go, and what is taken down."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import Config, resolve_exchange
from domain.practice import PracticeBeginning
from domain.terms import ReopenState
from services.accounts.practice_reset import PracticeReset, WhatGoes, goes_words
from services.errors import PracticeRefused
from storage.practice import load_practice_beginning
from tests.services.building import (
    NOW,
    Clock,
    D,
    SteadyFeed,
    add_account,
    add_closed,
    add_plan,
    add_position,
    bot_health,
)

Reset = Callable[..., PracticeReset]


@pytest.fixture
def account_id(session_factory: sessionmaker[Session]) -> int:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        add_position(session, plan)
        add_closed(session, plan, "5", NOW, 2, reopen_state=ReopenState.WAITING)
        return account.id


def reset(
    sessions: sessionmaker[Session], account_id: int, clock: Clock | None = None, **environ: str
) -> PracticeReset:
    config = Config.from_environment({"DATABASE_URL": "postgresql://unused"} | environ)
    feed = SteadyFeed(bot_health(account_id))
    return PracticeReset(sessions, feed, lambda: resolve_exchange(config, None), clock or Clock())


def test_the_wish_names_money_moment_and_the_account_that_goes(
    session_factory: sessionmaker[Session], account_id: int
) -> None:
    reset(session_factory, account_id).begin_anew(D(1000))

    with session_factory() as session:
        assert load_practice_beginning(session) == PracticeBeginning(NOW, D(1000), account_id)


def test_pressed_again_before_the_bot_came_to_it_the_same_account_goes(
    session_factory: sessionmaker[Session], account_id: int
) -> None:
    clock = Clock()
    reset(session_factory, account_id, clock).begin_anew(D(1000))
    clock.pass_seconds(1)
    with session_factory.begin() as session:
        another = add_account(session, alias="another").id

    reset(session_factory, another, clock).begin_anew(D(100))

    with session_factory() as session:
        assert load_practice_beginning(session) == PracticeBeginning(clock(), D(100), account_id)


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"EXCHANGE": "testnet"}, "Nothing of a test account at Binance"),
        ({"BINANCE_FUTURES_URL": "http://127.0.0.1:9"}, "started by somebody else"),
    ],
)
def test_nothing_else_is_ever_reset(
    session_factory: sessionmaker[Session], account_id: int, environ: dict[str, str], why: str
) -> None:
    refused = reset(session_factory, account_id, Clock(), **environ)

    with pytest.raises(PracticeRefused, match=why):
        refused.begin_anew(D(1000))

    with session_factory() as session:
        assert load_practice_beginning(session) is None


@pytest.mark.parametrize("balance", ["0", "-1", "NaN", "Infinity"])
def test_money_that_is_none_is_refused(session_factory: sessionmaker[Session], account_id: int, balance: str) -> None:
    with pytest.raises(PracticeRefused, match="above 0"):
        reset(session_factory, account_id).begin_anew(D(balance))


def test_what_goes_is_counted(session_factory: sessionmaker[Session], account_id: int) -> None:
    goes = reset(session_factory, account_id).what_goes()

    assert goes == WhatGoes(open_trades=1, waiting=1)
    assert goes_words(goes) == "1 open trade and 1 trade that waits to open again go with the old account."


def test_nothing_that_goes_is_not_mentioned() -> None:
    assert goes_words(WhatGoes(0, 0)) == ""
    assert goes_words(WhatGoes(1, 0)) == "1 open trade goes with the old account."
