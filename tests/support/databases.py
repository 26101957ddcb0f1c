"""Databases with all tables, empty, as many as tests want: each is emptied after its test and lent again."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import Connection, create_engine, make_url, text

from storage.all_tables import Base
from storage.connections import create_database_engine
from storage.migration import migrate

# Nothing here has to survive a power cut.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
TEMPLATE = "template_bot"
ENDED_WITHIN_SECONDS = 10.0
TABLES = [table.name for table in reversed(Base.metadata.sorted_tables)]
EMPTIED = (
    "SET session_replication_role = replica",  # no trigger sums up what goes
    "; ".join(f"DELETE FROM {table}" for table in TABLES),
    "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence",
    f"VACUUM {', '.join(TABLES)}",
)
# What a test can do to the tables themselves.
SHAPE = """
    SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM pg_attribute),
        (SELECT count(*) FROM pg_depend)
"""

_MIGRATING = threading.Lock()  # Alembic keeps what it works on in its modules


class Databases:
    """The databases of one server; for several threads.

    To make one and drop it is ten times the work of emptying it: a third of a second.
    """

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._administrator = create_engine(server_url, isolation_level="AUTOCOMMIT")
        self._numbers = count(1)
        self._kept: list[str] = []
        with self._administrator.connect() as connection:
            for name, setting in FAST_SETTINGS.items():
                connection.execute(text(f"ALTER SYSTEM SET {name} = {setting}"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        template = create_database_engine(self._address(TEMPLATE), "template")
        with _MIGRATING:
            migrate(template)
        with template.connect() as connection:
            self._shape = connection.execute(text(SHAPE)).one()
        template.dispose()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Give the address of a database with all tables and no rows, under a name that none had before."""
        try:
            name = self._kept.pop()
        except IndexError:
            name = self._made(TEMPLATE)
        try:
            yield self._address(name)
        finally:
            if emptied := self._emptied(name):
                self._kept.append(emptied)

    @contextmanager
    def without_tables(self) -> Iterator[str]:
        """Give the address of a database without tables."""
        name = self._made("template1")
        yield self._address(name)
        with self._administrator.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    def close(self) -> None:
        """Leave the server."""
        self._administrator.dispose()

    def _made(self, template: str) -> str:
        name = self._new_name()
        with self._administrator.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
        return name

    def _emptied(self, old_name: str) -> str | None:
        """Return the new name of a database, empty again; what the test left running knows only the old one.

        None when the test changed the tables themselves: the database is dropped.
        """
        name = self._new_name()
        with self._administrator.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {old_name} ALLOW_CONNECTIONS false"))
            _end_sessions(connection, old_name)
            connection.execute(text(f"ALTER DATABASE {old_name} RENAME TO {name}"))
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
            database = create_engine(self._address(name), isolation_level="AUTOCOMMIT")
            with database.connect() as inside:
                same = inside.execute(text(SHAPE)).one() == self._shape
                for statement in EMPTIED if same else ():
                    inside.execute(text(statement))
            database.dispose()
            if not same:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        return name if same else None

    def _new_name(self) -> str:
        return f"test_{next(self._numbers)}"

    def _address(self, database: str) -> str:
        return make_url(self._server_url).set(database=database).render_as_string(hide_password=False)


def _end_sessions(connection: Connection, database: str) -> None:
    # Told how long to wait, PostgreSQL looks only every tenth of a second.
    ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :database")
    give_up_at = time.monotonic() + ENDED_WITHIN_SECONDS
    while connection.execute(ended, {"database": database}).all():
        assert time.monotonic() < give_up_at, f"somebody still uses {database}"
        time.sleep(0.002)
