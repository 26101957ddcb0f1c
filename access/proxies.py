"""What a request says of the browser behind trusted proxies; without any, what it forwards is not believed."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

UNTRUSTED_PROXY: Final = "a proxy that is not trusted"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from: the key under which its tries are counted, and the scheme that its browser sees."""

    address: str
    scheme: str  # http or https


def visitor_of(
    peer: str | None, forwarded_for: Sequence[str], forwarded_proto: Sequence[str], hops: int, tls: bool
) -> Visitor:
    """Return where a request comes from.

    Args:
        peer: the address at the other end of the connection. The server in front of us replaces it with what a
            program on this machine forwards, so it is used only where nothing is forwarded.
        forwarded_for: the values of X-Forwarded-For, in order.
        forwarded_proto: the values of X-Forwarded-Proto, in order.
        hops: how many proxies in front of the bot are trusted (TRUSTED_PROXY_HOPS); 0 = none.
        tls: whether the bot itself speaks TLS.
    """
    own_scheme = "https" if tls else "http"
    chain = _listed(forwarded_for)
    if not chain:
        return Visitor(_key(peer), _forwarded_scheme(forwarded_proto, hops) or own_scheme)
    if hops == 0 or len(chain) < hops:
        # Whoever adds the header counts together with everybody who does: nothing is won by inventing addresses.
        return Visitor(UNTRUSTED_PROXY, own_scheme)
    return Visitor(_key(chain[-hops]), _forwarded_scheme(forwarded_proto, hops) or own_scheme)


def _listed(values: Sequence[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _forwarded_scheme(values: Sequence[str], hops: int) -> str | None:
    """Return the scheme that the outermost trusted proxy was spoken to with; None when none is trusted or said."""
    if hops == 0:
        return None
    schemes = _listed(values)
    said = schemes[-hops] if len(schemes) >= hops else schemes[0] if schemes else None
    return said if said in ("http", "https") else None


def _key(address: str | None) -> str:
    """Return the key of an address: for IPv6 its network, because one machine has all addresses of it."""
    text = (address or "").strip()
    if text.count(":") == 1:  # IPv4 with a port
        text = text.split(":")[0]
    try:
        parsed = ipaddress.ip_address(text.strip("[]").split("%")[0])
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return "::1" if parsed.is_loopback else str(ipaddress.ip_network((parsed, 64), strict=False))
