"""Client order ids."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.client_ids import (
    ImpossibleClientId,
    ParsedId,
    belongs_to_install,
    client_order_id,
    parse_client_order_id,
)
from domain.terms import Purpose

installs = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=6, max_size=6)


def test_an_id_names_install_position_purpose_and_attempt() -> None:
    assert client_order_id("x7k2p9", 42, Purpose.ENTRY, 1) == "t1-x7k2p9-42-e-1"
    assert client_order_id("x7k2p9", 42, Purpose.INTERIM, 12) == "t1-x7k2p9-42-b-12"


@given(installs, st.integers(1, 10**15 - 1), st.sampled_from(Purpose), st.integers(0, 10**7))
def test_an_id_can_be_read_back_and_pleases_the_exchange(
    install: str, position_id: int, purpose: Purpose, attempt: int
) -> None:
    text = client_order_id(install, position_id, purpose, attempt)

    assert parse_client_order_id(text) == ParsedId(install, position_id, purpose, attempt)
    assert re.fullmatch(r"[\.A-Z\:/a-z0-9_-]{1,36}", text)


@given(st.one_of(st.text(max_size=40), st.from_regex(r"t1-[a-z0-9]{5,7}-[0-9]{1,25}-[a-z]-[0-9]{1,3}", fullmatch=True)))
def test_whatever_is_read_would_be_written_the_same(text: str) -> None:
    parsed = parse_client_order_id(text)

    if parsed is not None:
        assert client_order_id(parsed.install, parsed.position_id, parsed.purpose, parsed.attempt) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "autoclose-123",
        "t1-x7k2p9-42-e",
        "t1-x7k2p9-42-x-1",
        "t1-X7k2p9-42-e-1",
        "t1-x7k2p-42-e-1",
        "t1-x7k2p9-042-e-1",
        "t1-x7k2p9-42-e-1\n",
        "t1-x7k2p9-٤٢-e-1",
        "t1-x7k2p9-1234567890123456789012-e-12",
    ],
)
def test_other_texts_are_not_read(text: str) -> None:
    assert parse_client_order_id(text) is None


@pytest.mark.parametrize(
    ("install", "position_id", "attempt"),
    [("x7k2p", 1, 1), ("X7k2p9", 1, 1), ("x7k2p9", 0, 1), ("x7k2p9", 1, -1), ("x7k2p9", 10**22, 10)],
)
def test_impossible_parts_make_no_id(install: str, position_id: int, attempt: int) -> None:
    with pytest.raises(ImpossibleClientId):
        client_order_id(install, position_id, Purpose.STOP, attempt)


def test_another_install_is_told_apart() -> None:
    text = client_order_id("x7k2p9", 42, Purpose.CLOSE, 1)

    assert belongs_to_install(text, "x7k2p9")
    assert not belongs_to_install(text, "aaaaaa")
    assert not belongs_to_install("autoclose-1", "x7k2p9")
