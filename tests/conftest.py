"""What tests stand on: a real PostgreSQL, one fresh database each, and the practice exchange."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from storage.connections import create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from tests.support.databases import Databases
from tests.support.practice import PracticeExchange

# Files that take more than half a minute, those that wait and those that want the processor in turn.
LONGEST = (
    "test_schedules",
    "test_history_page",
    "test_two_processes",
    "test_proof",
    "test_reads_that_lie",
    "test_pages_stand",
    "test_overload_and_limits",
    "test_live_pages",
    "test_shared_places",
    "test_positions_actions",
    "test_table_stands_still",
    "test_unknown_outcomes",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that wait for processes and browsers; the quick rest then fills the gaps between workers.

    The longest come first: the last file to end would run alone. The files of one folder are spread over the rest of
    that time: browsers want the processor, most others wait for something.
    """
    folders: dict[Path, list[Path]] = defaultdict(list)
    for item in items:
        if item.path not in folders[item.path.parent]:
            folders[item.path.parent].append(item.path)
    share = {file: (number + 0.5) / len(files) for files in folders.values() for number, file in enumerate(files)}
    first = {name: place - len(LONGEST) for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, first.get(item.path.stem, share[item.path])))


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Give a PostgreSQL server of this test process; it ends with it."""
    folder = _folder()
    server = EmbeddedPostgres.start(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Iterator[Databases]:
    """Give the databases of this process's server."""
    databases = Databases(postgres.url)
    yield databases
    databases.close()


@pytest.fixture
def embedded_data_dir() -> Iterator[Path]:
    """Give a folder that an embedded PostgreSQL can live in; what still runs there is ended after the test."""
    folder = _folder()
    yield folder
    if (folder / "postgres").exists():
        EmbeddedPostgres.start(folder).stop()
    shutil.rmtree(folder)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """Give the address of a fresh database without tables."""
    with databases.without_tables() as url:
        yield url


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """Give the address of a database with all tables, empty."""
    with databases.empty() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give an engine on an empty database with all tables."""
    engine = create_database_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture
def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Give the maker of sessions on an empty database with all tables."""
    return sessions(engine)


@pytest.fixture(scope="module")
def module_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    """Give a practice exchange, prices on hold, as a process that the tests of one file share."""
    exchange = PracticeExchange(tmp_path_factory.mktemp("exchange") / "practice.state")
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture
def practice_exchange(module_exchange: PracticeExchange) -> PracticeExchange:
    """Give the shared practice exchange as if it had just been started; a test may kill it."""
    if not module_exchange.lives:
        module_exchange.start()
    module_exchange.begin_anew()
    return module_exchange


def _folder() -> Path:
    # Not below pytest's own folder: as root the server runs as another user, and pytest closes that folder to others.
    return Path(tempfile.mkdtemp(prefix="trading-bot-tests-"))
