"""The copy of the embedded database before a migration, and the way back to it."""

import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text

from config import Config
from runtime import Runtime
from storage import migration
from storage.dumps import FOLDER, DumpFailed, RestoreRefused, copy_before_migration, main, restore
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import LEASE_LOCK, migrate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The bot's own folder: the database of all tests here."""
    folder = Path(tempfile.mkdtemp(prefix="trading-bot-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres.start(home)
    yield server
    server.stop()


@pytest.fixture
def engine(server: EmbeddedPostgres) -> Iterator[Engine]:
    """A database without tables."""
    engine = create_engine(server.url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


@pytest.fixture
def old(engine: Engine) -> Engine:
    """A database of the first revision, with one row."""
    with engine.begin() as connection:
        command.upgrade(migration._configuration(connection), "0001")
        row = {"at": datetime(2026, 11, 1, tzinfo=UTC)}
        connection.execute(text("INSERT INTO settings VALUES ('mine', '{\"kept\": true}', :at)"), row)
    return engine


@pytest.fixture
def folder(home: Path) -> Iterator[Path]:
    """Where the copies lie, not there at first."""
    folder = home / FOLDER
    yield folder
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def settings(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT name FROM settings ORDER BY name")))


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_the_tables_as_they_were_can_be_had_back(
    server: EmbeddedPostgres, old: Engine, home: Path, folder: Path
) -> None:
    assert migrate(old, copy_before_migration(server, home))
    (copy,) = copies(folder)
    newest = revision(old)
    assert "before-migration-from-0001" in copy.name
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with old.begin() as connection:
        connection.execute(text("DELETE FROM settings"))

    before = restore(server, home, copy)

    assert (revision(old), settings(old)) == ("0001", ["mine"])
    assert migrate(old, copy_before_migration(server, home))
    restore(server, home, before)
    assert (revision(old), settings(old)) == (newest, [])


def test_only_a_change_of_tables_is_preceded_by_a_copy(
    server: EmbeddedPostgres, engine: Engine, home: Path, folder: Path
) -> None:
    copy_first = copy_before_migration(server, home)

    assert migrate(engine, copy_first) is True, "made anew: there was nothing to copy"
    assert migrate(engine, copy_first) is False
    assert copies(folder) == []


def test_three_copies_stay_and_what_else_lies_there(
    server: EmbeddedPostgres, old: Engine, home: Path, folder: Path
) -> None:
    copy_first = copy_before_migration(server, home)
    written = [copy_first("0001")]
    others = [folder / "20260101T000000.000000Z-before-restore.sql.gz"]
    others[0].touch()

    written += [copy_first("0001") for _ in range(4)]

    assert copies(folder) == sorted([*others, *written[-3:]])


def test_without_a_copy_nothing_is_changed(server: EmbeddedPostgres, old: Engine, home: Path, folder: Path) -> None:
    (folder).write_text("in the way of the folder")

    with pytest.raises(DumpFailed, match=r"Nothing was changed\. Make room there \(\d+ MB are free\)") as refusal:
        migrate(old, copy_before_migration(server, home))

    assert str(folder) in str(refusal.value)
    assert (revision(old), settings(old)) == ("0001", ["mine"])
    with old.connect() as connection:
        assert connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEASE_LOCK}), "let go"


def test_a_copy_that_breaks_off_leaves_no_file(server: EmbeddedPostgres, old: Engine, home: Path, folder: Path) -> None:
    with old.begin() as connection:
        connection.execute(text("CREATE FUNCTION broken() RETURNS int LANGUAGE sql AS 'SELECT 1'"))
        connection.execute(text("UPDATE pg_proc SET prolang = 0 WHERE proname = 'broken'"))

    with pytest.raises(DumpFailed, match="pg_dump: error: "):
        migrate(old, copy_before_migration(server, home))

    assert copies(folder) == []
    assert revision(old) == "0001"


def test_a_copy_may_take_longer_than_a_migration_may_stand_still(old: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(migration._SESSION, "idle_session_timeout", "200ms")

    assert migrate(old, lambda _: time.sleep(0.5))

    assert revision(old) != "0001"


def test_a_file_that_is_no_copy_changes_nothing(
    server: EmbeddedPostgres, old: Engine, home: Path, folder: Path
) -> None:
    half = home / "half.sql.gz"
    half.write_bytes(copy_before_migration(server, home)("0001").read_bytes()[:-400])

    for file in (half, home / "missing.sql.gz"):
        with pytest.raises(RestoreRefused, match="is no copy that can be restored"):
            restore(server, home, file)

    assert (revision(old), settings(old)) == ("0001", ["mine"])


def test_the_bot_must_not_run_while_a_copy_is_put_back(
    server: EmbeddedPostgres, old: Engine, home: Path, folder: Path
) -> None:
    copy = copy_before_migration(server, home)("0001")
    with old.connect() as bot:
        bot.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LEASE_LOCK})

        with pytest.raises(RestoreRefused, match="The bot is running"):
            restore(server, home, copy)


def test_the_command_restores_and_says_where_the_rest_is(
    server: EmbeddedPostgres, old: Engine, home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_before_migration(server, home)("0001")
    here = {"DATA_DIR": str(home)}

    assert main(["restore", str(copy)], here) == 0
    assert "before-restore.sql.gz" in capsys.readouterr().out
    assert main(["restore", str(copy)], here | {"DATABASE_URL": "postgresql://elsewhere/bot"}) == 1
    assert "without DATABASE_URL" in capsys.readouterr().err
    assert main(["put", "back"], here) == 2


def test_the_bot_itself_copies_before_it_migrates(
    server: EmbeddedPostgres, old: Engine, home: Path, folder: Path
) -> None:
    here = Config.from_environment({"DATA_DIR": str(home)})
    (folder).write_text("in the way of the folder")
    with pytest.raises(DumpFailed):
        Runtime(here)
    assert revision(old) == "0001"
    (folder).unlink()

    Runtime(here).stop()

    assert revision(old) != "0001"
    assert len(copies(folder)) == 1
