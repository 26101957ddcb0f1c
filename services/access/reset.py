"""Opening the lock from the machine itself, for whoever forgot the password or lost the phone."""

from collections.abc import Mapping
from datetime import UTC, datetime

from config import Config
from services.access import rows
from storage.commands import opened_database


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
    config = Config.from_environment(environ)
    with opened_database(config, "bot-reset") as sessions, sessions.begin() as session:
        now = datetime.now(UTC)
        row = rows.load_lock(session, now, for_update=True)
        row.password_hash = row.totp_token = row.totp_step = None
        row.changed_at = now
        rows.replace_recovery_codes(session, (), now)
        rows.delete_sessions(session)
        rows.delete_delays(session)
        return row.environment_hash is None
