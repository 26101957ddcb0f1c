"""The way of an answer back to its client, whole or as a fault has it.

A fault acts while the client waits, until its seconds are over, somebody takes the rule away or the client goes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

from simulator import hostile_bodies
from simulator.connections import Connection
from simulator.fault_kinds import Kind
from simulator.faults import FaultRule
from simulator.messages import Reply

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_GZIP = (b"content-encoding", b"gzip")
_Header = tuple[bytes, bytes]


async def send_whole(send: Send, status: int, headers: Iterable[_Header], body: bytes) -> None:
    """Send an answer and its length."""
    await _begin(send, status, headers, len(body))
    await send({"type": "http.response.body", "body": body})


async def deliver(reply: Reply, connection: Connection, send: Send) -> None:
    """Send a reply the way its fault wants it, and note in the request log whether all of it left."""
    way = _Way(reply, connection, send)
    if reply.rule is None:
        await way.whole()
    else:
        with reply.rule.at_work():
            await way.of(reply.rule)


@dataclass(frozen=True, slots=True)
class _Way:
    reply: Reply
    connection: Connection
    send: Send

    async def of(self, rule: FaultRule) -> None:
        match rule.kind:
            case Kind.DELAY:
                await self._pause(rule, rule.seconds)
                await self.whole()
            case Kind.DRIP:
                await self._drip(rule)
            case Kind.STALL_HEADERS:
                await self._stall(rule)
            case Kind.TRUNCATE:
                await self._truncate(rule)
            case Kind.CORRUPT_GZIP:
                await self.whole(hostile_bodies.damaged_gzip(self.reply.body), _GZIP)
            case Kind.GZIP_BOMB:
                await self.whole(hostile_bodies.gzip_bomb(), _GZIP)
            case Kind.DEEP_JSON:
                await self.whole(hostile_bodies.deep_json())
            case Kind.MANY_ROWS:
                await self._stream(rule, hostile_bodies.many_rows(self.reply.body))
            case Kind.ENDLESS:
                await self._stream(rule, hostile_bodies.endless())
            case Kind.DEAD_KEEPALIVE:
                self.connection.fall_silent()
                await self._pause(rule, rule.seconds or None)
                self.connection.reset()
                await self.connection.lost.wait()
            case _ if self.reply.lost:
                self.connection.abort()
                await self.connection.lost.wait()
            case _:
                await self.whole()

    async def whole(self, body: bytes | None = None, *further: _Header) -> None:
        if self.connection.is_closing():
            return
        body = self.reply.body if body is None else body
        await send_whole(self.send, self.reply.status, (*self.reply.headers, *further), body)
        self._note_sent()

    async def _drip(self, rule: FaultRule) -> None:
        body = self.reply.body
        await _begin(self.send, self.reply.status, self.reply.headers, len(body))
        for at in range(len(body) - 1):
            await self._send_part(body[at : at + 1])
            await self._pause(rule, rule.seconds)
            if self.connection.is_closing():
                return
            if rule.ended.is_set():
                body = body[at + 1 :]
                break
        else:
            body = body[-1:]
        await self.send({"type": "http.response.body", "body": body})
        self._note_sent()

    async def _stall(self, rule: FaultRule) -> None:
        self.connection.hold()
        await send_whole(self.send, self.reply.status, self.reply.headers, self.reply.body)
        answer = self.connection.take_held()
        middle = (answer.index(b"\r\n\r\n") + 4) // 2
        self.connection.write(answer[:middle])
        await self._pause(rule, rule.seconds or None)
        if not self.connection.is_closing():
            self.connection.write(answer[middle:])
            self.connection.close_if_asked()
            self._note_sent()

    async def _truncate(self, rule: FaultRule) -> None:
        body = self.reply.body
        left = min(int(len(body) * float(rule.fraction)), len(body) - 1)
        await _begin(self.send, self.reply.status, self.reply.headers, len(body))
        await self._send_part(body[:left])
        self.connection.close()
        await self.connection.lost.wait()

    async def _stream(self, rule: FaultRule, chunks: Iterable[bytes]) -> None:
        """Send chunks without saying how many, as quickly as the client takes them."""
        ending = asyncio.create_task(self._cut_after(rule))
        try:
            await _begin(self.send, self.reply.status, self.reply.headers, None)
            for chunk in chunks:
                await self._send_part(chunk)
                await asyncio.sleep(0)  # others are served in between
                if self.connection.is_closing():
                    return
            await self.send({"type": "http.response.body", "body": b""})
            self._note_sent()
        finally:
            ending.cancel()

    async def _cut_after(self, rule: FaultRule) -> None:
        await rule.ended.wait()
        self.connection.reset()

    async def _pause(self, rule: FaultRule, seconds: float | None) -> None:
        await first_of(seconds, rule.ended, self.connection.lost)

    async def _send_part(self, part: bytes) -> None:
        await self.send({"type": "http.response.body", "body": part, "more_body": True})

    def _note_sent(self) -> None:
        self.reply.entry.answered = True


async def first_of(seconds: float | None, *events: asyncio.Event) -> None:
    """Wait until one of the events happens, for at most that many seconds; None sets no limit."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def _begin(send: Send, status: int, headers: Iterable[_Header], length: int | None) -> None:
    """Send the headers; a body of unknown length is framed in chunks by the server."""
    framing = () if length is None else ((b"content-length", str(length).encode()),)
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *framing]})
