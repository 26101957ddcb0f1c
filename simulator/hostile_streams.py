"""What a socket suffers from the outside of its streams: silence without an end, or more than anybody can keep."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Coroutine, Iterator

from simulator.connections import Connection
from simulator.delivery import first_of
from simulator.fault_kinds import Kind
from simulator.faults import FaultRule

_UNSENT_BYTES = 1 << 20  # more waits for the client to take some
_SYMBOLS_PER_EVENT = 100
_PART = b" " * 65_536

_TEXT, _BEGUN, _GOES_ON = b"\x81", b"\x01", b"\x00"  # first byte of a frame: a whole message, its begin, a further part


async def half_open(rule: FaultRule, connection: Connection) -> None:
    """Send and hear nothing any more until the client goes; when the rule is taken away, reset the connection."""
    connection.fall_silent()
    with rule.at_work():
        await first_of(None, rule.ended, connection.lost)
    connection.reset()


async def flood(rule: FaultRule, connection: Connection) -> None:
    """Send mark prices of ever new symbols until the rule's time is over; the socket goes on afterwards."""
    await _pour(rule, connection, _new_symbols())


async def endless(rule: FaultRule, connection: Connection) -> None:
    """Send parts of one message until the rule's time is over; then reset the connection."""
    begin = _framed(_BEGUN, b"[")
    await _pour(rule, connection, itertools.chain([begin], itertools.repeat(_framed(_GOES_ON, _PART))))
    connection.reset()


WAYS: dict[Kind, Callable[[FaultRule, Connection], Coroutine[None, None, None]]] = {
    Kind.HALF_OPEN: half_open,
    Kind.WS_FLOOD: flood,
    Kind.WS_ENDLESS: endless,
}


async def _pour(rule: FaultRule, connection: Connection, frames: Iterator[bytes]) -> None:
    with rule.at_work():
        for frame in frames:
            connection.write(frame)
            await asyncio.sleep(0)  # others are served in between
            while connection.get_write_buffer_size() > _UNSENT_BYTES and not _over(rule, connection):
                await first_of(0.01, rule.ended, connection.lost)
            if _over(rule, connection):
                return


def _over(rule: FaultRule, connection: Connection) -> bool:
    past = rule.until is not None and time.monotonic() >= rule.until
    return past or rule.ended.is_set() or connection.is_closing()


def _new_symbols() -> Iterator[bytes]:
    for first in itertools.count(0, _SYMBOLS_PER_EVENT):
        now_ms = time.time_ns() // 1_000_000
        rows = [_mark_price(f"NEW{first + number}USDT", now_ms) for number in range(_SYMBOLS_PER_EVENT)]
        yield _framed(_TEXT, json.dumps(rows, separators=(",", ":")).encode())


def _mark_price(symbol: str, now_ms: int) -> dict[str, object]:
    prices = dict.fromkeys(("p", "ap", "i", "P"), "1.00000000")
    return {"e": "markPriceUpdate", "E": now_ms, "s": symbol, **prices, "r": "0.00010000", "T": now_ms}


def _framed(first_byte: bytes, payload: bytes) -> bytes:
    """Return a WebSocket frame of a server, its length in eight bytes unless it is short."""
    if len(payload) < 126:
        return first_byte + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return first_byte + b"\x7e" + len(payload).to_bytes(2, "big") + payload
    return first_byte + b"\x7f" + len(payload).to_bytes(8, "big") + payload
