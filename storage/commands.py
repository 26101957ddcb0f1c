"""The database as commands of the machine open it, e.g. `python -m access reset`."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from config import Config
from storage.connections import THOROUGH, create_database_engine, sessions
from storage.dumps import copy_before_migration
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import migrate
from storage.private_files import keep_files_private


@contextmanager
def opened_database(config: Config, name: str) -> Iterator[sessionmaker[Session]]:
    """Give sessions on the bot's database, its tables up to date; the embedded one is started and ended with it.

    Args:
        config: where the database is.
        name: what its connections are called.

    Raises:
        StartRefused: the database cannot be used.
    """
    keep_files_private()
    embedded = None if config.database_url else EmbeddedPostgres.start(config.data_dir)
    try:
        url = config.database_url or (embedded.url if embedded else "")
        engine = create_database_engine(url, name, pool_size=1, limits=THOROUGH)
        try:
            migrate(engine, copy_before_migration(embedded, config.data_dir) if embedded else None)
            yield sessions(engine)
        finally:
            engine.dispose()
    finally:
        if embedded is not None:
            embedded.stop()
