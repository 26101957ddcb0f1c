"""The lock: what opens it, what ends a session, and what is kept of all that."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from services.access import second_factor
from services.access.access import Access, AccessRefused
from services.access.signing_in import SIGNED_IN_FOR
from services.access.views import PasswordSource, SignInOutcome
from tests.services.building import Clock

PASSWORD = "correct horse battery"
CONFIG = Config(database_url="postgresql://unused", session_secret="a secret of enough letters")
Locks = Callable[..., Access]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lock(session_factory: sessionmaker[Session], clock: Clock) -> Locks:
    """Give what starts the lock as a new process does."""

    def started(password: str | None = None) -> Access:
        config = Config(
            database_url=CONFIG.database_url, session_secret=CONFIG.session_secret, dashboard_password=password
        )
        access = Access(config, session_factory, clock)
        access.start()
        return access

    return started


def cookie(access: Access, password: str = PASSWORD, code: str = "") -> str:
    signed = access.sign_in("192.0.2.1", "Firefox", password, code)
    assert signed.outcome is SignInOutcome.SIGNED_IN, signed
    assert signed.cookie is not None
    return signed.cookie


def code(secret: str, clock: Clock) -> str:
    return pyotp.TOTP(secret).at(clock())


def test_without_a_password_it_is_open_and_nobody_can_sign_in(lock: Locks) -> None:
    access = lock()

    assert not access.is_locked
    assert access.sign_in("192.0.2.1", "", "", "").outcome is SignInOutcome.WRONG
    assert access.session_of(None) is None


def test_a_password_of_settings_shuts_and_opens(lock: Locks) -> None:
    access = lock()
    access.set_password("", PASSWORD)

    assert access.is_locked
    assert access.sign_in("192.0.2.1", "", PASSWORD + "x", "").outcome is SignInOutcome.WRONG
    assert access.session_of(cookie(access)) is not None
    assert access.status(None).password is PasswordSource.SETTINGS


def test_a_session_survives_a_restart_and_is_known_to_another_process(lock: Locks) -> None:
    first = lock()
    first.set_password("", PASSWORD)
    second = lock()
    made = cookie(first)

    assert lock().session_of(made) is not None
    assert second.session_of(made) is None
    second.refresh()
    assert second.session_of(made) is not None


def test_what_is_ended_in_one_process_is_ended_in_the_other(lock: Locks) -> None:
    first, second = lock(), lock()
    first.set_password("", PASSWORD)
    made = cookie(first)
    second.refresh()

    first.sign_out_everywhere()
    second.refresh()

    assert second.session_of(made) is None


def test_a_cookie_is_worth_nothing_changed_signed_by_somebody_else_or_over(lock: Locks, clock: Clock) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    access.set_idle_time(timedelta(days=7))
    made = cookie(access)
    token, signature = made.split(".")

    damaged = [made[:-1], "x" + made, f"{token}.{signature[::-1]}", f"{token[::-1]}.{signature}", token, ".", "é" * 108]
    assert [value for value in damaged if access.session_of(value)] == []
    for _ in range(int(SIGNED_IN_FOR / timedelta(days=5))):
        session = access.session_of(made)
        assert session is not None
        access.note_activity(session.id)
        clock.pass_seconds(timedelta(days=5).total_seconds())
    assert access.session_of(made) is None


def test_the_environments_password_wins_and_another_one_ends_every_session(lock: Locks) -> None:
    lock().set_password("", PASSWORD)
    access = lock("from the environment")
    made = cookie(access, "from the environment")

    assert access.sign_in("192.0.2.1", "", PASSWORD, "").outcome is SignInOutcome.WRONG
    assert lock("from the environment").session_of(made) is not None
    assert lock("another environment").session_of(made) is None
    with pytest.raises(AccessRefused, match="DASHBOARD_PASSWORD"):
        access.set_password("from the environment", "a new password")


def test_without_the_environments_password_the_one_of_settings_is_in_force_again(lock: Locks) -> None:
    lock().set_password("", PASSWORD)
    made = cookie(lock("from the environment"), "from the environment")

    access = lock()

    assert access.session_of(made) is None
    assert access.session_of(cookie(access)) is not None


def test_a_changed_password_needs_the_old_one_and_ends_every_session(lock: Locks) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    made = cookie(access)

    with pytest.raises(AccessRefused, match="present password is wrong"):
        access.set_password("wrong", "another password")
    assert access.session_of(made) is not None
    access.set_password(PASSWORD, "another password")

    assert access.session_of(made) is None
    assert access.sign_in("192.0.2.1", "", PASSWORD, "").outcome is SignInOutcome.WRONG
    assert access.session_of(cookie(access, "another password")) is not None


def test_guessing_in_settings_has_to_wait_too(lock: Locks, clock: Clock) -> None:
    access = lock()
    access.set_password("", PASSWORD)

    for _ in range(4):
        with pytest.raises(AccessRefused, match="wrong"):
            access.remove_password("wrong")
    with pytest.raises(AccessRefused, match="wait 1 second"):
        access.remove_password(PASSWORD)
    clock.pass_seconds(1)
    access.remove_password(PASSWORD)

    assert not access.is_locked


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 257, " " * 12, "with\nnewline", "with\x00nul....", "with\u202eturn..."]
)
def test_what_no_keyboard_types_or_is_too_short_is_no_password(lock: Locks, password: str) -> None:
    access = lock()

    with pytest.raises(AccessRefused):
        access.set_password("", password)
    assert not access.is_locked


def test_an_accent_may_be_typed_either_way(lock: Locks) -> None:
    access = lock()
    access.set_password("", "un café à crédit")

    assert access.session_of(cookie(access, "un cafe\u0301 a\u0300 cre\u0301dit")) is not None


def test_tries_at_the_same_time_do_not_pass_together(lock: Locks) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    outcomes = []

    def attempt() -> None:
        outcomes.append(access.sign_in("192.0.2.1", "", "wrong", "").outcome)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(SignInOutcome.WRONG) == 4
    assert outcomes.count(SignInOutcome.TOO_EARLY) == 8


def test_waits_survive_a_restart(lock: Locks) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    for _ in range(4):
        access.sign_in("192.0.2.1", "", "wrong", "")

    assert lock().sign_in("192.0.2.1", "", PASSWORD, "").outcome is SignInOutcome.TOO_EARLY
    assert lock().sign_in("192.0.2.2", "", PASSWORD, "").outcome is SignInOutcome.SIGNED_IN


def test_many_addresses_together_have_to_wait_but_not_the_one_that_is_signed_in(lock: Locks) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    cookie(access)

    outcomes = [access.sign_in(f"198.51.100.{number}", "", "wrong", "").outcome for number in range(30)]

    assert outcomes[-1] is SignInOutcome.TOO_EARLY
    assert access.sign_in("192.0.2.1", "", PASSWORD, "").outcome is SignInOutcome.SIGNED_IN


def test_a_second_factor_is_asked_for_and_each_code_opens_once(lock: Locks, clock: Clock) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    secret = second_factor.new_secret()
    access.add_second_factor(PASSWORD, secret, code(secret, clock))

    assert access.wants_second_factor
    same_code = access.sign_in("192.0.2.1", "", PASSWORD, code(secret, clock))
    no_code = access.sign_in("192.0.2.1", "", PASSWORD, "")
    clock.pass_seconds(30)
    assert (same_code.outcome, no_code.outcome) == (SignInOutcome.WRONG, SignInOutcome.WRONG)
    assert access.session_of(cookie(access, code=code(secret, clock))) is not None


def test_a_second_factor_is_added_only_with_password_and_a_code_that_proves_it(lock: Locks, clock: Clock) -> None:
    access = lock()
    secret = second_factor.new_secret()
    with pytest.raises(AccessRefused, match="password first"):
        access.add_second_factor("", secret, code(secret, clock))
    access.set_password("", PASSWORD)

    with pytest.raises(AccessRefused, match="not the code"):
        access.add_second_factor(PASSWORD, secret, "000000")
    with pytest.raises(AccessRefused, match="wrong"):
        access.add_second_factor("wrong", secret, code(secret, clock))

    assert not access.wants_second_factor


def test_a_recovery_code_opens_once_in_place_of_the_phone(lock: Locks, clock: Clock) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    secret = second_factor.new_secret()
    codes = access.add_second_factor(PASSWORD, secret, code(secret, clock))

    assert access.session_of(cookie(access, code=codes[0].lower().replace("-", " "))) is not None
    assert access.sign_in("192.0.2.1", "", PASSWORD, codes[0]).outcome is SignInOutcome.WRONG
    assert access.status(None).recovery_codes_left == len(codes) - 1 == 9


def test_nothing_that_is_kept_tells_a_secret(lock: Locks, clock: Clock, session_factory: sessionmaker[Session]) -> None:
    access = lock("from the environment")
    secret = second_factor.new_secret()
    codes = access.add_second_factor("from the environment", secret, code(secret, clock))
    made = cookie(access, "from the environment", codes[0])

    with session_factory() as session:
        tables = ("access", "access_sessions", "access_recovery_codes", "access_delays", "journal", "settings")
        kept = " ".join(str(session.execute(text(f"SELECT t::text FROM {name} t")).all()) for name in tables)

    secrets = ["from the environment", secret, made, made.split(".")[0], *codes, *(c.replace("-", "") for c in codes)]
    assert [secret for secret in secrets if secret in kept] == []


def test_a_silent_database_keeps_sessions_and_says_so_to_those_who_sign_in(lock: Locks, database_url: str) -> None:
    access = lock()
    access.set_password("", PASSWORD)
    made = cookie(access)
    engine = create_engine(database_url)

    with engine.begin() as holder:
        # Nobody else reads the row until this ends: the limit on waiting for locks makes that a silence.
        holder.execute(text("LOCK TABLE access, access_delays IN ACCESS EXCLUSIVE MODE"))
        access.refresh()
        silent = access.sign_in("192.0.2.1", "", PASSWORD, "")
    engine.dispose()

    assert silent.outcome is SignInOutcome.SILENT
    assert access.session_of(made) is not None
