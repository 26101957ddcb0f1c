"""A line between browser and server on which what the server says comes late, as on a train: one port, one target.

It works on bytes of TCP, so the browser is a browser and the server a server; only the websocket's way down is slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PIECE = 65_536


class SlowLine:
    """Listens at 127.0.0.1:port while it is open and passes everything on to the target port.

    Messages of a websocket from the server wait a random time up to longest_seconds, each at least as long as the one
    before it: they come late, in order, and often several at once.
    """

    def __init__(self, target_port: int, seed: str, longest_seconds: float = 0.0) -> None:
        self.longest_seconds = longest_seconds
        self._target_port = target_port
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="slow line", daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        """Where the dashboard is for somebody at the end of this line."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def opened(self) -> Iterator[SlowLine]:
        """Listen for as long as the block runs."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connected, "127.0.0.1", 0), self._loop
        ).result()
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _hang_up(self) -> None:
        assert self._server is not None
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        ways = (self._up(reader, server_writer), self._down(server_reader, writer))
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(*ways)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(_PIECE):
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        passing = asyncio.create_task(self._pass_on(waiting, writer))
        is_websocket, due = None, 0.0
        while piece := await reader.read(_PIECE):
            if is_websocket is None:
                is_websocket = piece.startswith(b"HTTP/1.1 101")
                wait = 0.0
            else:
                wait = self._random.uniform(0, self.longest_seconds) if is_websocket else 0.0
            due = max(due, self._loop.time() + wait)
            waiting.put_nowait((due, piece))
        waiting.put_nowait((due, b""))
        await passing

    async def _pass_on(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                due, piece = await waiting.get()
                await asyncio.sleep(due - self._loop.time())
                if not piece:
                    return
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()
