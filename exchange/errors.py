"""What went wrong with a request, named by what the caller must do next."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# The exchange did not execute the request, and the same may be tried again with a new id and stamp.
NOT_EXECUTED_CODES = frozenset({-1003, -1008, -1015, -1016, -1021, -5028})
# "Execution status unknown" in the exchange's own words, or codes that have been seen after an execution.
UNKNOWN_CODES = frozenset({-1000, -1001, -1006, -1007})
KEY_CODES = frozenset({-1002, -1022, -2008, -2014, -2015, -2017})
CLOCK_CODE = -1021
DUPLICATE_ID_CODE = -4116
BAN_WITHOUT_END = timedelta(minutes=2)  # the shortest ban the exchange gives


class TradingError(Exception):
    """Base of everything the exchange client raises."""


class OutcomeUnknown(TradingError):
    """The exchange may or may not hold this order: look it up by client_order_id before anything else."""

    def __init__(self, client_order_id: str, text: str = "no answer") -> None:
        super().__init__(f"outcome unknown for order {client_order_id}: {text}")
        self.client_order_id = client_order_id
        self.text = text


class NotExecuted(TradingError):
    """The exchange did not execute the order, for a passing reason: a new attempt needs a new id and stamp."""

    def __init__(self, code: int, text: str, retry_after: timedelta | None = None) -> None:
        super().__init__(f"not executed ({code}): {text}")
        self.code = code
        self.text = text
        self.retry_after = retry_after


class Refused(TradingError):
    """A clear no: the same request would be refused again. code is 0 where the exchange gave none."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"refused ({code}): {text}")
        self.code = code
        self.text = text


class KeysRefused(Refused):
    """The exchange does not accept these API keys: stop and ask the person for others."""


class ListenKeyGone(Refused):
    """The listen key is no longer known: open a new one."""


class OrderNotFound(TradingError):
    """The exchange finds no such order. Never proof that there is none: reads lag behind placements."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"order not found ({code}): {text}")
        self.code = code
        self.text = text


class StopTriggering(TradingError):
    """The stop to be cancelled is being triggered at this moment: read it before the next step."""

    def __init__(self, client_order_id: str) -> None:
        super().__init__(f"stop {client_order_id} is triggering")
        self.client_order_id = client_order_id


class ExchangeUnreachable(TradingError):
    """No usable answer to a read or a setting: nothing is known, ask again later."""


class PracticeNotRunning(ExchangeUnreachable):
    """The practice exchange of this machine could not be started: show the message, it says what to do."""


class ClockRefused(ExchangeUnreachable):
    """The exchange finds our time wrong even after measuring it anew: ask again later."""


class Throttled(ExchangeUnreachable):
    """Too many requests: ask nothing that can wait before retry_after has passed."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"too many requests, again in {retry_after.total_seconds():.0f} s")
        self.retry_after = retry_after


class Banned(ExchangeUnreachable):
    """The exchange ignores this address until the given moment."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"banned until {until.isoformat(timespec='seconds')}")
        self.until = until


class UnexpectedAnswer(TradingError):
    """The exchange answered in a form that this client does not understand: nothing is known."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without success, as received: status is None when no answer came, code when it held none."""

    status: int | None
    code: int | None
    text: str
    retry_after: timedelta | None = None


class RequestFailed(Exception):
    """Carries a Failure from the transport to the calls; it never leaves the client."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


def order_error(failure: Failure, client_order_id: str) -> TradingError:
    """Return what a failed placement or cancellation means.

    Only answers that say so count as "not executed"; everything that is neither that nor a clear refusal is unknown.

    Source: Binance USDⓈ-M Futures documentation, "General Info" (HTTP return codes, 503 wordings) and "Error Code".
    """
    code, status, text = failure.code, failure.status, failure.text
    unknown = OutcomeUnknown(client_order_id, text)
    if status is None or status < 400 or status == 408 or code in UNKNOWN_CODES:
        return unknown
    if status in (418, 429) or code in NOT_EXECUTED_CODES:
        return NotExecuted(code or 0, text, failure.retry_after)
    if status == 503 and text.startswith("Service Unavailable"):
        return NotExecuted(code or 0, text, failure.retry_after)
    if status >= 500:
        return unknown
    if status == 401 or code in KEY_CODES:
        return KeysRefused(code or 0, text)
    if status in (403, 451):
        return Refused(code or 0, text)
    return unknown if code is None else Refused(code, text)


def cancel_error(failure: Failure, client_order_id: str) -> TradingError:
    """Return what a failed cancellation means: as order_error, with the two answers that only a cancel gets."""
    if failure.status is not None and 400 <= failure.status < 500:
        if failure.code in (-2011, -2013):
            return OrderNotFound(failure.code, failure.text)
        if failure.code == -4117:
            return StopTriggering(client_order_id)
    return order_error(failure, client_order_id)


def read_error(failure: Failure, now: datetime) -> TradingError:
    """Return what a failed read or setting means; now is the exchange's time, for waits without a stated end."""
    code, status, text = failure.code, failure.status, failure.text
    if status == 418:
        return Banned(ban_end(failure, now))
    if status == 429 or code in (-1003, -1015):
        return Throttled(failure.retry_after or until_next_minute(now))
    if code == CLOCK_CODE:
        return ClockRefused(text)
    if status == 401 or code in KEY_CODES:
        return KeysRefused(code or 0, text)
    if status is None or status < 400 or status >= 500 or status in (403, 408, 451) or code is None:
        return ExchangeUnreachable(text)
    if code in UNKNOWN_CODES or code in NOT_EXECUTED_CODES:
        return ExchangeUnreachable(text)
    if code in (-2011, -2013):
        return OrderNotFound(code, text)
    return ListenKeyGone(code, text) if code == -1125 else Refused(code, text)


def ban_end(failure: Failure, now: datetime) -> datetime:
    """Return when a ban ends: as its text says, else as Retry-After says, else the shortest there is."""
    stated = re.search(r"until (\d{13})", failure.text)
    if stated:
        return datetime.fromtimestamp(int(stated.group(1)) / 1000, UTC)
    return now + (failure.retry_after or BAN_WITHOUT_END)


def until_next_minute(now: datetime) -> timedelta:
    """Return the time left in the current minute: request weight is counted by the clock's minute."""
    return timedelta(minutes=1) - timedelta(seconds=now.second, microseconds=now.microsecond)
