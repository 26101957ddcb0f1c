import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from storage.lease import Lease, LeaseLost, new_instance
from storage.migration import LEASE_LOCK, DatabaseIsNewer
from tests.support.forks import Forked
from tests.support.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
SOON = timedelta(milliseconds=300)


@pytest.fixture
def make_lease(database_url: str) -> Iterator[Callable[..., Lease]]:
    made: list[Lease] = []

    def make(instance: str, stale_after: timedelta = timedelta(seconds=8)) -> Lease:
        made.append(Lease(database_url, instance, stale_after=stale_after))
        return made[-1]

    yield make
    for lease in made:
        lease.release()


def test_one_of_two_instances_holds_it(make_lease: Callable[..., Lease]) -> None:
    first, second = make_lease("first"), make_lease("second")

    assert first.try_take()

    assert not second.try_take()
    assert first.try_take()
    assert (first.epoch, second.epoch) == (1, None)


def test_a_released_lease_is_taken_at_once_with_the_next_epoch(make_lease: Callable[..., Lease]) -> None:
    first, second = make_lease("first"), make_lease("second")
    first.try_take()

    first.release()

    assert second.try_take()
    assert second.epoch == 2
    assert not first.held


def test_transactions_of_the_holder_are_let_in(
    make_lease: Callable[..., Lease], session_factory: sessionmaker[Session]
) -> None:
    lease = make_lease("first")
    lease.try_take()

    with session_factory.begin() as session:
        lease.guard(session)
        session.execute(text("SELECT setval('orders_id_seq', 42)"))

    with session_factory() as session:
        assert session.scalar(text("SELECT last_value FROM orders_id_seq")) == 42


def test_transactions_without_the_lease_are_refused(
    make_lease: Callable[..., Lease], session_factory: sessionmaker[Session]
) -> None:
    make_lease("first").try_take()
    second = make_lease("second")
    second.try_take()

    with pytest.raises(LeaseLost), session_factory.begin() as session:
        second.guard(session)


def test_nobody_takes_the_lease_while_a_guarded_transaction_is_open(
    make_lease: Callable[..., Lease], session_factory: sessionmaker[Session], engine: Engine
) -> None:
    first, second = make_lease("first"), make_lease("second")
    first.try_take()

    with session_factory() as session:
        first.guard(session)
        end_connections(engine, "first")
        with pytest.raises(DBAPIError):
            second.try_take()
        session.commit()

    assert not second.held
    assert second.try_take()


def test_a_holder_whose_connection_ended_locks_it_again(
    make_lease: Callable[..., Lease], engine: Engine, session_factory: sessionmaker[Session]
) -> None:
    first, second = make_lease("first"), make_lease("second")
    first.try_take()
    wait_past_the_last_beat()

    end_connections(engine, "first")

    first.heartbeat()
    assert (first.held, first.epoch) == (True, 1)
    with session_factory.begin() as session:
        first.guard(session)
    assert not second.try_take()


def test_a_holder_whose_connection_ended_loses_it_to_whoever_took_it_meanwhile(
    make_lease: Callable[..., Lease], engine: Engine
) -> None:
    first, second = make_lease("first"), make_lease("second")
    first.try_take()
    wait_past_the_last_beat()

    end_connections(engine, "first")
    take_soon(second)

    with pytest.raises(LeaseLost, match="another instance has taken it"):
        first.heartbeat()
    assert first.last_good_age() is None
    assert not first.try_take()


def test_a_holder_whose_connection_ended_loses_it_while_another_is_about_to_take_it(
    make_lease: Callable[..., Lease], engine: Engine
) -> None:
    lease = make_lease("first")
    lease.try_take()
    wait_past_the_last_beat()
    end_connections(engine, "first")

    with engine.connect() as taking:
        taking.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LEASE_LOCK})
        with pytest.raises(LeaseLost):
            lease.heartbeat()

    assert lease.last_good_age() is None


def test_a_holder_whose_database_is_gone_holds_it_as_far_as_it_knows_and_goes_on_afterwards(
    database_url: str, make_lease: Callable[..., Lease]
) -> None:
    lease = make_lease("first")
    lease.try_take()
    wait_past_the_last_beat()
    name = make_url(database_url).database
    server = create_engine(make_url(database_url).set(database="postgres"), isolation_level="AUTOCOMMIT")

    with server.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        end_connections(server, "first")
        lease.keep()
        with pytest.raises(DBAPIError):
            lease.heartbeat()
        age_while_gone = lease.last_good_age()
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    server.dispose()

    assert age_while_gone is not None
    lease.heartbeat()
    age_afterwards = lease.last_good_age()
    assert age_afterwards is not None
    assert age_afterwards < age_while_gone
    assert lease.epoch == 1


def test_a_lease_that_was_given_up_is_free_at_once_and_its_holder_is_kept_out(
    make_lease: Callable[..., Lease], session_factory: sessionmaker[Session]
) -> None:
    first, second = make_lease("first"), make_lease("second")
    first.try_take()

    first.give_up("it stood still")

    assert (first.held, first.last_good_age()) == (False, None)
    take_soon(second)
    with pytest.raises(LeaseLost, match="it stood still"), session_factory.begin() as session:
        first.guard(session)
    with pytest.raises(LeaseLost):
        first.heartbeat()
    assert not first.try_take()


def test_a_given_up_lease_can_be_taken_again_by_the_same_instance(make_lease: Callable[..., Lease]) -> None:
    lease = make_lease("first")
    lease.try_take()

    lease.give_up("it stood still")

    take_soon(lease)
    lease.heartbeat()
    assert lease.epoch == 2


def test_a_lease_is_given_up_while_its_own_thread_waits_for_the_database(
    make_lease: Callable[..., Lease], engine: Engine
) -> None:
    lease = make_lease("first")
    lease.try_take()
    wait_past_the_last_beat()
    ends: list[Exception] = []

    def beat() -> None:
        try:
            lease.heartbeat()
        except LeaseLost as lost:
            ends.append(lost)

    waiting = threading.Thread(target=beat)
    with engine.begin() as blocking:
        blocking.execute(text("SELECT 1 FROM lease FOR UPDATE"))
        waiting.start()
        wait_until_blocked(engine)
        lease.give_up("it stood still")
        waiting.join(timeout=10)

    assert [str(end) for end in ends] == ["the lease is lost: it stood still"]


def test_a_holder_that_goes_round_is_left_alone(make_lease: Callable[..., Lease]) -> None:
    first, second = make_lease("first"), make_lease("second", stale_after=timedelta(seconds=30))
    first.try_take()
    wait_past_the_last_beat()

    first.heartbeat()

    assert not second.try_take()
    first.heartbeat()


def test_a_holder_that_does_not_go_round_is_ended(make_lease: Callable[..., Lease]) -> None:
    first, second = make_lease("first"), make_lease("second", stale_after=SOON)
    first.try_take()
    wait_past_the_last_beat()

    assert second.try_take()

    with pytest.raises(LeaseLost):
        first.heartbeat()


@pytest.mark.slow
def test_a_frozen_process_loses_the_lease_and_is_kept_out_when_it_wakes(
    database_url: str, make_lease: Callable[..., Lease], tmp_path: Path
) -> None:
    standby = make_lease("standby", stale_after=timedelta(seconds=1))
    holder = Forked("tests.storage.lease_holder", [database_url, "frozen"], tmp_path / "log", answers=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert not standby.try_take()

        os.kill(holder.pid, signal.SIGSTOP)
        eventually(standby.try_take)
        os.kill(holder.pid, signal.SIGCONT)

        assert holder.stdout.read() == "lost\nkept out\n"
        assert standby.epoch == 2
    finally:
        holder.kill()
        holder.wait()


@pytest.mark.slow
def test_a_killed_holder_is_followed_at_once(
    database_url: str, make_lease: Callable[..., Lease], tmp_path: Path
) -> None:
    standby = make_lease("standby")
    holder = Forked("tests.storage.lease_holder", [database_url, "killed"], tmp_path / "log", answers=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    holder.kill()
    holder.wait()

    eventually(standby.try_take, within=5)  # long before it would count as frozen


def test_a_migration_in_progress_is_not_taken_for_a_frozen_holder(
    make_lease: Callable[..., Lease], engine: Engine
) -> None:
    lease = make_lease("first", stale_after=timedelta(0))
    with engine.connect() as migration:
        migration.execute(text("SET application_name = 'bot-migration'"))
        migration.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LEASE_LOCK})
        migration.commit()

        assert not lease.try_take()

        migration.invalidate()


def test_tables_of_a_newer_version_are_not_traded_with(make_lease: Callable[..., Lease], engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    lease, other = make_lease("first"), make_lease("second")

    with pytest.raises(DatabaseIsNewer):
        lease.try_take()

    # The server may take a moment to see that the first one's connection is gone, and its lock with it.
    with pytest.raises(DatabaseIsNewer):
        eventually(other.try_take)


def test_the_age_of_the_last_good_look_counts_from_the_question(
    database_url: str, session_factory: sessionmaker[Session]
) -> None:
    now = 100.0
    lease = Lease(database_url, "first", clock=lambda: now)
    assert lease.last_good_age() is None

    lease.try_take()
    now = 103.0
    assert lease.last_good_age() == 3.0

    lease.heartbeat()
    assert lease.last_good_age() == 0.0

    now = 104.0
    with session_factory.begin() as session:
        lease.guard(session)
    assert lease.last_good_age() == 0.0

    lease.release()
    assert lease.last_good_age() is None


def test_every_instance_has_its_own_name() -> None:
    names = {new_instance() for _ in range(100)}

    assert len(names) == 100
    assert all(len(name) <= 63 for name in names)


def end_connections(engine: Engine, application_name: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE application_name = :name"),
            {"name": application_name},
        )


def take_soon(lease: Lease) -> None:
    """Take a lease whose holder's connection has just been cut: the server notices within a moment."""
    eventually(lease.try_take)


def wait_until_blocked(engine: Engine) -> None:
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'first' AND wait_event_type = 'Lock'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        eventually(lambda: connection.scalar(blocked))


def wait_past_the_last_beat() -> None:
    time.sleep(0.6)
