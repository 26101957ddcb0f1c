"""Venues: whose accounts they lead to, where they answer, and that all of them are test money."""

import pytest

from domain.venues import BINANCE_ADDRESSES, TEST_HOSTS, Venue, addresses_of, venue_at


def test_testnet_and_demo_lead_to_the_same_accounts() -> None:
    assert Venue.TESTNET.family == Venue.DEMO.family != Venue.PRACTICE.family


def test_the_practice_exchange_answers_on_this_machine() -> None:
    addresses = addresses_of(Venue.PRACTICE, 8600)

    assert (addresses.rest_url, addresses.stream_url) == ("http://127.0.0.1:8600", "ws://127.0.0.1:8600")


def test_every_address_is_a_known_test_host() -> None:
    for venue, addresses in BINANCE_ADDRESSES.items():
        for url in (addresses.rest_url, addresses.stream_url):
            assert url.split("//")[1] in TEST_HOSTS
            assert venue_at(url) is venue


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:8600", "https://fapi.binance.com", "https://demo-evil.com"])
def test_no_other_address_is_a_venue_of_binance(url: str | None) -> None:
    assert venue_at(url) is None
