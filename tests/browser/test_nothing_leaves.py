"""Nothing leaves the machine and nobody is asked where anything is, whatever the environment and a visitor say."""

import json
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.browser.raw import handshake, raw
from tests.browser.serving import Served, new_folder
from tests.browser.visitors import new_visitor
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery"
# Tells every look-up and every connection of the process, before it is made.
WATCH = """
import json, os, sys
def note(event, arguments, file=os.environ["WATCHED_BY"]):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"):
        calls = [event, str(arguments[0])]
    elif event in ("socket.connect", "socket.sendto"):
        calls = [event, str(arguments[1][0] if isinstance(arguments[1], tuple) else "")]
    else:
        return
    with open(file, "a") as log:
        log.write(json.dumps(calls) + "\\n")
sys.addaudithook(note)
"""
# By name or number: this machine, or where to listen on it.
HERE = re.compile(r"127(\.\d+){3}|::1|localhost|0\.0\.0\.0|::|None|")


class Trap:
    """A proxy that nobody is to use: counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.visitors: list[bytes] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            with visitor:
                self.visitors.append(visitor.recv(1000))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


@pytest.fixture
def watched(tmp_path: Path, trap: Trap) -> Iterator[Served]:
    """Give a server that listens everywhere, told to use a proxy and a .netrc, whose every connection is noted."""
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    (tmp_path / ".netrc").write_text("default login somebody password a-password-of-netrc\n")
    (tmp_path / ".netrc").chmod(0o600)
    proxy = f"http://127.0.0.1:{trap.port}"
    proxies = {
        name: proxy for scheme in ("http", "https", "all") for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    }
    own = {
        "DASHBOARD_PASSWORD": PASSWORD,
        "PYTHONPATH": str(tmp_path),
        "WATCHED_BY": str(tmp_path / "watched"),
        "HOME": str(tmp_path),
        "NETRC": str(tmp_path / ".netrc"),
        "HOST": "0.0.0.0",
        "no_proxy": "",
        "NO_PROXY": "",
    }
    strace = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
    run_by = [*strace, "-o", str(tmp_path / "calls")] if shutil.which("strace") else []
    application = Served(new_folder(), environment=proxies | own, address="0.0.0.0", run_by=run_by)
    application.start()
    yield application
    application.discard()


def test_no_address_is_looked_up_and_nothing_leaves(
    watched: Served, trap: Trap, tmp_path: Path, chromium: Browser
) -> None:
    for origin in ("http://evil.example", "https://evil.example:443", "http://192.0.2.1", "null"):
        for host in (f"127.0.0.1:{watched.port}", f"evil.example:{watched.port}", "192.0.2.1"):
            said, connection = handshake(watched.port, Origin=origin, Host=host)
            connection.close()
            assert said.status in (403, 421)
            assert raw(watched.port, "/healthz", Host=host, Origin=origin).status in (403, 421)
    page = new_visitor(chromium).new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.goto(watched.url)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Open a sample trade").click()
    expect(page.get_by_text("Protected").first).to_be_visible()
    page.context.close()
    watched.stop()

    calls = [json.loads(line) for line in (tmp_path / "watched").read_text().splitlines()]
    assert ["socket.connect", "127.0.0.1"] in calls  # it watched
    assert [(event, where) for event, where in calls if not HERE.fullmatch(where)] == []
    assert trap.visitors == []
    assert calls_abroad(tmp_path / "calls") == []


def calls_abroad(file: Path) -> list[str]:
    """Return the system calls of the server and its children, by strace if it is here, that name another machine."""
    if not file.exists():
        return []
    calls = eventually(
        lambda: [line for line in file.read_text().splitlines() if "sin_addr" in line or "sin6_addr" in line]
    )
    here = re.compile(r'inet_addr\("127\.|inet_addr\("0\.0\.0\.0"|inet_pton\(AF_INET6, "(::1|::|::ffff:127\.[0-9.]+)"')
    return [line for line in calls if not here.search(line) or "htons(53)" in line]
