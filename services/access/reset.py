"""Opening the lock from the machine itself, for whoever forgot the password or lost the phone."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from config import Config
from services.access import rows
from storage.connections import create_database_engine, sessions
from storage.dumps import copy_before_migration
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import migrate
from storage.private_files import keep_files_private


def reset_lock(environ: Mapping[str, str]) -> bool:
    """Remove password, second factor, recovery codes, sessions and waits; the bot may run meanwhile.

    A running bot notices within seconds. A DASHBOARD_PASSWORD that it was started with stays in force.

    Args:
        environ: the variables that the bot is started with.

    Returns:
        Whether the dashboard opens without a password now.

    Raises:
        StartRefused: a variable or the database cannot be used.
    """
    keep_files_private()
    config = Config.from_environment(environ)
    embedded = None if config.database_url else EmbeddedPostgres.start(config.data_dir)
    try:
        copy_first = copy_before_migration(embedded, config.data_dir) if embedded else None
        return _reset(config.database_url or (embedded.url if embedded else ""), copy_first)
    finally:
        if embedded is not None:
            embedded.stop()


def _reset(database_url: str, copy_first: Callable[[str], Path] | None) -> bool:
    engine = create_database_engine(database_url, "bot-reset", 1)
    try:
        migrate(engine, copy_first)
        with sessions(engine).begin() as session:
            now = datetime.now(UTC)
            row = rows.load_lock(session, now, for_update=True)
            row.password_hash = row.totp_token = row.totp_step = None
            row.changed_at = now
            rows.replace_recovery_codes(session, (), now)
            rows.delete_sessions(session)
            rows.delete_delays(session)
            return row.environment_hash is None
    finally:
        engine.dispose()
