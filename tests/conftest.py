"""What tests stand on: a real PostgreSQL, one fresh database each, and the practice exchange."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from storage.connections import create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from tests.support.databases import Databases
from tests.support.durations import begin_at, expected_seconds, load_durations, save_durations
from tests.support.practice import PracticeExchange

ROOT = Path(__file__).parent.parent
_taken: dict[str, float] = defaultdict(float)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `make durations`."""
    parser.addoption("--write-durations", action="store_true", help="write what each file took to tests/durations.json")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, spread over the run by what they need; tests of one file stay together."""
    measured = load_durations()
    slow: dict[str, bool] = defaultdict(bool)
    for item in items:
        slow[_name(item.path)] |= item.get_closest_marker("slow") is not None
    begin = begin_at({name: expected_seconds(name, is_slow, measured) for name, is_slow in slow.items()})
    items.sort(key=lambda item: (begin[_name(item.path)], _name(item.path)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what the files take; with several processes the first of them hears of all."""
    _taken[report.nodeid.split("::", 1)[0]] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what the files took, if that was asked for."""
    if session.config.getoption("--write-durations") and not hasattr(session.config, "workerinput"):
        save_durations(_taken)


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords with the least work: a tenth of a second each adds up, and only what is done with them matters."""
    with pytest.MonkeyPatch.context() as patch:
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("services.access.passwords._HASHER", hasher)
        yield


@pytest.fixture(autouse=True)
def open_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no ban of one test hold the requests of the next, who may ask the same exchange."""
    monkeypatch.setattr("exchange.gate._gates", {})


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
    folder = Path(tempfile.mkdtemp(prefix="trading-bot-tests-"))
    # That user must be able to pass, else the database would be kept outside the folder.
    folder.chmod(0o711)
    return folder
