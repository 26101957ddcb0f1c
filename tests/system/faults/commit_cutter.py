"""A line to PostgreSQL that can be cut at the worst moment: the server has committed, and its answer never arrives."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

CHUNK = 65536


class CommitCutter:
    """Passes everything on between a bot and a server on a Unix socket, until it is told to cut."""

    def __init__(self, database_url: str) -> None:
        address = make_url(database_url)
        self._server = str(Path(str(address.query["host"])) / ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        through = address.set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
        self.url = through.render_as_string(hide_password=False)
        self._statement: bytes | None = None
        self._done = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> "CommitCutter":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def cut_next_commit_of(self, statement: str) -> None:
        """Swallow the answer to the next COMMIT of a transaction with that statement, and end its connection."""
        self._done.clear()
        self._statement = statement.encode()

    def has_cut(self) -> bool:
        """Whether it has happened."""
        return self._done.is_set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                bot, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                line = _Line(bot, server)
                threading.Thread(target=self._to_server, args=(line,), daemon=True).start()
                threading.Thread(target=self._to_bot, args=(line,), daemon=True).start()

    def _to_server(self, line: "_Line") -> None:
        with suppress(OSError):
            while said := line.bot.recv(CHUNK):
                with self._lock:
                    if self._statement is not None and self._statement in said:
                        line.has_statement = True
                    if line.has_statement and said.endswith(b"COMMIT\0") and self._statement is not None:
                        line.cutting, self._statement = True, None
                    if said.endswith((b"COMMIT\0", b"ROLLBACK\0")):
                        line.has_statement = False
                line.server.sendall(said)
        line.end()

    def _to_bot(self, line: "_Line") -> None:
        with suppress(OSError):
            while said := line.server.recv(CHUNK):
                if line.cutting:
                    self._done.set()
                    break
                line.bot.sendall(said)
        line.end()


class _Line:
    """One connection of the bot, and its other half to the server."""

    def __init__(self, bot: socket.socket, server: socket.socket) -> None:
        self.bot, self.server = bot, server
        self.has_statement = False
        self.cutting = False

    def end(self) -> None:
        for half in (self.bot, self.server):
            with suppress(OSError):
                half.shutdown(socket.SHUT_RDWR)
