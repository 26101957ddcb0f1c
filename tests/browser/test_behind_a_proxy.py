"""Behind a real nginx: TLS is the proxy's, the WebSocket goes through it, and nobody can invent an address."""

import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.browser.nginx import find_nginx, nginx_in_front
from tests.browser.serving import Served, new_folder
from tests.browser.visitors import new_visitor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_nginx() is None, reason="no nginx here: python -m tests.browser.nginx fetches it"),
]
PASSWORD = "correct horse battery"
NAME = "bot.localhost"  # a name that browsers find on this machine by themselves


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a dashboard as nginx serves it."""
    environment = {"DASHBOARD_PASSWORD": PASSWORD, "ALLOWED_HOSTS": NAME, "TRUSTED_PROXY_HOPS": "1"}
    application = Served(new_folder(), environment=environment)
    application.start()
    with nginx_in_front(application.port, tmp_path_factory.mktemp("nginx")) as port:
        deadline = time.monotonic() + 20
        while status(f"https://127.0.0.1:{port}", "/healthz", Host=f"{NAME}:{port}") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"https://{NAME}:{port}"
    application.discard()


def status(address: str, path: str, form: dict[str, str] | None = None, **headers: str) -> int:
    """Ask nginx at its address of this machine."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    data = None if form is None else urllib.parse.urlencode(form).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address + path, data=data, headers=named)
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), NoRedirect())
    try:
        return int(opener.open(request, timeout=20).status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Gives answers as they come."""

    def redirect_request(self, *_: object) -> None:
        return None


def test_a_person_signs_in_over_tls_and_the_page_lives(proxied: str, chromium: Browser) -> None:
    context = new_visitor(chromium, ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = context.new_page()
    page.goto(f"{proxied}/history")

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="History").first).to_be_visible()
    expect(page.locator(".status .word")).to_have_text("Trading")
    assert page.url == f"{proxied}/history"
    [cookie] = [one for one in context.cookies() if one["name"].startswith("bot_session_")]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    context.close()


def test_a_name_that_is_not_on_the_list_is_not_served_through_it_either(proxied: str) -> None:
    address = proxied.replace(NAME, "127.0.0.1")

    assert status(address, "/healthz", Host="evil.com") == 421
    assert status(address, "/login", Host=NAME, Origin="https://evil.com") == 403


def test_an_invented_address_does_not_get_around_the_waits(proxied: str) -> None:
    address, host = proxied.replace(NAME, "127.0.0.1"), proxied.removeprefix("https://")

    # Each wrong try takes as long as the machine lets it: the wait doubles until one comes too early.
    answers: list[int] = []
    while len(answers) < 15 and 429 not in answers:
        headers = {"Host": host, "Origin": proxied, "X_Forwarded_For": f"198.51.100.{len(answers)}"}
        answers.append(status(address, "/login", {"password": "wrong"}, **headers))

    assert answers[-1] == 429, answers
