"""What is forwarded is believed for as many proxies as are trusted, and for no more."""

import pytest

from access.proxies import UNTRUSTED_PROXY, Visitor, visitor_of


def test_without_proxies_the_peer_counts() -> None:
    assert visitor_of("192.0.2.7", (), (), hops=0, tls=False) == Visitor("192.0.2.7", "http")
    assert visitor_of("192.0.2.7", (), (), hops=0, tls=True).scheme == "https"


def test_without_trust_what_is_forwarded_names_nobody_and_no_scheme() -> None:
    invented = [
        visitor_of(peer, [address], ["https"], hops=0, tls=False)
        for peer, address in (("127.0.0.1", "192.0.2.7"), ("192.0.2.9", "192.0.2.8"), ("192.0.2.9", "192.0.2.9"))
    ]

    assert set(invented) == {Visitor(UNTRUSTED_PROXY, "http")}


@pytest.mark.parametrize(
    ("hops", "address"),
    [(1, "192.0.2.3"), (2, "192.0.2.2"), (3, "192.0.2.1"), (4, UNTRUSTED_PROXY)],
)
def test_each_trusted_proxy_is_believed_about_the_one_before_it(hops: int, address: str) -> None:
    chain = ["192.0.2.1, 192.0.2.2", "192.0.2.3"]

    assert visitor_of("127.0.0.1", chain, (), hops=hops, tls=False).address == address


def test_the_scheme_is_the_one_that_the_outermost_trusted_proxy_was_spoken_to_with() -> None:
    def scheme(protos: list[str], hops: int) -> str:
        return visitor_of("127.0.0.1", ["192.0.2.1", "192.0.2.2"], protos, hops=hops, tls=False).scheme

    assert scheme(["https"], 1) == "https"
    assert scheme(["http, https"], 1) == "https"
    assert scheme(["https, http"], 2) == "https"
    assert scheme(["gopher"], 1) == "http"


def test_one_machine_cannot_be_many_with_the_addresses_of_its_network() -> None:
    keys = {
        visitor_of(peer, (), (), 0, False).address for peer in ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:0:5::")
    }

    assert keys == {"2001:db8::/64"}
    assert visitor_of("::ffff:192.0.2.1", (), (), 0, False).address == "192.0.2.1"
    assert visitor_of("not an address", (), (), 0, False).address == "unknown"
