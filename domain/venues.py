"""The venues that can be traded on, all of them with test money: names, account families, addresses."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit


class Venue(StrEnum):
    """Where orders go; testnet and demo are two hosts of one account family."""

    PRACTICE = "practice"
    TESTNET = "testnet"
    DEMO = "demo"

    @property
    def family(self) -> str:
        """`practice` or `binance test`: testnet and demo lead to the same accounts."""
        return "practice" if self is Venue.PRACTICE else "binance test"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return _LABELS[self]


@dataclass(frozen=True, slots=True)
class VenueAddresses:
    """Where a venue answers, without a path."""

    rest_url: str
    stream_url: str


_LABELS: Final = {Venue.PRACTICE: "Practice", Venue.TESTNET: "Binance testnet", Venue.DEMO: "Binance demo"}

# Source: Binance USDⓈ-M Futures documentation, "General Info" (testnet and demo trading base addresses).
BINANCE_ADDRESSES: Final = {
    Venue.TESTNET: VenueAddresses("https://testnet.binancefuture.com", "wss://fstream.binancefuture.com"),
    Venue.DEMO: VenueAddresses("https://demo-fapi.binance.com", "wss://demo-fstream.binance.com"),
}

# Source: Binance USDⓈ-M Futures documentation, "General Info" and "Websocket Market Streams" (testnet, demo trading).
TEST_HOSTS: Final = frozenset(
    {
        "testnet.binancefuture.com",
        "demo-fapi.binance.com",
        "demo-dapi.binance.com",  # read for what keeps the account from hedge mode
        "fstream.binancefuture.com",
        "stream.binancefuture.com",
        "demo-fstream.binance.com",
    }
)


def addresses_of(venue: Venue, practice_port: int) -> VenueAddresses:
    """Return where a venue answers; the practice exchange does on this machine, at practice_port."""
    practice = VenueAddresses(f"http://127.0.0.1:{practice_port}", f"ws://127.0.0.1:{practice_port}")
    return BINANCE_ADDRESSES.get(venue, practice)


def venue_at(url: str | None) -> Venue | None:
    """Return the Binance venue that an address belongs to, None for an address on this machine."""
    host = None if url is None else urlsplit(url).hostname
    if host not in TEST_HOSTS:
        return None
    return Venue.DEMO if host.startswith("demo-") else Venue.TESTNET
