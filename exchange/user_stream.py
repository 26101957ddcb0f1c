"""The account's events, kept coming: a stream that proves deaf is opened in another form, at another host."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from websockets.asyncio.client import ClientConnection

from domain.allowed_hosts import require_test_host
from exchange.errors import ExchangeUnreachable, ListenKeyGone, TradingError
from exchange.gate import RequestGate
from exchange.hearing import Hearing
from exchange.private_forms import PrivateForm, private_forms
from exchange.streams import Stream, StreamState, json_of
from exchange.user_events import UserEvent, expired_listen_key, parse_user_events

log = logging.getLogger(__name__)

KEEP_LISTEN_KEY_SECONDS = 600.0
KEEP_AGAIN_SECONDS = 30.0
JUDGE_EVERY_SECONDS = 0.5
FAILURES_BEFORE_ANOTHER_HOST = 3


class ListenKeys(Protocol):
    """What the user stream asks of the client."""

    def open_listen_key(self) -> str:
        """Return the account's listen key."""

    def keep_listen_key(self, listen_key: str) -> None:
        """Extend it by an hour."""


class UserStream(Stream):
    """The account's events; they wake the monitor and prove nothing.

    on_event is called once for each thing an event names, on_gap after every connect: what happened before it was
    missed and has to be read over HTTP. Both run on the stream's thread and must return at once.
    """

    def __init__(
        self,
        client: ListenKeys,
        stream_url: str,
        on_event: Callable[[UserEvent], None],
        on_gap: Callable[[], None],
        gate: RequestGate | None = None,
        forms: Sequence[PrivateForm] = (),
    ) -> None:
        """Make the stream; forms are the ways to ask in the order to try them, all there are when left out."""
        super().__init__("user-stream", stream_url, None, gate)
        self._forms = tuple(forms) or private_forms(stream_url)
        for form in self._forms:
            require_test_host(form.stream_url)
        self._form = self._forms[0]
        self._failures = 0  # to connect, in a row
        self._hearing = Hearing()
        self._client = client
        self._on_event = on_event
        self._on_gap = on_gap
        self._listen_key = ""

    def state(self) -> StreamState:
        """Return how the stream is doing."""
        return replace(super().state(), deaf=self._hearing.is_deaf)

    def changed_since(self, began: float) -> None:
        """Say that an order of ours changed after began, by the monotonic clock: that has to be heard."""
        self._hearing.changed(began, time.monotonic())

    def prefer(self, heard: Sequence[PrivateForm]) -> None:
        """Use one of the forms in which events were heard, from now on; without any, go on as before."""
        known = [form for form in heard if form in self._forms]
        if not known or self._form in known:
            return
        self._form = known[0]

    async def _address(self) -> str:
        self._listen_key = await asyncio.to_thread(self._client.open_listen_key)
        if self._failures >= FAILURES_BEFORE_ANOTHER_HOST:
            self._failures = 0
            self._try_another(lambda form: form.stream_url != self._form.stream_url)
        self._failures += 1
        return self._form.address(self._listen_key)

    def _try_another(self, fits: Callable[[PrivateForm], bool]) -> None:
        at = self._forms.index(self._form)
        following = (*self._forms[at + 1 :], *self._forms[:at])
        self._form = next(filter(fits, following), self._form)
        log.warning(
            "private stream asked for in another form host=%s key=%s", self._form.stream_url, self._form.key_place
        )

    async def _listen(self, socket: ClientConnection) -> None:
        self._failures = 0
        self._hearing.connected(time.monotonic())
        self._on_gap()
        helpers = [asyncio.create_task(self._keep_key(socket)), asyncio.create_task(self._judge_hearing(socket))]
        try:
            async for frame in socket:
                if not self._take(frame):
                    return
        finally:
            self._hearing.connected(None)
            for helper in helpers:
                helper.cancel()

    async def _judge_hearing(self, socket: ClientConnection) -> None:
        """End a connection that proves deaf, so that the next one is opened in another form."""
        form = self._form
        while not self._hearing.judge(time.monotonic()) and self._form is form:
            await asyncio.sleep(JUDGE_EVERY_SECONDS)
        if self._form is form:
            log.warning("private stream is deaf host=%s key=%s", form.stream_url, form.key_place)
            self._try_another(lambda _: True)
        await socket.close()

    def _take(self, frame: str | bytes) -> bool:
        """Hand on what a frame names; return False when the listen key in use has expired."""
        if self._stopping.is_set():
            return False
        self._message_at = time.monotonic()
        message = json_of(frame)
        # The exchange may send the expiry twice, the second time when a new key is in use already.
        if expired_listen_key(message) in ("", self._listen_key):
            return False
        events = parse_user_events(message)
        if events:
            self._hearing.heard(time.monotonic())
        for event in events:
            self._on_event(event)
        return True

    async def _keep_key(self, socket: ClientConnection) -> None:
        """Extend the listen key from time to time; it is never deleted: other programs of the account share it."""
        wait = KEEP_LISTEN_KEY_SECONDS
        while True:
            await asyncio.sleep(wait)
            try:
                await asyncio.to_thread(self._client.keep_listen_key, self._listen_key)
                wait = KEEP_LISTEN_KEY_SECONDS
            except ListenKeyGone:
                await socket.close()
                return
            except TradingError as error:
                passing = isinstance(error, ExchangeUnreachable)
                log.warning("listen key not extended passing=%s reason=%s", passing, error.details)
                wait = KEEP_AGAIN_SECONDS
