"""What a web page of somebody else, open in the same browser, can do to the practice exchange: nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import QUIET_CHROMIUM
from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient

REBOUND = "rebound.test"  # a name of somebody else's that leads to this machine
STREAM = "/market/ws/btcusdt@markPrice@1s"

# Every way a page has of sending something to another origin; each yields what it got to see, or "nothing".
ATTEMPTS = """async ([url, stream]) => {
  const price = '{"symbol":"BTCUSDT","price":"1.0"}';
  const seen = {};
  const late = () => new Promise((done) => setTimeout(() => done('no end'), 10000));
  const attempt = async (name, act) => {
    try { seen[name] = await Promise.race([act(), late()]) } catch (error) { seen[name] = 'nothing' }
  };
  const event = (target, good, bad) => new Promise((done) => {
    for (const name of good) target.addEventListener(name, () => done('something'));
    for (const name of bad) target.addEventListener(name, () => done('nothing'));
  });
  await attempt('read', async () => (await fetch(url + '/control/ledger')).text());
  await attempt('read prices', async () => (await fetch(url + '/fapi/v1/premiumIndex')).text());
  await attempt('read blindly', async () => (await fetch(
    url + '/control/ledger', {mode: 'no-cors'})).text().then((text) => text || 'nothing'));
  await attempt('write text', async () => (await fetch(
    url + '/control/price', {method: 'POST', mode: 'no-cors', body: price})).text().then((text) => text || 'nothing'));
  await attempt('write json', async () => (await fetch(
    url + '/control/price', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: price})).text());
  await attempt('order', async () => (await fetch(
    url + '/fapi/v1/listenKey', {method: 'POST', headers: {'X-MBX-APIKEY': 'practice'}})).text());
  await attempt('beacon', async () => { navigator.sendBeacon(url + '/control/price', price); return 'nothing' });
  await attempt('form', async () => {
    const frame = Object.assign(document.createElement('iframe'), {name: 'target'});
    document.body.append(frame);
    const form = document.body.appendChild(document.createElement('form'));
    Object.assign(form, {method: 'POST', action: url + '/control/price', enctype: 'text/plain', target: 'target'});
    const field = form.appendChild(document.createElement('input'));
    Object.assign(field, {name: '{"symbol":"BTCUSDT","price":"1.0","x":"', value: '"}'});
    const loaded = event(frame, ['load'], ['error']);
    form.submit();
    await loaded;
    try { return frame.contentDocument.body.innerText || 'nothing' } catch (error) { return 'nothing' }
  });
  for (const kind of ['img', 'script', 'iframe']) await attempt(kind, async () => {
    const element = document.createElement(kind);
    const loaded = event(element, kind === 'iframe' ? [] : ['load'], ['error', 'load']);
    element.src = url + '/control/ledger';
    document.body.append(element);
    return await loaded;
  });
  await attempt('events', async () => await event(new EventSource(url + '/control/ledger'), ['open'], ['error']));
  await attempt('socket', async () => await event(
    new WebSocket(url.replace('http', 'ws') + stream), ['open'], ['error']));
  return seen;
}"""

pytestmark = pytest.mark.slow


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Somebody else's page</title><body></body>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
        return


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """Give the port of a server of somebody else's pages."""
    server = HTTPServer(("127.0.0.1", 0), _Blank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Give a Chromium that finds a foreign name on this machine."""
    with sync_playwright() as playwright:
        rule = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"
        yield playwright.chromium.launch(executable_path=chromium_path, args=[*QUIET_CHROMIUM, rule])


@pytest.fixture(scope="module")
def exchange() -> Iterator[BareClient]:
    with running("simulator", "--port", "0", "--prices", "hold") as (url, _):
        yield BareClient(url)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def price(exchange: BareClient) -> Any:
    return exchange.send("GET", "/fapi/v1/premiumIndex", symbol="BTCUSDT").json()["markPrice"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", REBOUND])
def test_a_page_of_another_origin_neither_reads_nor_writes(
    page: Page, exchange: BareClient, elsewhere: int, name: str
) -> None:
    before = price(exchange)
    exchange.control("POST", "/reset")
    page.goto(f"http://{name}:{elsewhere}/")

    seen = page.evaluate(ATTEMPTS, [exchange.url, STREAM])

    assert len(seen) == 13
    assert {what: got for what, got in seen.items() if got != "nothing"} == {}
    assert exchange.control("GET", "/ledger")["requests"] == []
    assert exchange.control("GET", "/state")["sockets"] == {"public": 0, "market": 0, "private": 0, "unrouted": 0}
    assert price(exchange) == before


def test_a_page_whose_name_leads_here_neither_reads_nor_writes(page: Page, exchange: BareClient) -> None:
    before = price(exchange)
    exchange.control("POST", "/reset")
    address = f"http://{REBOUND}:{urlsplit(exchange.url).port}"
    page.goto(f"{address}/control/ledger")  # same origin for the browser: only the name gives it away

    shown = page.inner_text("body")
    seen = page.evaluate(ATTEMPTS, [address, STREAM])

    assert "is not served as" in shown
    assert [(what, got) for what, got in seen.items() if got != "nothing" and "is not served as" not in got] == []
    assert exchange.control("GET", "/ledger")["requests"] == []
    assert price(exchange) == before


def test_the_browsers_own_address_line_may_look(page: Page, exchange: BareClient) -> None:
    page.goto(f"{exchange.url}/fapi/v1/time")

    assert "serverTime" in page.inner_text("body")
    assert "serverTime" in page.evaluate("async () => (await fetch('/fapi/v1/time')).text()")
