"""Whatever a request holds, the guard answers in words: nothing that is not meant so reaches what stands behind."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from services.access.access import Access
from tests.access.asking import Behind, asked, guarded, scope_of
from tests.services.building import Clock

ODD = (
    "",
    " ",
    "NaN",
    "1e400",
    "9" * 5000,
    "-1",
    "١٢٣",
    "\x00",
    "\x1b",
    "\xff",
    "%",
    "%00",
    "..",
    "//",
    "\\",
    "null",
    "[",
    "[::1",
    ":",
)
HEADER = st.one_of(st.sampled_from(ODD), st.text(st.characters(max_codepoint=255), max_size=60)).map(
    lambda text: text.encode("latin-1", "replace")
)
FIXTURES = [HealthCheck.function_scoped_fixture]


@pytest.fixture
def access(session_factory: sessionmaker[Session]) -> Access:
    access = Access(Config(database_url="postgresql://unused"), session_factory, Clock())
    access.start()
    access.set_password("", "correct horse battery")
    return access


@pytest.mark.parametrize(
    "name",
    ["host", "origin", "cookie", "content-length", "x-forwarded-for", "x-forwarded-proto", "accept", "if-none-match"],
)
@given(value=HEADER)
@settings(max_examples=250, deadline=None, suppress_health_check=FIXTURES)
def test_no_header_lets_anybody_in_or_is_a_fault(access: Access, name: str, value: bytes) -> None:
    behind = Behind()
    guard = guarded(behind, Config(trusted_proxy_hops=1), access)
    scope = scope_of("/history")
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != name.encode()] + [(name.encode(), value)]

    answer = asyncio.run(asked(guard, scope))

    assert answer.status in (200, 303, 401, 403, 413, 421)
    assert behind.reached == []


@given(cookie=st.text(st.characters(max_codepoint=255), max_size=200))
@settings(max_examples=250, deadline=None, suppress_health_check=FIXTURES)
def test_no_invented_cookie_is_a_session(access: Access, cookie: str) -> None:
    assert access.session_of(cookie) is None


@given(
    form=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda field, value: f"{field}={value}".encode("utf-8", "replace"),
            st.sampled_from(["password", "code", "next", "username"]),
            st.one_of(st.sampled_from(ODD), st.text(max_size=40)),
        ),
    )
)
@settings(max_examples=250, deadline=None, suppress_health_check=FIXTURES)
def test_no_form_signs_in_without_the_password_or_is_a_fault(access: Access, form: bytes) -> None:
    guard = guarded(Behind(), Config(), access)

    answer = asyncio.run(asked(guard, scope_of("/login", "POST"), form))

    assert answer.status in (403, 413, 429)
    assert answer.header("set-cookie") is None


@given(path=st.text(max_size=60), query=st.text(st.characters(max_codepoint=127), max_size=60))
@settings(max_examples=250, deadline=None, suppress_health_check=FIXTURES)
def test_no_path_leads_past_the_login_or_away_from_here(access: Access, path: str, query: str) -> None:
    behind = Behind()
    scope = scope_of(accept="text/html") | {"path": f"/{path}", "query_string": query.encode()}

    answer = asyncio.run(asked(guarded(behind, Config(), access), scope))

    assert all(scope["path"] == "/healthz" for scope in behind.reached)
    assert answer.status in (200, 303, 401, 404)
    if answer.status == 303:
        assert (answer.header("location") or "").startswith(("/login", "/"))
        assert not (answer.header("location") or "").startswith("//")


def test_more_fields_than_the_page_has_are_refused(access: Access) -> None:
    guard = guarded(Behind(), Config(), access)
    many = "&".join(f"next{number}=1" for number in range(30))

    asks = [(scope_of(f"/login?{many}"), b""), (scope_of("/login", "POST"), many.encode())]

    assert [asyncio.run(asked(guard, scope, body)).status for scope, body in asks] == [413, 413]
