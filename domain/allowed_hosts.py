"""The only hosts that may be spoken to: this machine, and Binance's venues for test money."""

import ipaddress
import re
from functools import lru_cache

from domain.venues import TEST_HOSTS

# Stricter than the standard: HTTP libraries disagree on where the host of an address with \ or @ in it ends.
_ADDRESS = re.compile(
    r"(?P<scheme>https?|wss?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(?=[/?#]|\Z)", re.IGNORECASE
)


class ForbiddenHost(Exception):
    """The address is not one of a test venue or of this machine: nothing was sent, and nothing may be."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is not allowed: the bot speaks to this machine (127.0.0.1) and to "
            f"{', '.join(sorted(TEST_HOSTS))} only, never to an exchange with real money"
        )
        self.host = host


def require_test_host(url: str) -> None:
    r"""Let an address pass only if it leads to this machine or to a known test venue.

    Args:
        url: absolute http, https, ws or wss address; test venues by https and wss only, for the sake of the keys.

    Raises:
        ForbiddenHost: any other host, an address with a name or password in it, a backslash, or no address at all.
    """
    address = _ADDRESS.match(url)
    # The text behind the host may hold a signature: it is not repeated.
    if address is None or "\\" in url:
        raise ForbiddenHost("an address that cannot be read")
    host = address["host"].lower()
    if is_loopback(host):
        return
    if host not in TEST_HOSTS:
        raise ForbiddenHost(host)
    if address["scheme"].lower() not in ("https", "wss"):
        raise ForbiddenHost(f"{host} without encryption")


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
