"""WebSocket addresses: routes, stream names and what an opening URL asks for.

Source: Binance USDⓈ-M Futures documentation, page "WebSocket Market Streams → Connect", notice of 2026-03-06.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

_ROUTES = ("public", "market", "private")
_PUBLIC_SUFFIXES = ("@bookTicker", "@depth", "@rpiDepth", "@trade")


@dataclass(frozen=True, slots=True)
class Listening:
    """A listenKey, the only events wanted of it, None when none are named, and whether it stood in the path."""

    key: str
    events: frozenset[str] | None
    in_path: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """What a socket's URL asks for; route is None on the old unrouted paths."""

    path: str
    route: str | None
    combined: bool
    streams: tuple[str, ...] = ()
    keys: tuple[Listening, ...] = ()


def parse_opening(path: str, query: str) -> Opening | None:
    """Return what a URL asks for, None when no socket lives there."""
    pieces = [unquote(piece) for piece in path.split("/") if piece]
    route = pieces.pop(0) if pieces and pieces[0] in _ROUTES else None
    if not pieces or pieces[0] not in ("ws", "stream"):
        return None
    combined = pieces.pop(0) == "stream"
    names = list(pieces)
    keys: list[Listening] = []
    for name, value in parse_qsl(query):
        if name == "streams":
            names += [stream for stream in value.split("/") if stream]
        elif name == "listenKey":
            keys.append(Listening(value, None))
        elif name == "events" and keys:
            keys[-1] = Listening(keys[-1].key, frozenset(event for event in value.split("/") if event))
    if route == "private":
        keys += [Listening(name, None, in_path=True) for name in names]
        names = []
    return Opening(path, route, combined, tuple(names), tuple(keys))


def delivers(route: str | None, stream: str, strict: bool) -> bool:
    """Return whether a stream is delivered on a route.

    The unrouted paths carry the public streams only; with strict false every route carries every stream.
    """
    if not strict:
        return True
    return ("public" if _is_public(stream) else "market") == (route or "public")


def looks_like_listen_key(name: str) -> bool:
    """Return whether a subscription on a private socket names a listenKey rather than a stream."""
    return "@" not in name and not name.startswith("!")


def _is_public(stream: str) -> bool:
    return stream == "!bookTicker" or any(suffix in stream for suffix in _PUBLIC_SUFFIXES)
