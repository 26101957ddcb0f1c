"""A request as it arrived and a reply as it is to leave."""

import json
from dataclasses import dataclass

from simulator.faults import FaultRule
from simulator.request_log import RequestEntry


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; connected_at is when its connection was opened, monotonic seconds."""

    method: str
    path: str
    query: bytes
    body: bytes
    api_key: str | None
    address: str
    connected_at: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back, and the fault that it may meet on its way; when lost, the connection is cut instead."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    entry: RequestEntry
    rule: FaultRule | None = None
    lost: bool = False


def encode(content: object) -> bytes:
    """Return content as compact JSON bytes."""
    return json.dumps(content, separators=(",", ":")).encode()
