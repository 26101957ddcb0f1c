"""One PostgreSQL server and one nursery of bots for many plays, and a fresh database for each."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from database import create_database_engine, migrate
from embedded_postgres import EmbeddedPostgres
from tests.crash.nursery import Nursery

TEMPLATE = "template_bot"
WORKERS = 4 * (os.cpu_count() or 1)  # a play mostly waits


class Bench:
    """Belongs to one folder; to be closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nursery = Nursery(folder / "bots.log")
        self.server = EmbeddedPostgres.start(folder)
        self.administrator = create_engine(self.server.url, isolation_level="AUTOCOMMIT")
        with self.administrator.connect() as connection:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        template = create_database_engine(self._address(TEMPLATE), "template")
        migrate(template)
        template.dispose()

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """Give the address of a fresh database."""
        with self.administrator.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"))
        try:
            yield self._address(name)
        finally:
            with self.administrator.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    def _address(self, database: str) -> str:
        return make_url(self.server.url).set(database=database).render_as_string(hide_password=False)

    def close(self) -> None:
        """End the server."""
        self.nursery.close()
        self.administrator.dispose()
        self.server.stop()
