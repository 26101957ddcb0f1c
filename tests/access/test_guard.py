"""Nothing behind the guard is reached by a foreign name, a foreign origin or somebody who has not signed in."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.types import Message

from access.guard import Guard
from access.limits import LARGEST_BODY
from access.listening import Listening
from access.sockets import MOST_PER_ADDRESS
from config import Config
from runtime import RuntimeNotStarted
from services.access.access import Access
from tests.access.asking import HERE, Behind, ask, guarded, scope_of
from tests.services.building import Clock

PASSWORD = "correct horse battery"
EVERY_ROUTE = (
    "/",
    "/settings",
    "/_stcore/stream",
    "/_stcore/health",
    "/_stcore/host-config",
    "/app/static/dashboard.css",
    "/static/js/index.js",
    "/media/abc.csv",
    "/component/x",
    "/access/state",
    "/login",
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(session_factory: sessionmaker[Session], clock: Clock) -> Access:
    access = Access(Config(database_url="postgresql://unused"), session_factory, clock)
    access.start()
    return access


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def guard(access: Access, behind: Behind) -> Guard:
    return guarded(behind, Config(), access)


@pytest.fixture
def sign_in(access: Access) -> Callable[[], str]:
    """Give what signs in and returns the cookie's header."""

    def signed_in() -> str:
        access.set_password("", PASSWORD) if not access.is_locked else None
        cookie = access.sign_in("127.0.0.1", "a browser", PASSWORD, "").cookie
        assert cookie is not None
        return f"other=1; {HERE.cookie_name}={cookie}"

    return signed_in


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.com"},
        {"host": "evil.com:8501", "origin": "http://evil.com:8501"},
        {"host": ""},
        {"origin": "http://evil.com"},
        {"origin": "http://127.0.0.1:8502"},
        {"origin": "https://127.0.0.1:8501"},
        {"origin": "http://localhost:8501"},
        {"origin": "null"},
        {"x_forwarded_for": "192.0.2.1"},
    ],
)
def test_a_foreign_name_or_origin_reaches_nothing(guard: Guard, behind: Behind, headers: dict[str, str]) -> None:
    for path, kind in product((*EVERY_ROUTE, "/healthz"), ("http", "websocket")):
        answer = ask(guard, scope_of(path, **headers) | {"type": kind})

        assert answer.status in (403, 421), (path, kind)
        assert behind.reached == [], (path, kind)


def test_two_hosts_or_two_origins_are_refused(guard: Guard, behind: Behind) -> None:
    for name in (b"host", b"origin"):
        scope = scope_of(origin="http://127.0.0.1:8501")
        scope["headers"] += [(name, value) for key, value in scope["headers"] if key == name]

        assert ask(guard, scope).status in (403, 421)
    assert behind.reached == []


def test_behind_the_guard_host_and_origin_are_the_same_text(guard: Guard, behind: Behind) -> None:
    ask(guard, scope_of(host="LocalHost:8501", origin="http://localhost:8501"))
    ask(guard, scope_of(host="localhost:80", origin="http://localhost"))

    names = [dict(scope["headers"])[b"host"] for scope in behind.reached]
    assert names == [b"localhost:8501", b"localhost"]


def test_names_of_the_environment_are_served_once_there_is_a_password(
    access: Access, behind: Behind, sign_in: Callable[[], str]
) -> None:
    guard = guarded(behind, Config(allowed_hosts=("bot.example.com",)), access)
    asks = scope_of(host="bot.example.com", origin="http://bot.example.com")

    without_password = ask(guard, asks)
    cookie = sign_in()
    signed_in = ask(guard, scope_of(host="bot.example.com", cookie=cookie))

    assert (without_password.status, signed_in.status) == (403, 200)
    assert "Set a password" in without_password.body


def test_listening_everywhere_without_a_password_only_this_machine_comes_in(access: Access, behind: Behind) -> None:
    guard = guarded(behind, Config(host="0.0.0.0"), access, Listening("0.0.0.0", 8501))

    from_here = ask(guard, scope_of())
    from_elsewhere = [
        ask(guard, scope_of(host=host) | {"server": ("192.168.1.20", 8501)})
        for host in ("192.168.1.20:8501", "127.0.0.1:8501")
    ]

    assert from_here.status == 200
    assert [answer.status for answer in from_elsewhere] == [403, 403]


def test_without_a_session_a_password_shuts_every_route(guard: Guard, behind: Behind, access: Access) -> None:
    access.set_password("", PASSWORD)

    for path in EVERY_ROUTE:
        page = ask(guard, scope_of(path, accept="text/html"))
        program = ask(guard, scope_of(path, cookie=f"{HERE.cookie_name}=made.up"))
        socket = ask(guard, scope_of(path) | {"type": "websocket"})

        assert behind.reached == [], path
        assert page.status in (200, 303, 401) and "behind" not in page.body, path
        assert program.status in (200, 401) and "behind" not in program.body, path
        assert socket.status == 403, path
        if path not in ("/login", "/access/state"):
            assert page.header("location") == f"/login?next={path.replace('/', '%2F')}"


def test_healthz_is_reached_and_is_told_who_asks(
    guard: Guard, behind: Behind, access: Access, sign_in: Callable[[], str]
) -> None:
    ask(guard, scope_of("/healthz"))
    cookie = sign_in()
    ask(guard, scope_of("/healthz"))
    ask(guard, scope_of("/healthz", cookie=cookie))

    assert [scope["signed_in"] for scope in behind.reached] == [True, False, True]


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
        "/_stcore/agent/openapi.json",
        "/settings/_stcore/agent/mcp",
        "/_stcore/agent",
        "/_stcore/upload_file/session/file",
        "/_stcore/metrics",
    ],
)
def test_routes_that_no_page_uses_are_shut(guard: Guard, behind: Behind, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(guard, scope_of(path, method)).status == 404, method
        assert behind.reached == [], method


def test_a_large_body_is_refused_announced_or_not(guard: Guard, behind: Behind) -> None:
    announced = ask(guard, scope_of(method="POST", content_length=str(LARGEST_BODY + 1)))
    lies = ask(guard, scope_of(method="POST", content_length="-1"))
    streamed = ask(guard, scope_of(method="POST"), *[b"x" * 1024] * (LARGEST_BODY // 1024 + 1))
    fits = ask(guard, scope_of(method="POST"), b"x" * LARGEST_BODY)

    assert [answer.status for answer in (announced, lies, streamed, fits)] == [413, 413, 413, 200]


def test_every_answer_carries_the_headers_and_no_permission_for_other_origins(guard: Guard) -> None:
    for answer in (ask(guard, scope_of()), ask(guard, scope_of(host="evil.com")), ask(guard, scope_of("/login"))):
        assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")
        assert "unsafe-eval" not in (answer.header("content-security-policy") or "")
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") in ("no-referrer", "same-origin")
        assert answer.header("access-control-allow-origin") is None


def test_until_the_bot_has_started_everything_waits(behind: Behind) -> None:
    def not_yet() -> None:
        raise RuntimeNotStarted("not yet")

    guard = Guard(behind, listening=lambda: HERE, runtime=not_yet)  # type: ignore[arg-type]

    assert ask(guard, scope_of("/healthz")).status == 503
    assert ask(guard, scope_of() | {"type": "websocket"}).status == 403
    assert behind.reached == []


@pytest.mark.parametrize(
    ("following", "leads_to"),
    [
        ("/history?range=7d", "/history?range=7d"),
        ("//evil.com", "/"),
        ("/\\evil.com", "/"),
        ("https://evil.com", "/"),
        ("/login", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_back_to_a_page_of_ours(guard: Guard, access: Access, following: str, leads_to: str) -> None:
    access.set_password("", PASSWORD)
    form = f"username=dashboard&password={PASSWORD.replace(' ', '+')}&next=".encode()
    form += following.encode().replace(b"?", b"%3F").replace(b"\r\n", b"%0D%0A")

    answer = ask(guard, scope_of("/login", "POST", origin="http://127.0.0.1:8501"), form)

    assert (answer.status, answer.header("location")) == (303, leads_to)


def test_the_cookie_is_for_this_host_alone_and_secure_behind_tls(access: Access, behind: Behind) -> None:
    access.set_password("", PASSWORD)
    guard = guarded(behind, Config(trusted_proxy_hops=1), access)
    form = f"password={PASSWORD.replace(' ', '+')}".encode()

    plain = ask(guard, scope_of("/login", "POST"), form).header("set-cookie") or ""
    forwarded = scope_of("/login", "POST", x_forwarded_for="192.0.2.1", x_forwarded_proto="https")
    secure = ask(guard, forwarded, form).header("set-cookie") or ""

    assert plain.startswith(f"{HERE.cookie_name}=")
    assert plain.endswith("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict")
    assert secure.endswith("; HttpOnly; SameSite=Strict; Secure")


def test_wrong_tries_wait_longer_and_longer(guard: Guard, access: Access, clock: Clock) -> None:
    access.set_password("", PASSWORD)

    def attempt(password: bytes) -> tuple[int, str | None]:
        answer = ask(guard, scope_of("/login", "POST"), b"password=" + password)
        return answer.status, answer.header("retry-after")

    answers = [attempt(b"wrong") for _ in range(5)]
    right_but_early = attempt(PASSWORD.replace(" ", "+").encode())
    clock.pass_seconds(1)
    right = attempt(PASSWORD.replace(" ", "+").encode())

    assert [status for status, _ in answers] == [403, 403, 403, 403, 429]
    assert right_but_early == (429, "2")
    assert right[0] == 303


def test_a_page_of_another_site_that_links_here_is_asked_to_load_again(guard: Guard, access: Access) -> None:
    access.set_password("", PASSWORD)

    answer = ask(guard, scope_of("/history", accept="text/html", sec_fetch_site="cross-site"))

    assert answer.status == 200
    assert 'http-equiv="refresh"' in answer.body


def test_the_login_page_has_the_fields_that_a_password_manager_knows(guard: Guard, access: Access) -> None:
    access.set_password("", PASSWORD)

    page = ask(guard, scope_of("/login?next=%2Fhistory")).body

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'name="next" value="/history"' in page
    assert "script" not in page
    assert "one-time-code" not in page


class Wire:
    """The browser's end of a WebSocket through the guard."""

    def __init__(self, guard: Guard, cookie: str = "") -> None:
        self.sent: list[Message] = []
        self._answered = asyncio.Event()
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        scope = scope_of("/_stcore/stream", cookie=cookie) | {"type": "websocket"}
        self.served = asyncio.create_task(guard(scope, self._incoming.get, self._send))

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        self._answered.set()

    async def opened(self) -> bool:
        await self._answered.wait()
        accepted: bool = self.sent[0]["type"] == "websocket.accept"
        return accepted

    async def leave(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.served


Ending = Callable[[Access, Clock], object]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda access, _: access.sign_out(access.status(None).sessions[0].id), id="logged out"),
        pytest.param(lambda access, _: access.sign_out_everywhere(), id="logged out everywhere"),
        pytest.param(lambda access, _: access.set_password(PASSWORD, "another password"), id="password changed"),
        pytest.param(lambda _, clock: clock.pass_seconds(timedelta(hours=9).total_seconds()), id="idle"),
        pytest.param(lambda _, clock: clock.pass_seconds(timedelta(days=31).total_seconds()), id="expired"),
    ],
)
def test_an_open_socket_is_cut_when_its_session_ends(
    guard: Guard, access: Access, clock: Clock, sign_in: Callable[[], str], end: Ending
) -> None:
    cookie = sign_in()

    async def story() -> Message:
        wire = Wire(guard, cookie)
        assert await wire.opened()
        await asyncio.to_thread(end, access, clock)
        async with asyncio.timeout(20):
            await wire.served
        assert not await Wire(guard, cookie).opened()
        return wire.sent[-1]

    assert asyncio.run(story())["type"] == "websocket.close"
    assert ask(guard, scope_of(cookie=cookie)).status == 401


def test_a_password_that_is_set_cuts_those_who_came_without(guard: Guard, access: Access) -> None:
    async def story() -> Message:
        wire = Wire(guard)
        assert await wire.opened()
        await asyncio.to_thread(access.set_password, "", PASSWORD)
        async with asyncio.timeout(20):
            await wire.served
        return wire.sent[-1]

    assert asyncio.run(story())["type"] == "websocket.close"


def test_one_address_opens_no_more_sockets_than_a_person_has_pages(guard: Guard) -> None:
    async def story() -> tuple[list[bool], bool]:
        wires = [Wire(guard) for _ in range(MOST_PER_ADDRESS)]
        opened = [await wire.opened() for wire in wires]
        one_more = await Wire(guard).opened()
        await asyncio.gather(*(wire.leave() for wire in wires))
        again = Wire(guard)
        assert await again.opened()
        await again.leave()
        return opened, one_more

    opened, one_more = asyncio.run(story())

    assert all(opened)
    assert not one_more


def test_a_press_keeps_a_session_that_ticks_alone_would_lose(
    guard: Guard, access: Access, clock: Clock, sign_in: Callable[[], str]
) -> None:
    cookie = sign_in()
    hours = timedelta(hours=5).total_seconds()

    clock.pass_seconds(hours)
    ask(guard, scope_of("/settings", cookie=cookie))
    pressed = ask(guard, scope_of("/access/active", "POST", cookie=cookie))
    clock.pass_seconds(hours)
    still = ask(guard, scope_of("/access/state", cookie=cookie))
    ask(guard, scope_of("/settings", cookie=cookie))
    clock.pass_seconds(hours)
    idle = ask(guard, scope_of("/access/state", cookie=cookie))

    assert (pressed.status, still.status, idle.status) == (204, 204, 401)
