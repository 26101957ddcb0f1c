"""Names and origins are compared as a browser means them, and nothing that is not plain passes."""

import pytest

from access.hosts import Host, is_own_origin, is_served, parse_host


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("127.0.0.1:8501", Host("127.0.0.1", 8501)),
        ("LOCALHOST", Host("localhost", None)),
        ("[::1]:8501", Host("[::1]", 8501)),
        ("bot.example.com:443", Host("bot.example.com", 443)),
    ],
)
def test_a_plain_host_is_read(header: str, host: Host) -> None:
    assert parse_host(header) == host


@pytest.mark.parametrize(
    "header",
    [
        "",
        " 127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:8501:1",
        "127.0.0.1:8501@evil.com",
        "127.0.0.1/",
        "127.0.0.1#evil.com",
        "127.0.0.1\\evil.com",
        "127.0.0.1,evil.com",
        "127.0.0.1\n",
        "::1",
        "localhost.",
        "лocalhost",
        "a" * 300,
    ],
)
def test_anything_else_is_no_host(header: str) -> None:
    assert parse_host(header) is None


@pytest.mark.parametrize(
    ("origin", "scheme", "host"),
    [
        ("http://127.0.0.1:8501", "http", Host("127.0.0.1", 8501)),
        ("http://localhost", "http", Host("localhost", 80)),
        ("https://bot.example.com", "https", Host("bot.example.com", None)),
        ("https://bot.example.com:443", "https", Host("bot.example.com", None)),
    ],
)
def test_the_own_origin_may_leave_out_the_port_of_its_scheme(origin: str, scheme: str, host: Host) -> None:
    assert is_own_origin(origin, scheme, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://127.0.0.1:8502",
        "http://127.0.0.1",
        "https://127.0.0.1:8501",
        "http://localhost:8501",
        "http://127.0.0.1:8501.evil.com",
        "http://127.0.0.1:8501/",
        "http://me@127.0.0.1:8501",
        "file://127.0.0.1:8501",
        "http://127.0.0.1:8501 http://evil.com",
    ],
)
def test_every_other_origin_is_foreign(origin: str) -> None:
    assert not is_own_origin(origin, "http", Host("127.0.0.1", 8501))


def test_only_loopback_and_the_names_given_are_served() -> None:
    names = {"bot.example.com", "fd00::5"}

    served = [
        name
        for name in ("localhost", "127.0.0.1", "127.8.8.8", "[::1]", "bot.example.com", "[fd00::5]")
        if is_served(Host(name, None), names, None)
    ]
    refused = [
        name
        for name in ("evil.com", "evil.bot.example.com", "0.0.0.0", "192.168.1.20", "localhost.evil.com", "[::2]")
        if is_served(Host(name, None), names, None)
    ]

    assert len(served) == 6
    assert refused == []


def test_listening_everywhere_the_address_that_was_reached_is_a_name() -> None:
    assert is_served(Host("192.168.1.20", 8501), (), "192.168.1.20")
    assert not is_served(Host("192.168.1.21", 8501), (), "192.168.1.20")
