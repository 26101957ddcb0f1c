"""The whole server, tried from outside: with raw requests, and with pages of somebody else in the same browser."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from access.connections import LARGEST_MESSAGE_BYTES
from tests.browser.conftest import PATIENCE_MILLISECONDS, Colours, Contexts
from tests.browser.raw import handshake, raw
from tests.browser.serving import ROOT, Served, new_folder
from tests.browser.visitors import new_visitor
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery"
NAVIGATION = ("Positions", "New trade", "History", "Activity", "Settings", "Practice")
# Streamlit's reader of messages tries whether it may compile WebAssembly, and does without where it may not.
NOTE_VIOLATIONS = """
    window.violations = [];
    addEventListener("securitypolicyviolation", (e) => {
        if (e.blockedURI !== "wasm-eval") violations.push(`${e.effectiveDirective} ${e.blockedURI}`);
    });
"""


@pytest.fixture(scope="module")
def locked() -> Iterator[Served]:
    """Give a server that a password shuts."""
    application = Served(new_folder(), environment={"DASHBOARD_PASSWORD": PASSWORD})
    application.start()
    yield application
    application.discard()


@pytest.fixture
def page_of_another_site(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Give what serves a page from another port of this machine and returns its address."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def serve(body: str) -> str:
        (tmp_path / "index.html").write_text(f"<!DOCTYPE html><title>Elsewhere</title>{body}")
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Give a browser without any cookie."""
    context = new_visitor(chromium)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield context
    context.close()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/_stcore/health", "/app/static/dashboard.css", "/media/x", "/login"]
)
def test_a_foreign_host_is_told_nothing(served: Served, path: str) -> None:
    for host in ("evil.com", f"evil.com:{served.port}", f"127.0.0.1.evil.com:{served.port}", "0.0.0.0"):
        said = raw(served.port, path, Host=host)

        assert (said.status, "not served under" in said.body) == (421, True)


def test_the_socket_opens_for_its_own_origin_only(served: Served) -> None:
    own = f"http://127.0.0.1:{served.port}"
    foreign = ["http://evil.com", "null", f"http://127.0.0.1:{served.practice_port}", f"http://localhost:{served.port}"]

    opened, connection = handshake(served.port, Origin=own)
    connection.close()
    refused = [handshake(served.port, Origin=origin) for origin in foreign]
    rebound = handshake(served.port, Host=f"evil.com:{served.port}", Origin=f"http://evil.com:{served.port}")

    assert opened.status == 101
    assert [said.status for said, _ in (*refused, rebound)] == [403] * 5
    for _, connection in (*refused, rebound):
        connection.close()


def test_a_message_larger_than_any_page_sends_is_not_even_received(served: Served) -> None:
    own = f"http://127.0.0.1:{served.port}"
    usual, large = BackMsg(), BackMsg()
    usual.rerun_script.query_string = "x" * 100_000

    _, connection = handshake(served.port, Origin=own)
    connection.say(usual.SerializeToString())
    assert connection.close_code() is None
    connection.close()
    _, connection = handshake(served.port, Origin=own)
    connection.say(large.SerializeToString(), announced=LARGEST_MESSAGE_BYTES + 1)

    assert connection.close_code() == 1009
    connection.close()


def test_streamlits_interface_for_programs_is_shut_and_not_offered(served: Served) -> None:
    for path in (
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
        "/_stcore/upload_file/a",
    ):
        assert raw(served.port, path).status == 404
        assert raw(served.port, path, "POST", Content_Length="0").status == 404
    assert "agent" not in raw(served.port, "/").body
    assert "agent" not in raw(served.port, "/index.html", Accept_Encoding="", Range="bytes=0-9000").body


def test_no_page_breaks_the_policy_it_is_sent_under(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.add_init_script(NOTE_VIOLATIONS)
    page.goto(served.url)
    page.get_by_role("button", name="Open a sample trade").click()
    expect(page.get_by_text("Protected").first).to_be_visible()

    for name in NAVIGATION:
        page.get_by_role("link", name=name).first.click()
        expect(page.get_by_role("heading", name=name).first).to_be_visible()
        assert page.evaluate("violations") == []


def test_the_dashboard_is_not_drawn_in_a_frame(
    served: Served, context: BrowserContext, page_of_another_site: Callable[[str], str]
) -> None:
    page = context.new_page()
    page.goto(page_of_another_site(f'<iframe src="{served.url}"></iframe>'))

    page.wait_for_function("document.querySelector('iframe').contentDocument === null")
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]


def test_a_page_of_another_port_can_neither_read_nor_press(
    served: Served, context: BrowserContext, page_of_another_site: Callable[[str], str]
) -> None:
    page = context.new_page()
    page.goto(page_of_another_site(""))

    tried = page.evaluate(
        """async (url) => {
            const socket = await new Promise((done) => {
                const wire = new WebSocket(url.replace("http", "ws") + "/_stcore/stream");
                wire.onopen = () => done("opened");
                wire.onerror = () => done("refused");
            });
            const read = await fetch(url + "/healthz").then((a) => a.text(), (e) => e.name);
            return [socket, read];
        }""",
        served.url,
    )

    assert tried == ["refused", "TypeError"]
    # What a page sends without asking for the answer arrives, and is refused.
    assert raw(served.port, "/access/active", "POST", Origin="http://127.0.0.1:1", Content_Length="0").status == 403


def test_a_name_that_is_bound_to_this_machine_later_reads_nothing(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    name = f"rebound.localhost:{served.port}"  # a browser asks nobody where that is: it is here

    answer = page.goto(f"http://{name}/")
    read = page.evaluate("fetch('/healthz').then((answer) => answer.text())")

    assert answer is not None
    assert answer.status == 421
    assert read.startswith("The dashboard is not served under rebound.localhost.")


def test_without_a_cookie_a_password_shuts_everything_but_one_word_of_health(locked: Served) -> None:
    socket, connection = handshake(locked.port, Origin=locked.url)
    connection.close()
    shut = [
        raw(locked.port, path).status for path in ("/", "/settings", "/_stcore/health", "/app/static/dashboard.css")
    ]
    old = raw(locked.port, "/", Cookie=f"bot_session_{locked.port}=aaaa.bbbb")

    assert raw(locked.port, "/healthz").body == '{"status":"ok"}'
    assert (socket.status, shut, old.status) == (403, [401] * 4, 401)


def test_a_person_signs_in_stays_signed_in_and_is_cut_off_everywhere(locked: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{locked.url}/settings")
    expect(page).to_have_url(f"{locked.url}/login?next=%2Fsettings")
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_have_text("The password is wrong.")
    sign_in(page)
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    [cookie] = [one for one in context.cookies() if one["name"] == f"bot_session_{locked.port}"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Strict", False)

    locked.stop()
    locked.start()
    page.goto(f"{locked.url}/settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()

    said, connection = handshake(locked.port, Origin=locked.url, Cookie=f"{cookie['name']}={cookie['value']}")
    other = context.new_page()
    other.goto(locked.url)
    expect(other.get_by_role("link", name="Positions").first).to_be_visible()
    page.get_by_role("button", name="Log out", exact=True).click()

    expect(other).to_have_url(f"{locked.url}/login?next=%2F")
    expect(page).to_have_url(f"{locked.url}/login?next=%2Fsettings")
    assert said.status == 101
    assert connection.is_cut()
    connection.close()
    assert raw(locked.port, "/", Cookie=f"{cookie['name']}={cookie['value']}").status == 401


@pytest.mark.parametrize(("width", "colours"), [(1440, "light"), (390, "dark")])
def test_the_login_page_fits_and_breaks_no_policy(
    locked: Served, contexts: Contexts, width: int, colours: Colours
) -> None:
    page = contexts(width, colours).new_page()
    page.add_init_script(NOTE_VIOLATIONS)

    page.goto(f"{locked.url}/login")

    expect(page.get_by_label("Password")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("violations") == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 22)"}[colours]
    box = page.get_by_role("button", name="Sign in").bounding_box()
    assert box is not None and box["height"] >= 44
    page.close()


def test_the_lock_is_opened_from_the_machine_itself_while_the_bot_runs(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{served.url}/settings")
    page.get_by_text("Set a password").click()
    page.get_by_label("New password, at least 10 characters").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    environment = {"DATA_DIR": str(served.folder / "data"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "access", "reset"]
    reset = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)

    assert "opens without a password" in reset.stdout
    eventually(lambda: raw(served.port, "/access/state").status == 204)
    page.goto(served.url)
    expect(page.get_by_role("link", name="Settings").first).to_be_visible()


def test_a_preset_called_like_a_picture_fetches_nothing(
    served: Served, context: BrowserContext, page_of_another_site: Callable[[str], str]
) -> None:
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    name = f"![]({page_of_another_site('').removesuffix('/')})"[:24]
    page.goto(f"{served.url}/new_trade")
    page.get_by_role("button", name="Save", exact=False).filter(has_text="bookmark_add").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save this form").click()

    expect(page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("radio", name=name))).to_be_visible()
    expect(page.locator("[data-testid=stMain] img")).to_have_count(0)
    assert [url for url in asked if not url.startswith((served.url, "data:", "blob:"))] == []
