"""Which names the dashboard answers to, and which origin may speak to it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.allowed_hosts import is_loopback

_HOST: Final = (
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
)
_HOST_HEADER: Final = re.compile(_HOST)
_ORIGIN_HEADER: Final = re.compile(rf"(?P<scheme>https?)://{_HOST}")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
EVERYWHERE: Final = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104  compared with, never listened on


@dataclass(frozen=True, slots=True)
class Host:
    """What a Host header names: lower-case name or address (IPv6 in brackets), and the port if it says one."""

    name: str
    port: int | None

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


def parse_host(header: str) -> Host | None:
    """Return what a Host header names, None when it is not a plain name with an optional port."""
    return _host(_HOST_HEADER.fullmatch(header))


def is_own_origin(origin: str, scheme: str, host: Host) -> bool:
    """Say whether an Origin header is exactly the scheme, host and port that the request was sent to.

    Args:
        origin: the header; `null` and anything with a path are foreign.
        scheme: http or https, as the browser sees it.
        host: the checked Host header; without a port it means the scheme's own.
    """
    match = _ORIGIN_HEADER.fullmatch(origin)
    named = _host(match)
    if match is None or named is None or match["scheme"] != scheme or named.name != host.name:
        return False
    default = _DEFAULT_PORTS[scheme]
    return (named.port or default) == (host.port or default)


def is_served(host: Host, names: Iterable[str], local_address: str | None) -> bool:
    """Say whether a checked host is one that the dashboard is served under.

    Args:
        host: what the Host header names.
        names: further names beside those of loopback, lower case.
        local_address: the address that the connection came to when the server listens on all of them. It is as good
            as a name on the list: no name that somebody else owns can stand for it. None = do not look at it.
    """
    bare = host.name.strip("[]")
    return is_loopback(host.name) or host.name in names or bare in names or bare == local_address


def _host(match: re.Match[str] | None) -> Host | None:
    if match is None:
        return None
    port = None if match["port"] is None else int(match["port"])
    if port is not None and not 1 <= port <= 65535:
        return None
    return Host(match["name"].lower(), port)
