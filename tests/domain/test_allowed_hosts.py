import pytest

from domain.allowed_hosts import ForbiddenHost, require_test_host


def may_be_spoken_to(url: str) -> bool:
    try:
        require_test_host(url)
    except ForbiddenHost:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8600/fapi/v1/time",
        "ws://localhost:8600/private/ws?listenKey=a",
        "http://[::1]:8600",
        "HTTPS://Demo-FAPI.binance.com/fapi/v1/order?signature=x",
        "https://testnet.binancefuture.com",
        "wss://fstream.binancefuture.com/market/stream?streams=a@b",
    ],
)
def test_this_machine_and_test_venues_pass(url: str) -> None:
    assert may_be_spoken_to(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://fapi.binance.com/fapi/v1/order",
        "https://api.binance.com/sapi/v1/account",
        "wss://fstream.binance.com/private/ws",
        "https://demo-fapi.binance.com.evil.example/",
        "https://evil.example/demo-fapi.binance.com",
        "https://demo-fapi.binance.com@evil.example/",
        "https://evil.example\\@127.0.0.1/",
        "https://127.0.0.1\\.evil.example/",
        "https://demo-fapi.binance.com:pass@evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://2130706433/",
        "http://192.168.0.1/",
        "http://0.0.0.0:8600/",
        "ftp://127.0.0.1/",
        "127.0.0.1:8600",
        " http://127.0.0.1",
        "",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    assert not may_be_spoken_to(url)


def test_test_venues_need_encryption() -> None:
    with pytest.raises(ForbiddenHost, match="without encryption"):
        require_test_host("http://demo-fapi.binance.com/fapi/v1/order")


def test_refusal_repeats_no_signature() -> None:
    with pytest.raises(ForbiddenHost) as refusal:
        require_test_host("https://fapi.binance.com/fapi/v1/order?signature=abc123")

    assert "abc123" not in str(refusal.value)
