"""A database that hangs is a database that is away: every wait for it ends on this side."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import extensions
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.connections import ACTING, SHOWING, THOROUGH, Limits, create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from storage.lease import Lease
from storage.migration import migrate
from storage.patience import SUSPECTED_ANSWER_SECONDS, Patience, Silent
from tests.support.frozen import frozen_postgres
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow
QUICK = Limits(connect=0.4, answer=0.4, statement=5, lock=2, idle_in_transaction=30)
GIVEN_UP_AFTER_SECONDS = 20.0


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Give the folder of a server that only this file uses."""
    folder = Path(tempfile.mkdtemp(prefix="trading-bot-tests-"))
    server = EmbeddedPostgres.start(folder)
    try:
        yield folder
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def url(data_dir: Path) -> Iterator[str]:
    server = EmbeddedPostgres.start(data_dir)
    engine = create_database_engine(server.url, "migration", limits=THOROUGH)
    migrate(engine)
    engine.dispose()
    yield server.url
    server.stop()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_database_engine(url, "acting", 2, QUICK)
    yield made
    made.dispose()


def ended(call: Callable[[], object]) -> BaseException | None:
    """Return what a call raised; a call that does not come back is a failure of the test, not of the machine."""
    raised: list[BaseException | None] = []

    def run() -> None:
        try:
            call()
        except Exception as error:
            raised.append(error)
        else:
            raised.append(None)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(GIVEN_UP_AFTER_SECONDS)
    assert raised, "it hangs"
    return raised[0]


def new_connection(engine: Engine) -> None:
    engine.dispose()
    engine.connect().close()


def pooled_connection(engine: Engine) -> None:
    engine.connect().close()  # asks the server first whether it still lives


@pytest.mark.parametrize("wait", [new_connection, pooled_connection])
def test_getting_a_connection_of_a_frozen_server_ends(
    engine: Engine, data_dir: Path, wait: Callable[[Engine], None]
) -> None:
    engine.connect().close()

    with frozen_postgres(data_dir):
        assert isinstance(ended(lambda: wait(engine)), OperationalError)

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def statement(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


@pytest.mark.parametrize("wait", [statement, Connection.commit, Connection.rollback])
def test_whatever_is_asked_of_a_frozen_server_ends(
    engine: Engine, data_dir: Path, wait: Callable[[Connection], None]
) -> None:
    connection = engine.connect()
    connection.execute(text("SELECT 1"))

    with frozen_postgres(data_dir):
        error = ended(lambda: wait(connection))

    assert isinstance(error, OperationalError)
    assert isinstance(error.orig, Silent)
    assert error.connection_invalidated
    connection.close()
    with engine.connect() as after:
        assert after.scalar(text("SELECT 1")) == 1


def test_a_transaction_over_a_frozen_server_ends_as_a_whole(engine: Engine, data_dir: Path) -> None:
    maker = sessions(engine)

    def transaction() -> None:
        with maker.begin() as session:
            session.execute(text("SELECT 1"))
            frozen.set()
            thawed.wait(GIVEN_UP_AFTER_SECONDS)
            session.execute(text("SELECT 1"))

    frozen, thawed = threading.Event(), threading.Event()
    raised: list[BaseException | None] = []
    thread = threading.Thread(target=lambda: raised.append(ended(transaction)))
    thread.start()
    assert frozen.wait(GIVEN_UP_AFTER_SECONDS)
    with frozen_postgres(data_dir):
        thawed.set()
        thread.join(GIVEN_UP_AFTER_SECONDS)

    assert isinstance(raised[0], OperationalError)


def test_a_long_statement_of_a_server_that_lives_is_not_taken_for_silence(url: str) -> None:
    engine = create_database_engine(url, "showing", 1, SHOWING)

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 7 FROM pg_sleep(1.2)")) == 7
    engine.dispose()


def test_changes_of_the_tables_may_take_their_time(url: str) -> None:
    engine = create_database_engine(url, "thorough", 1, THOROUGH)

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 7 FROM pg_sleep(1.2)")) == 7
    engine.dispose()


def test_connections_of_others_wait_as_ever(url: str, engine: Engine) -> None:
    engine.connect().close()
    host = create_database_engine(url, "address").url.query["host"]

    theirs = psycopg2.connect(host=host, user="postgres", dbname="postgres")

    with theirs.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.6), 7")
        row = cursor.fetchone()
    assert row is not None
    assert row[1] == 7
    theirs.close()
    assert extensions.get_wait_callback() is not None


def test_the_server_ends_the_bot_s_own_statements_before_the_bot_gives_up(url: str) -> None:
    engine = create_database_engine(url, "acting", 1, ACTING)

    with engine.connect() as connection, pytest.raises(OperationalError, match="statement timeout") as error:
        connection.execute(text("SELECT pg_sleep(5)"))

    assert not error.value.connection_invalidated
    engine.dispose()


def test_a_lease_outlives_a_freeze_and_is_locked_again(url: str, data_dir: Path) -> None:
    lease = Lease(url, "bot-frozen")
    assert lease.try_take()
    epoch = lease.epoch

    with frozen_postgres(data_dir):
        time.sleep(0.6)  # until the next heartbeat is due
        assert isinstance(ended(lease.heartbeat), DBAPIError)
        assert lease.held
        assert lease.last_good_age() is not None

    eventually(lambda: _beats(lease))
    assert lease.epoch == epoch
    lease.release()


def _beats(lease: Lease) -> bool:
    with suppress(DBAPIError, PoolTimeout):
        lease.heartbeat()
        return True
    return False


def test_after_a_miss_the_next_waits_are_short_but_not_for_long() -> None:
    patience = Patience(1.0, 1.0)
    assert patience.allowed_seconds(connecting=False) == 1.0

    patience.note_miss()
    assert patience.allowed_seconds(connecting=True) == SUSPECTED_ANSWER_SECONDS

    patience.note_answer()
    assert patience.allowed_seconds(connecting=False) == 1.0


def test_misses_in_a_row_never_shorten_every_wait_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("storage.patience.time.monotonic", lambda: now)
    patience = Patience(1.0, 1.0)
    patience.note_miss()
    now = 101.4
    patience.note_miss()

    now = 101.6

    assert patience.allowed_seconds(connecting=False) == 1.0


def test_without_a_limit_only_connecting_is_limited() -> None:
    patience = Patience(3.0, None)

    assert patience.allowed_seconds(connecting=True) == 3.0
    assert patience.allowed_seconds(connecting=False) is None


def test_pages_have_limits_of_their_own(url: str) -> None:
    shown = {}
    for name, limits in (("acting", ACTING), ("showing", SHOWING)):
        engine = create_database_engine(url, name, 1, limits)
        with engine.connect() as connection:
            shown[name] = [
                connection.scalar(text(f"SHOW {limit}"))
                for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
            ]
        engine.dispose()

    assert shown == {"acting": ["800ms", "400ms", "3s"], "showing": ["5s", "2s", "30s"]}
