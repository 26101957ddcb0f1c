"""The exchange's streams, kept connected for ever, and the one of mark prices.

python-binance has sockets of its own; they give up for good after a few reconnects, spin when their queue is full and
ignore an expired listen key. So each stream here is one thread with one asyncio loop over the websockets library:
one hand-over less between wire and callback than its threaded client, and a stop is a cancellation.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from websockets.asyncio.client import ClientConnection, connect

from domain.allowed_hosts import require_test_host
from exchange.answers import Unreadable, parsed
from exchange.gate import RequestGate
from exchange.wire import Json

log = logging.getLogger(__name__)
# At debug level the library would log addresses, and with them the listen key.
socket_log = logging.getLogger(f"{__name__}.socket")
socket_log.setLevel(logging.INFO)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 10.0  # a connection that lived this long starts the pauses afresh
OPEN_SECONDS = 5.0
CLOSE_SECONDS = 1.0
PING_SECONDS = 10.0
GATE_LOOK_SECONDS = 0.2
STOP_SECONDS = 1.8
MARK_SILENCE_SECONDS = 5.0
LARGEST_MESSAGE_BYTES = 2 * 1024 * 1024  # mark prices of every symbol come in one message of some 200 KB
MOST_SYMBOLS = 3000  # a venue lists fewer than a thousand
LONGEST_SYMBOL = 40


@dataclass(frozen=True, slots=True)
class StreamState:
    """How a stream is doing; last_message_age_seconds is None before the first message."""

    connected: bool
    connected_at: datetime | None
    last_message_age_seconds: float | None
    reconnects: int
    deaf: bool = False  # open, and silent though something happened that it had to tell


class _StraightConnect(connect):
    """Connects to the given address and nowhere else: the library would follow redirects to any host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Treat every redirect as the failure it is."""
        return exc


class Stream:
    """A connection that a thread of its own opens again whenever it ends, until stopped."""

    def __init__(self, name: str, stream_url: str, compression: str | None, gate: RequestGate | None) -> None:
        require_test_host(stream_url)
        self._gate = gate
        self._name = name
        self._base_url = stream_url.rstrip("/")
        self._compression = compression
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = threading.Event()
        self._connected_at: datetime | None = None
        self._message_at: float | None = None
        self._connections = 0

    def start(self) -> None:
        """Start connecting, in the background; a stream runs once."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the connection and end the thread, within two seconds; no callback comes after that."""
        self._stopping.set()
        if self._thread is None or self._loop is None:
            return
        with suppress(RuntimeError):  # the loop has closed already
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(STOP_SECONDS)

    def state(self) -> StreamState:
        """Return how the stream is doing."""
        connected_at, message_at = self._connected_at, self._message_at
        return StreamState(
            connected=connected_at is not None,
            connected_at=connected_at,
            last_message_age_seconds=None if message_at is None else time.monotonic() - message_at,
            reconnects=max(self._connections - 1, 0),
        )

    def _cancel(self) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner, suppress(asyncio.CancelledError):
            runner.run(self._supervise())

    async def _supervise(self) -> None:
        self._supervisor = asyncio.current_task()
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            while self._gate is not None and self._gate.pause() is not None:
                await asyncio.sleep(GATE_LOOK_SECONDS)
            began = time.monotonic()
            connection = asyncio.create_task(self._connection())
            try:
                await asyncio.wait({connection})
            finally:
                # Wait for the closing handshake: the loop's own end would cut it off and leave the socket open.
                connection.cancel()
                await asyncio.wait({connection})
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            # Whatever ended it, a mistake of ours included, the stream goes on.
            log.info("stream ended name=%s reason=%r pause=%.1f", self._name, connection.exception(), pause)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _connection(self) -> None:
        connecting = _StraightConnect(
            await self._address(),
            proxy=None,
            compression=self._compression,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            max_size=LARGEST_MESSAGE_BYTES,
            logger=socket_log,
        )
        async with connecting as socket:
            self._connections += 1
            self._connected_at = datetime.now(UTC)
            try:
                await self._listen(socket)
            finally:
                self._connected_at = None

    async def _address(self) -> str:
        raise NotImplementedError

    async def _listen(self, socket: ClientConnection) -> None:
        raise NotImplementedError


class MarkPriceStream(Stream):
    """The latest mark price of every symbol, about once a second, and word of every change of the listing.

    on_listing, and on_watched after the price of a watched pair has changed, run on the stream's thread and must return
    at once.
    """

    def __init__(
        self,
        stream_url: str,
        on_listing: Callable[[], None] = lambda: None,
        gate: RequestGate | None = None,
        on_watched: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__("mark-price-stream", stream_url, "deflate", gate)
        self._on_listing = on_listing
        self._marks: dict[str, str] = {}
        self._watched: frozenset[str] = frozenset()
        self._on_watched = on_watched

    def watch(self, symbols: frozenset[str]) -> None:
        """Say which pairs' prices somebody waits for."""
        self._watched = symbols

    def mark_price(self, symbol: str) -> Decimal | None:
        """Return the latest mark price, None before the first; state() tells how old the latest message is."""
        price = self._marks.get(symbol)
        return None if price is None else Decimal(price)

    def _has_room_for(self, symbol: str) -> bool:
        return symbol in self._marks or (len(symbol) <= LONGEST_SYMBOL and len(self._marks) < MOST_SYMBOLS)

    async def _address(self) -> str:
        return f"{self._base_url}/market/stream?streams=!markPrice@arr@1s/!contractInfo"

    async def _listen(self, socket: ClientConnection) -> None:
        silent_at = time.monotonic() + MARK_SILENCE_SECONDS
        while True:
            async with asyncio.timeout(silent_at - time.monotonic()):
                frame = await socket.recv()
            if self._take(frame):
                self._message_at = time.monotonic()
                silent_at = self._message_at + MARK_SILENCE_SECONDS

    def _take(self, frame: str | bytes) -> bool:
        """Note the prices of a frame; return whether it held mark prices."""
        message = json_of(frame)
        payload = message.get("data") if isinstance(message, dict) else None
        if isinstance(payload, dict) and payload.get("e") == "contractInfo":
            self._on_listing()
        marks = False
        before = {symbol: self._marks.get(symbol) for symbol in self._watched}
        for row in payload if isinstance(payload, list) else []:
            match row:
                case {"e": "markPriceUpdate", "s": str(symbol), "p": str(price)} if _is_price(
                    price
                ) and self._has_room_for(symbol):
                    self._marks[symbol] = price
                    marks = True
                case {"e": "markPriceUpdate", "s": str(symbol), "p": _}:
                    self._marks.pop(symbol, None)  # there is no price now: the one before must not pass for it
        if any(self._marks.get(symbol) != price for symbol, price in before.items()):
            self._on_watched()
        return marks


def json_of(frame: str | bytes) -> Json:
    """Return a frame's JSON, None when it is none."""
    try:
        return parsed(frame.encode() if isinstance(frame, str) else frame)
    except Unreadable:
        return None


def _is_price(price: str) -> bool:
    """Whether a string is a plain decimal above zero, which alone is a price.

    Checked here because Decimal is only built when asked for.
    """
    plain = len(price) <= 40 and price.replace(".", "", 1).isdecimal() and price.isascii()
    return plain and bool(price.strip("0."))
