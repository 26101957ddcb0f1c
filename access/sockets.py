"""The open WebSockets: how many there are of each address, and cutting those whose session is over."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Message, Receive, Send

MOST_PER_ADDRESS: Final = 40
MOST: Final = 200
LOOKED_AT_EVERY_SECONDS: Final = 0.5
CLOSE_WITHIN_SECONDS: Final = 2.0
# What a browser is told when it is cut off; Streamlit's page then asks again and is sent to the login page.
POLICY_VIOLATION: Final = 1008
TOO_MANY: Final = 1013


@dataclass(eq=False, slots=True)
class OpenSocket:
    """One open WebSocket, and whether it still may be open."""

    address: str
    may_stay: Callable[[], bool]
    cut: asyncio.Event = field(default_factory=asyncio.Event)


class OpenSockets:
    """All open WebSockets of the server; used by the event loop only."""

    def __init__(self) -> None:
        self._open: set[OpenSocket] = set()
        self._per_address: Counter[str] = Counter()
        self._watch: asyncio.Task[None] | None = None

    def has_room(self, address: str) -> bool:
        """Say whether one more may be opened from an address."""
        return len(self._open) < MOST and self._per_address[address] < MOST_PER_ADDRESS

    @contextmanager
    def entered(self, address: str, may_stay: Callable[[], bool]) -> Iterator[OpenSocket]:
        """Count a WebSocket while it is open and look twice a second whether it still may be."""
        socket = OpenSocket(address, may_stay)
        self._open.add(socket)
        self._per_address[address] += 1
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look(), name="open-sockets")
        try:
            yield socket
        finally:
            self._open.discard(socket)
            self._per_address[address] -= 1
            if not self._per_address[address]:
                del self._per_address[address]

    async def _look(self) -> None:
        while self._open:
            for socket in self._open:
                if not socket.may_stay():
                    socket.cut.set()
            await asyncio.sleep(LOOKED_AT_EVERY_SECONDS)


def cuttable(socket: OpenSocket, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Return the two ends of a WebSocket that ends, for both sides, as soon as it is cut."""
    is_cut = False

    async def receive_or_cut() -> Message:
        nonlocal is_cut
        if is_cut:
            return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
        received = asyncio.ensure_future(receive())
        cut: asyncio.Future[bool] = asyncio.ensure_future(socket.cut.wait())
        try:
            await asyncio.wait((received, cut), return_when=asyncio.FIRST_COMPLETED)
            if not socket.cut.is_set():
                return received.result()
            is_cut = True
        finally:
            cut.cancel()
            if not received.done():
                received.cancel()
        with suppress(RuntimeError, TimeoutError):  # it is closed already, or the other side does not read
            async with asyncio.timeout(CLOSE_WITHIN_SECONDS):
                await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "signed out"})
        return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

    async def send_unless_cut(message: Message) -> None:
        if not (socket.cut.is_set() or is_cut):
            await send(message)

    return receive_or_cut, send_unless_cut
