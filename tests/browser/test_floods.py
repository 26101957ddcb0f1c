"""Clients who hold connections open neither take the bot's files nor keep anybody else out."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from access.connections import MOST
from tests.browser.raw import raw
from tests.browser.serving import Served, new_folder
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow
OWN_FILES = 150  # of the bot itself; it has some thirty
CUT_WITHIN_SECONDS = 60.0


@pytest.fixture(scope="module")
def locked() -> Iterator[Served]:
    """Give a server that a password shuts and that may open few files at first, as many systems have it."""
    few_files = ("sh", "-c", 'ulimit -S -n 256; exec "$@"', "sh")
    application = Served(new_folder(), environment={"DASHBOARD_PASSWORD": "correct horse battery"}, run_by=few_files)
    application.start()
    yield application
    application.discard()


def open_files(server: Served) -> int:
    return len(list(Path(f"/proc/{server.process_id}/fd").iterdir()))


def log_lines(server: Served) -> int:
    return len(Path(server.folder / "server.log").read_text().splitlines())


def answer_to_a_byte(connection: socket.socket) -> bytes:
    try:
        connection.sendall(b"a")
        return connection.recv(1000)
    except TimeoutError:
        return b""


def test_silent_connections_are_few_and_cut_and_others_are_served(locked: Served) -> None:
    before = log_lines(locked)
    silent = [socket.create_connection(("127.0.0.1", locked.port), timeout=20) for _ in range(MOST + 200)]
    try:
        for number, connection in enumerate(silent):
            if number % 2:
                try:
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Unfinished: ")
                except OSError:
                    continue  # it is cut already

        assert raw(locked.port, "/healthz").body == '{"status":"ok"}'
        assert open_files(locked) <= MOST + OWN_FILES

        eventually(lambda: open_files(locked) <= OWN_FILES, "all of them cut", CUT_WITHIN_SECONDS)
    finally:
        for connection in silent:
            connection.close()
    assert log_lines(locked) - before < 20


def test_a_form_that_arrives_a_byte_at_a_time_is_cut(locked: Served) -> None:
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{locked.port}\r\nContent-Length: 1000\r\n\r\n".encode()
    with closing(socket.create_connection(("127.0.0.1", locked.port), timeout=20)) as connection:
        connection.sendall(head)
        connection.settimeout(0.2)
        said = eventually(lambda: answer_to_a_byte(connection), "an answer", CUT_WITHIN_SECONDS)

    assert said.startswith(b"HTTP/1.1 413")
