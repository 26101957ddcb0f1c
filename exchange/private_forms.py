"""Under which addresses an account's events can be asked for: the documents name several, and not all may be heard."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from exchange.user_events import WANTED_EVENTS


class KeyPlace(StrEnum):
    """Where the listen key stands."""

    QUERY = "query"  # with the wanted events by name
    PATH = "path"
    QUERY_UNNAMED = "query_unnamed"  # naming no events


@dataclass(frozen=True, slots=True)
class PrivateForm:
    """One way to ask: a host and a place for the key."""

    stream_url: str
    key_place: KeyPlace

    def address(self, listen_key: str) -> str:
        """Return the address that is connected to."""
        match self.key_place:
            case KeyPlace.PATH:
                return f"{self.stream_url}/private/ws/{listen_key}"
            case KeyPlace.QUERY_UNNAMED:
                return f"{self.stream_url}/private/ws?listenKey={listen_key}"
            case KeyPlace.QUERY:
                events = "/".join(WANTED_EVENTS)
                return f"{self.stream_url}/private/ws?listenKey={listen_key}&events={events}"


# Which of them serves keys of the test exchanges is contested. Source: Binance USDⓈ-M Futures documentation, "General
# Info" of May 2026 and of later.
_HOSTS: Final = ("wss://fstream.binancefuture.com", "wss://demo-fstream.binance.com")


def private_forms(stream_url: str) -> tuple[PrivateForm, ...]:
    """Return the forms to try, the likeliest first: both places of the key, at the given host before any other.

    Without events by name nothing may be heard where the others are, so that form is never tried.
    """
    given = stream_url.rstrip("/")
    hosts = [given, *(host for host in _HOSTS if given in _HOSTS and host != given)]
    return tuple(PrivateForm(host, place) for host in hosts for place in (KeyPlace.QUERY, KeyPlace.PATH))
