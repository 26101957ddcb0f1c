"""How the client asks: one request at a time, failures translated, clock and request usage kept."""

import logging
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from domain.allowed_hosts import require_test_host
from domain.exchange import RequestUsage, UnreadRow
from domain.history import HISTORY_ASKED_FOR
from exchange.clock import ClockReading, ExchangeClock, from_milliseconds, to_milliseconds
from exchange.error_codes import CLOCK_CODE
from exchange.errors import (
    Banned,
    ClockRejected,
    ExchangeUnreachable,
    Failure,
    KeysRejected,
    NotExecuted,
    RequestFailed,
    Throttled,
    TradingError,
    UnexpectedAnswer,
    read_error,
)
from exchange.gate import gate_of
from exchange.rows import Rows, read_rows
from exchange.transport import GuardedLibrary
from exchange.usage import UsageMeter
from exchange.wire import Json, server_time

log = logging.getLogger(__name__)
T = TypeVar("T")

CACHE_TTL = timedelta(hours=1)
CLOCK_SAMPLES = 3
LOG_AGAIN_SECONDS = 60.0
LONGEST_WINDOW = timedelta(days=7) - timedelta(milliseconds=1)
ROWS_PER_PAGE = 1000
UNREAD_NAMED_FOR_SECONDS = 900.0  # of lists that are not read again: every list that is, is within minutes


class ExchangeConnection:
    """One account at one venue, for the calls to share; safe to use from several threads at once.

    Source: Binance USDⓈ-M Futures documentation, "General Info".
    """

    def __init__(self, api_key: str, api_secret: str, rest_url: str, stream_url: str) -> None:
        require_test_host(rest_url)
        require_test_host(stream_url)
        if not (_writable(api_key) and _writable(api_secret)):
            raise KeysRejected(-2014, "API-key format invalid.")
        self._clock = ExchangeClock()
        self.meter = UsageMeter(self._clock.now)
        self.gate = gate_of(rest_url)
        self.library = GuardedLibrary(
            api_key, api_secret, rest_url, self._clock.now, self.meter.note_headers, self.gate
        )
        self.duplicate_id_code: int | None = None  # as measured, where it is not the documented one
        self._logged = ("", 0.0)
        self._cache: dict[Hashable, tuple[float, Any]] = {}
        self._unread: dict[Hashable, tuple[float, tuple[UnreadRow, ...]]] = {}

    def close(self) -> None:
        """Close the pooled connections."""
        self.library.session.close()

    def exchange_now(self) -> datetime:
        """Return the exchange's time, UTC, by the last measurement; no request."""
        return self._clock.now()

    def measure_clock(self) -> ClockReading:
        """Measure the exchange's time and use it from now on; of three samples the quickest counts.

        Raises:
            ExchangeUnreachable: the clock stays as it was.
        """
        samples = [self._ask_time() for _ in range(CLOCK_SAMPLES)]
        server_time, asked, answered = min(samples, key=lambda sample: sample[2] - sample[1])
        return self._clock.set(server_time, asked, answered)

    def fetch_server_time(self) -> datetime:
        """Fetch the exchange's own time; the client's clock is not touched."""
        return self._ask_time()[0]

    def usage(self) -> RequestUsage:
        """Return how much of the request allowances is used, and until when the exchange wants no requests."""
        pause = self.gate.pause()
        if pause is None:
            return self.meter.read()
        return replace(self.meter.read(), blocked_until=self.exchange_now() + pause.left, banned=pause.banned)

    def unread_rows(self) -> tuple[UnreadRow, ...]:
        """Return the rows that could not be read lately, each list as it was last read."""
        since = time.monotonic() - UNREAD_NAMED_FOR_SECONDS
        return tuple(row for noted_at, unread in list(self._unread.values()) if noted_at > since for row in unread)

    def read_rows(self, of: str, answer: Json, parse: Callable[[Json], T], about: str | None = None) -> Rows[T]:
        """Read a list row by row; what cannot be read is set aside, logged when it is new, and in unread_rows().

        Args:
            of: what the list is of, in plain words.
            answer: the exchange's answer.
            parse: reads one row.
            about: the symbol that was asked about, None for all.

        Raises:
            UnexpectedAnswer: it is no list, or one of another symbol.
        """
        found = read_rows(of, answer, parse, about)
        self.note_unread(of, about, found.unread)
        return found

    def note_unread(self, of: str, about: str | None, unread: tuple[UnreadRow, ...]) -> None:
        """Keep what could not be read of a list for unread_rows(), instead of what could not be when last read."""
        _, before = self._unread.pop((of, about), (0.0, ()))
        for row in unread:
            if row not in before:
                log.warning("row set aside of=%r row=%d symbol=%s reason=%s", of, row.number, row.symbol, row.reason)
        if unread:
            self._unread[of, about] = (time.monotonic(), unread)

    def _ask_time(self) -> tuple[datetime, float, float]:
        asked = time.monotonic()
        answer = self._attempt(self.library.futures_time, {})
        return server_time(answer), asked, time.monotonic()

    def ask(self, call: Callable[..., Json], **parameters: Json) -> Json:
        """Send a read or a setting and return its answer.

        A time that the exchange refuses is measured anew, once: it may have been stepped, or ours may have slept.

        Raises:
            ExchangeUnreachable, Rejected, OrderNotFound: see read_error.
        """
        try:
            return self._attempt(call, dict(parameters))
        except ClockRejected:
            self.measure_clock()
        return self._attempt(call, dict(parameters))

    def _attempt(self, call: Callable[..., Json], parameters: dict[str, Any]) -> Json:
        """Send once; the error raised has neither cause nor context, so that no signature can show up in a trace."""
        try:
            return call(**parameters)
        except RequestFailed as failed:
            failure = failed.failure
        now = self.exchange_now()
        self._note_block(failure, now)
        error = read_error(failure, now)
        self._log_once(error)
        raise error

    def try_once(self, call: Callable[..., Json], parameters: dict[str, Any]) -> tuple[Json, Failure | None]:
        """Send once and return the answer, or why there is none: for whom a refusal is an answer too."""
        try:
            return call(**parameters), None
        except RequestFailed as failed:
            failure = failed.failure
        self._note_block(failure, self.exchange_now())
        return None, failure

    def send(
        self,
        call: Callable[..., Json],
        parse: Callable[[Json], T],
        translate: Callable[[Failure, str], TradingError],
        client_order_id: str,
        **parameters: Json,
    ) -> T:
        """Send a placement or cancellation, exactly once, and return its parsed answer.

        Raises:
            OutcomeUnknown, NotExecuted, Rejected and what translate adds.
        """
        try:
            return parse(call(**parameters))
        except RequestFailed as failed:
            failure = failed.failure
        except UnexpectedAnswer as error:
            failure = Failure(200, None, str(error))
        self._note_block(failure, self.exchange_now())
        outcome = translate(failure, client_order_id)
        if isinstance(outcome, NotExecuted) and outcome.code == CLOCK_CODE:
            self._measure_clock_quietly()
        log.info("order not accepted id=%s outcome=%s %s", client_order_id, type(outcome).__name__, outcome.details)
        raise outcome

    def _measure_clock_quietly(self) -> None:
        """Measure so that the next request timestamp is good; the order's own error is what the caller must see."""
        try:
            self.measure_clock()
        except (ExchangeUnreachable, UnexpectedAnswer) as error:
            log.warning("clock not measured reason=%s", error.details)

    def _log_once(self, error: TradingError) -> None:
        """Log what the exchange said; the same, again and again, is one line a minute."""
        line, now = f"{type(error).__name__} {error.details}", time.monotonic()
        last_line, logged_at = self._logged
        if line != last_line or now - logged_at > LOG_AGAIN_SECONDS:
            log.warning("request failed outcome=%s", line)
            self._logged = (line, now)

    def _note_block(self, failure: Failure, now: datetime) -> None:
        if failure.status not in (418, 429):
            return
        error = read_error(failure, now)
        if failure.held_back:
            return
        if isinstance(error, Banned):
            self.gate.close(error.until - now, banned=True)
        elif isinstance(error, Throttled):
            self.gate.close(error.retry_after, banned=False, for_orders=failure.retry_after is not None)

    def cached(self, key: Hashable, fetch: Callable[[], T], refresh: bool = False) -> T:
        """Return what was fetched for key within the last hour, else fetch it."""
        cached = self._cache.get(key)
        if cached is not None and not refresh and time.monotonic() - cached[0] < CACHE_TTL.total_seconds():
            value: T = cached[1]
            return value
        fetched = fetch()
        self._cache[key] = (time.monotonic(), fetched)
        return fetched

    def windows(self, since: datetime, until: datetime | None) -> Iterator[tuple[int, int]]:
        """Cut a span of history into windows the exchange accepts: milliseconds, both ends inclusive.

        Without until the last window reaches past the present, so that a row just written is not missed for a clock
        that is a little off. What the exchange no longer keeps is left out.
        """
        now = self.exchange_now()
        # Older questions are refused as a whole, with all that could be answered.
        start = to_milliseconds(max(since, now - HISTORY_ASKED_FOR))
        end = to_milliseconds(until or now + timedelta(minutes=1))
        longest = LONGEST_WINDOW // timedelta(milliseconds=1)
        while start <= end:
            yield start, min(start + longest, end)
            start += longest + 1

    def read_in_halves(self, fetch: Callable[[int, int], list[Json]], start: int, end: int) -> list[Json]:
        """Return every row between two times from a list that shows at most a page of them.

        The documentation leaves open which rows a full page leaves out, so a full page is asked again in halves.
        """
        found = fetch(start, end)
        if len(found) < ROWS_PER_PAGE:
            return found
        if start == end:
            raise UnexpectedAnswer(f"more than a page of rows at {from_milliseconds(start).isoformat()}")
        middle = (start + end) // 2
        return self.read_in_halves(fetch, start, middle) + self.read_in_halves(fetch, middle + 1, end)


def _writable(secret: str) -> bool:
    """Whether a key can stand in a header: what was pasted may hold spaces or letters of another alphabet."""
    return bool(secret) and secret.isascii() and secret.isprintable() and " " not in secret
