"""Parameters and signatures as bytes."""

import pytest

from simulator.errors import ApiError
from simulator.signing import parse_parameters, signature_holds
from tests.simulator.http.client import sign


def test_example_of_the_documentation_holds() -> None:
    secret = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
    query = (
        b"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000"
        b"&timestamp=1591702613943"
    )
    signature = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"

    assert signature_holds(secret, query + b"&signature=" + signature.encode(), b"", signature)
    assert not signature_holds(secret, query.replace(b"quantity=1", b"quantity=2"), b"", signature)


@pytest.mark.parametrize("signed", ["a=x%20y", "a=x y", "a=x+y"])
def test_either_side_of_percent_encoding_may_be_signed(signed: str) -> None:
    sent = signed.replace(" ", "+").encode()

    assert signature_holds("s", sent, b"", sign("s", signed))


def test_signature_that_is_not_ascii_is_merely_wrong() -> None:
    assert not signature_holds("s", b"a=1", b"", "é")


def test_values_are_decoded_and_empty_ones_kept() -> None:
    assert parse_parameters(b"a=%C3%A9+b&c=", b"d=1") == {"a": "é b", "c": "", "d": "1"}


def test_query_wins_over_body_and_a_repeated_name_is_refused() -> None:
    assert parse_parameters(b"a=1", b"a=2&b=3") == {"a": "1", "b": "3"}
    with pytest.raises(ApiError) as refusal:
        parse_parameters(b"", b"a=1&a=1")
    assert refusal.value.code == -1101
