"""One PostgreSQL server and one nursery of bots for many plays, and an empty database for each."""

import os
from contextlib import AbstractContextManager
from pathlib import Path

from storage.embedded_postgres import EmbeddedPostgres
from tests.support.databases import Databases
from tests.system.crash.nursery import Nursery

WORKERS = 4 * (os.cpu_count() or 1)  # a play mostly waits


class Bench:
    """Belongs to one folder; to be closed, but for a nursery that it was given."""

    def __init__(self, folder: Path, nursery: Nursery | None = None) -> None:
        self.folder = folder
        self._own_nursery = nursery is None
        self.nursery = nursery or Nursery(folder / "bots.log")
        self.server = EmbeddedPostgres.start(folder)
        self.databases = Databases(self.server.url)

    def database(self) -> AbstractContextManager[str]:
        """Give the address of an empty database."""
        return self.databases.empty()

    def close(self) -> None:
        """End the server."""
        if self._own_nursery:
            self.nursery.close()
        self.databases.close()
        self.server.stop()
