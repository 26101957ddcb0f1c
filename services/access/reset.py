"""Opening the lock from the machine itself, for whoever forgot the password or lost the phone."""

from datetime import UTC, datetime

from config import Config
from database import create_database_engine, migrate, sessions
from services.access import rows
from storage.embedded_postgres import EmbeddedPostgres


def reset(config: Config) -> None:
    """Remove password, second factor, recovery codes, sessions and delays; the bot may run meanwhile.

    A running bot notices within seconds. DASHBOARD_PASSWORD, where set, stays in force: it is taken over again here.

    Raises:
        EmbeddedPostgresFailed, OperationalError, DatabaseIsNewer, MigrationBlocked: the database cannot be used.
    """
    embedded = None if config.database_url else EmbeddedPostgres.start(config.data_dir)
    try:
        engine = create_database_engine(config.database_url or (embedded.url if embedded else ""), "bot-reset", 1)
        try:
            migrate(engine)
            with sessions(engine).begin() as session:
                now = datetime.now(UTC)
                row = rows.load_lock(session, now, for_update=True)
                row.password_hash = row.totp_token = row.totp_step = None
                if config.dashboard_password is None:
                    row.environment_hash = None
                row.changed_at = now
                rows.replace_recovery_codes(session, (), now)
                rows.delete_sessions(session)
                rows.delete_delays(session)
        finally:
            engine.dispose()
    finally:
        if embedded is not None:
            embedded.stop()
