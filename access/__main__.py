"""`python -m access reset` opens the dashboard's lock on the machine that the bot runs on."""

import os
import sys
from collections.abc import Mapping, Sequence

from sqlalchemy.exc import OperationalError

from config import Config, ConfigError
from database import DatabaseIsNewer, MigrationBlocked
from services.access.reset import reset
from storage.embedded_postgres import EmbeddedPostgresFailed


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; returns its exit status."""
    if list(arguments) != ["reset"]:
        sys.stderr.write("usage: python -m access reset\n")
        return 2
    try:
        config = Config.from_environment(environ)
        reset(config)
    except (ConfigError, EmbeddedPostgresFailed, OperationalError, DatabaseIsNewer, MigrationBlocked) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(
        "The dashboard's password, second factor, sessions and waits are gone; it opens on this machine.\n"
    )
    if config.dashboard_password is not None:
        sys.stdout.write("DASHBOARD_PASSWORD is set here and stays the password of a bot started with it.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
