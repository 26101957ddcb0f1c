"""A whole journey with every kind of secret in it, after which none is found anywhere but where it belongs."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyotp
import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from storage.embedded_postgres import EmbeddedPostgres
from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.browser.seeing import go_to
from tests.browser.serving import Served, new_folder
from tests.browser.test_keys import facts, give_keys
from tests.browser.visitors import new_visitor
from tests.notifications.receiver import Receiver
from tests.support.practice import PracticeExchange

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
KEY, KEY_SECRET = "journey-api-key-4d1c", "journey-api-secret-77aa"
REFUSED_KEY, REFUSED_SECRET = "journey-refused-key-90ff", "journey-refused-secret-31bb"
PASSWORD, WRONG_PASSWORD = "journey correct horse battery", "journey wrong password 5150"
HOOK, PING = "journey-hook-token-c0de", "journey-ping-token-f00d"
TYPED = [KEY, KEY_SECRET, REFUSED_KEY, REFUSED_SECRET, PASSWORD, WRONG_PASSWORD, HOOK, PING]


@dataclass
class Wire:
    """What went over the WebSockets of a page, each message as text that can be searched."""

    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("websocket", self._note)

    def _note(self, wire: WebSocket) -> None:
        wire.on("framesent", lambda payload: self.sent.append(_text(payload)))
        wire.on("framereceived", lambda payload: self.received.append(_text(payload)))


def _text(payload: str | bytes) -> str:
    return payload if isinstance(payload, str) else payload.decode("utf-8", "replace")


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[PracticeExchange]:
    """Give what stands in for the testnet; what it keeps of the keys is its own."""
    exchange = PracticeExchange(
        tmp_path / "exchange.state", "--prices", "hold", "--seed", "1", "--account", f"{KEY}:{KEY_SECRET}:2500"
    )
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture
def server(exchange: PracticeExchange) -> Iterator[Served]:
    own = {"EXCHANGE": "testnet", "BINANCE_FUTURES_URL": exchange.url, "BINANCE_STREAM_URL": exchange.stream_url}
    application = Served(new_folder(), environment=own, run_by=())
    application.start(ready=lambda health: health.get("state") == "NO_KEYS")
    yield application
    application.discard()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as receiver:
        yield receiver


def test_no_secret_of_a_journey_is_found_anywhere(
    server: Served, exchange: PracticeExchange, receiver: Receiver, chromium: Browser, tmp_path: Path
) -> None:
    context = new_visitor(chromium)
    page, wire, seen = context.new_page(), Wire(), list[str]()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    wire.watch(page)

    page.goto(f"{server.url}/settings")
    give_keys(page, REFUSED_KEY, REFUSED_SECRET)
    expect(page.get_by_text("These keys were not saved")).to_be_visible()
    seen.append(looked_at(page))
    sent_before = len(wire.sent)
    give_keys(page, KEY, KEY_SECRET)
    expect(page.get_by_text("Your keys work")).to_be_visible()
    expect(facts(page)).to_contain_text(f"ends in {KEY[-4:]}")
    seen.append(looked_at(page))
    assert found([REFUSED_KEY, REFUSED_SECRET], wire.sent[sent_before:]) == []

    add_channel_and_ping(page, receiver)
    seen.append(looked_at(page))
    sent_before = len(wire.sent)
    trade(page, exchange)
    files = exported(page, tmp_path)
    seen.append(looked_at(page))
    assert found([KEY, KEY_SECRET, HOOK, PING], wire.sent[sent_before:]) == []

    phone = lock(page, server)
    secret, codes = phone
    seen.append(looked_at(page))
    [cookie] = [one["value"] for one in context.cookies() if one["name"].startswith("bot_session")]

    everything = [*TYPED, secret, *codes, *(code.replace("-", "") for code in codes), cookie]
    assert found(TYPED, seen) == []
    assert found([*TYPED, cookie], wire.received) == []
    assert found(everything, files) == []
    assert found([secret, *codes, cookie], wire.sent) == []
    assert found(everything, processes(server)) == []
    assert found(everything, [dump(server, tmp_path)]) == []
    server.stop()
    assert found(everything, kept_files(server.folder)) == []
    assert receiver.paths.count(f"/{HOOK}") >= 1
    assert f"/{PING}" in receiver.paths
    context.close()


def add_channel_and_ping(page: Page, receiver: Receiver) -> None:
    page.get_by_text("Add a channel").click()
    page.get_by_role("textbox", name="Address", exact=True).fill(f"json://127.0.0.1:{receiver.port}/{HOOK}")
    page.get_by_text("The receiver is on this machine or in my home network").first.click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Press Send a test to see whether it arrives.")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("Look whether it has arrived")).to_be_visible()
    page.get_by_text("Ping while alive").click()
    page.get_by_role("textbox", name="Ping address").fill(f"http://127.0.0.1:{receiver.port}/{PING}")
    page.get_by_text("The receiver is on this machine or in my home network").last.click()
    page.get_by_role("button", name="Try and save").click()
    expect(page.get_by_text("It answered.")).to_be_visible()


def trade(page: Page, exchange: PracticeExchange) -> None:
    go_to(page, "New trade")
    expect(page.get_by_text("Ready to open")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Open LONG")).click()
    expect(page.locator(".position").first).to_contain_text("Protected")
    account = exchange.control("ledger")["accounts"][KEY]
    [target] = [row for row in account["algoOrders"] if row["orderType"] == "TAKE_PROFIT_MARKET"]
    exchange.control("price", {"symbol": target["symbol"], "price": target["triggerPrice"]})
    expect(page.get_by_text("Closed by take-profit").first).to_be_visible()


def exported(page: Page, folder: Path) -> list[str]:
    go_to(page, "History")
    page.get_by_role("button", name="Export").click()
    files = []
    for name in ("CSV, for any program", "Excel"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        download.value.save_as(folder / name)
        files.append((folder / name).read_bytes().decode("utf-8", "replace"))
    page.keyboard.press("Escape")
    return files


def lock(page: Page, server: Served) -> tuple[str, list[str]]:
    """Set a password, sign in, add a phone; return its secret and the recovery codes."""
    go_to(page, "Settings")
    page.get_by_text("Set a password").click()
    page.get_by_label("New password, at least 10 characters").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for password in (WRONG_PASSWORD, PASSWORD):
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Settings").first).to_be_visible()
    page.goto(f"{server.url}/settings")
    page.get_by_text("Add a code from your phone").click()
    secret = page.locator("p > code").first.inner_text().replace(" ", "")
    page.get_by_label("Code it shows now").fill(pyotp.TOTP(secret).now())
    page.get_by_label("Present password").last.fill(PASSWORD)
    page.get_by_role("button", name="Add", exact=True).last.click()
    expect(page.get_by_text("Write these recovery codes down")).to_be_visible()
    codes = page.locator("[data-testid=stCode]").inner_text().split()
    assert len(codes) == 10
    go_to(page, "History")
    expect(page.get_by_text("Write these recovery codes down")).to_have_count(0)
    return secret, codes


def looked_at(page: Page) -> str:
    """Return the page and what stands in its fields, once they are drawn anew after the last press."""
    fields = "[...document.querySelectorAll('input, textarea')].map((field) => field.value)"
    page.wait_for_function(f"(typed) => !{fields}.some((value) => typed.some((one) => value.includes(one)))", arg=TYPED)
    fields = page.evaluate(fields)
    return str(page.content()) + " ".join(fields)


def processes(server: Served) -> list[str]:
    """Return what everybody may read of the bot and of what it started, and their environments."""
    own = psutil.Process(server.process_id)
    database = psutil.Process(int((server.folder / "data/postgres/postmaster.pid").read_text().split()[0]))
    every = [own, *own.children(recursive=True), database, *database.children()]
    return [
        Path(f"/proc/{one.pid}/{name}").read_bytes().decode("utf-8", "replace")
        for one in every
        for name in ("cmdline", "environ")
    ]


def dump(server: Served, folder: Path) -> str:
    """Return the database as text."""
    database = EmbeddedPostgres.start(server.folder / "data")
    try:
        with (folder / "dump.sql").open("wb") as written:
            database.run("pg_dump", stdout=written, timeout=60)
    finally:
        database.stop()
    text = (folder / "dump.sql").read_text()
    assert "COPY public.api_credentials" in text
    return text


def kept_files(folder: Path) -> list[str]:
    """Return every file of the bot: logs, the database's own, dumps."""
    return [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]


def found(secrets: list[str], texts: list[str]) -> list[str]:
    """Return which of the secrets are in one of the texts."""
    return [secret for secret in secrets if any(secret in text for text in texts)]


def test_something_would_be_found() -> None:
    assert found(["needle", "thread"], ["hay", f"a needle at {socket.gethostname()}"]) == ["needle"]
