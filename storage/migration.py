"""Bringing the tables up to date: Alembic, run from code by whoever may hold the lease."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from domain.start_refused import StartRefused

# The session advisory lock of the lease: no two instances migrate, and none while another one trades.
LEASE_LOCK: Final = 7_205_759_403
MIGRATION_NAME: Final = "bot-migration"  # application_name meanwhile: the lease does not take it for a frozen holder
MIGRATION_WAIT_SECONDS: Final = 10

# Changing tables may take long; standing still may not: a frozen migration is ended by the server.
_SESSION: Final = {
    "application_name": MIGRATION_NAME,
    "lock_timeout": f"{MIGRATION_WAIT_SECONDS}s",
    "statement_timeout": "0",
    "idle_session_timeout": f"{MIGRATION_WAIT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{MIGRATION_WAIT_SECONDS}s",
}


class DatabaseIsNewer(StartRefused):
    """The tables were made by a newer version of the bot: start that one, this one must not touch them."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database belongs to a newer version of the bot (its tables are at revision {revision}, which this "
            "version does not know). Start the newer version; nothing was changed."
        )
        self.revision = revision


class MigrationBlocked(StartRefused):
    """Another instance trades with older tables: stop it first, or wait until it has ended."""

    def __init__(self) -> None:
        super().__init__(
            "The tables must be brought up to date, but another instance of the bot is trading with them. "
            "Stop that instance and start again."
        )


class DatabaseUnreachable(StartRefused):
    """The database does not answer, or does not let the bot in."""

    def __init__(self, host: str, words: str) -> None:
        reason = words.strip().splitlines()[0]
        super().__init__(
            f"The database at {host} cannot be used: {reason}. Start PostgreSQL there or correct DATABASE_URL."
        )


def migrate(engine: Engine, copy_first: Callable[[str], object] | None = None) -> bool:
    """Bring the tables to the newest revision, all or nothing, holding the lease's lock meanwhile.

    Args:
        engine: of the database.
        copy_first: called with the revision of the tables before they are changed, while nobody trades with them;
            what it raises ends the migration before it has begun. Not called when there are no tables yet.

    Returns:
        True when something was changed. A database that is up to date is not locked at all.

    Raises:
        DatabaseUnreachable: no connection could be made.
        DatabaseIsNewer: the tables are of a revision that this code does not know.
        MigrationBlocked: another instance has held the lock for ten seconds.
    """
    with _connected(engine) as connection:
        if is_current(connection):
            return False
        connection.rollback()
        for name, setting in _SESSION.items():
            connection.execute(text("SELECT set_config(:name, :setting, false)"), {"name": name, "setting": setting})
        connection.commit()
        try:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LEASE_LOCK})
        except OperationalError as refusal:
            raise MigrationBlocked from refusal
        else:
            connection.commit()
            if copy_first is not None:
                _copy(connection, copy_first)
            upgrade(connection)
        finally:
            # The connection carries the lock and these limits: it goes, the pool makes another.
            connection.invalidate()
    return True


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as failure:
        raise DatabaseUnreachable(engine.url.host or "its socket", str(failure.orig)) from failure


def is_current(connection: Connection) -> bool:
    """Say whether the tables are of the newest revision known here.

    Raises:
        DatabaseIsNewer: they are of a revision that is not known here.
    """
    known = ScriptDirectory.from_config(_configuration(connection))
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return False
    if revision not in {script.revision for script in known.walk_revisions()}:
        raise DatabaseIsNewer(revision)
    return revision == known.get_current_head()


def upgrade(connection: Connection) -> None:
    """Run the missing revisions in one transaction and commit it; the caller holds the lease's lock."""
    if not is_current(connection):
        command.upgrade(_configuration(connection), "head")
    connection.commit()


def _copy(connection: Connection, copy_first: Callable[[str], object]) -> None:
    revision = MigrationContext.configure(connection).get_current_revision()
    nothing_to_do = is_current(connection)
    # Idle while the copy is made, which knows itself when it takes too long.
    connection.execute(text("SELECT set_config('idle_session_timeout', '0', false)"))
    connection.commit()
    if revision is not None and not nothing_to_do:
        copy_first(revision)
    limit = _SESSION["idle_session_timeout"]
    connection.execute(text("SELECT set_config('idle_session_timeout', :limit, false)"), {"limit": limit})
    connection.commit()


def _configuration(connection: Connection) -> AlembicConfig:
    configuration = AlembicConfig()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration
