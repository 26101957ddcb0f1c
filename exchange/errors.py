"""What went wrong with a request, named by what the caller must do next."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.rejections import Rejection
from exchange.error_codes import (
    CLOCK_CODE,
    KEY_CODES,
    LISTEN_KEY_CODE,
    NOT_FOUND_CODES,
    STOP_TRIGGERING_CODE,
    THROTTLED_CODES,
    UNKNOWN_OUTCOME,
    leaves_open,
    meaning_of,
    rejection_of,
)
from exchange.gate import LONGEST_BAN

BAN_WITHOUT_END = timedelta(minutes=2)  # the shortest ban the exchange gives


class TradingError(Exception):
    """Base of everything the exchange client raises.

    Its text is for a person: plain words, and what happens next or what to do. What the exchange itself said stands
    in details, for the log.
    """

    def __init__(self, text: str, details: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.details = details
        self.step = ""  # what was being done, where that is not plain to whoever reads it


class OutcomeUnknown(TradingError):
    """The exchange may or may not hold this order: look it up by client_order_id before anything else."""

    def __init__(self, client_order_id: str, details: str = "no answer") -> None:
        super().__init__(UNKNOWN_OUTCOME, f"order {client_order_id}: {details}")
        self.client_order_id = client_order_id


class CodedError(TradingError):
    """An answer with an error code, which says what to do; minus the HTTP status where the exchange gave no code."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(meaning_of(code).sentence, f"{code}: {details}")
        self.code = code

    @property
    def rejection(self) -> Rejection | None:
        """Why an order was not taken."""
        return rejection_of(self.code)


class NotExecuted(CodedError):
    """The exchange did not execute the order, for a passing reason: a new attempt needs a new id and timestamp.

    code is 0 where the exchange gave none.
    """

    def __init__(self, code: int, details: str, retry_after: timedelta | None = None) -> None:
        super().__init__(code, details)
        self.retry_after = retry_after


class Rejected(CodedError):
    """A clear no: the same request would be rejected again.

    in_the_way names what is open where that is why; None = nobody looked.
    """

    in_the_way: tuple[str, ...] | None = None


class KeysRejected(Rejected):
    """The exchange does not accept these API keys: stop and ask the person for others."""


class ListenKeyGone(Rejected):
    """The listen key is no longer known: open a new one."""


class OrderNotFound(CodedError):
    """The exchange finds no such order. Never proof that there is none: reads lag behind placements."""


class StopTriggering(TradingError):
    """The stop to be cancelled is being triggered at this moment: read it before the next step."""

    def __init__(self, client_order_id: str) -> None:
        super().__init__(meaning_of(STOP_TRIGGERING_CODE).sentence, f"stop {client_order_id}")
        self.client_order_id = client_order_id


class ExchangeUnreachable(TradingError):
    """No usable answer to a read or a setting: nothing is known, ask again later."""

    def __init__(
        self, details: str, text: str = "The exchange does not answer at the moment. The bot keeps asking."
    ) -> None:
        super().__init__(text, details)


class PracticeNotRunning(ExchangeUnreachable):
    """The practice exchange of this machine could not be started: show the message, it says what to do."""

    def __init__(self, text: str) -> None:
        super().__init__("", text)


class ClockRejected(ExchangeUnreachable):
    """The exchange finds our time wrong even after measuring it anew: ask again later."""

    def __init__(self, details: str) -> None:
        super().__init__(details, meaning_of(CLOCK_CODE).sentence)


class Throttled(ExchangeUnreachable):
    """Too many requests: ask nothing that can wait before retry_after has passed."""

    def __init__(self, retry_after: timedelta) -> None:
        seconds = f"{retry_after.total_seconds():.0f} s"
        super().__init__(
            f"again in {seconds}", f"Too many requests went to the exchange. The bot reads again in {seconds}."
        )
        self.retry_after = retry_after


class Banned(ExchangeUnreachable):
    """The exchange ignores this address until the given moment."""

    def __init__(self, until: datetime) -> None:
        text = (
            f"The exchange answers nothing until {until:%d %b %H:%M:%S} UTC, because too many requests came from this "
            "internet address. The bot waits. Stop other programs that ask the exchange from here."
        )
        super().__init__(f"banned until {until.isoformat(timespec='seconds')}", text)
        self.until = until


class UnexpectedAnswer(TradingError):
    """The exchange answered in a form that this client does not understand: nothing is known."""

    def __init__(self, details: str) -> None:
        super().__init__("The exchange gave an answer that the bot cannot read. The bot asks again.", details)


class FailureKind(StrEnum):
    """Why a question has no usable answer, as it is told to a person."""

    SILENT = "silent"  # nothing came, or a passing fault
    REFUSED = "refused"  # a clear no
    KEYS = "keys"  # a no that is for the keys
    UNREAD = "unread"  # an answer that is not understood


def kind_of(error: TradingError) -> FailureKind:
    """Return why a question has no usable answer."""
    if isinstance(error, KeysRejected):
        return FailureKind.KEYS
    if isinstance(error, UnexpectedAnswer):
        return FailureKind.UNREAD
    return FailureKind.REFUSED if isinstance(error, CodedError) else FailureKind.SILENT


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without success, as received: status is None when no answer came, code when it held none."""

    status: int | None
    code: int | None
    text: str
    retry_after: timedelta | None = None
    held_back: bool = False  # by the bot itself, while the exchange wants a pause


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
    if status is None or status < 400 or status == 408 or leaves_open(code):
        return unknown
    if status in (418, 429) or (code and meaning_of(code).retryable):
        return NotExecuted(code or 0, text, failure.retry_after)
    if status == 503 and text.startswith("Service Unavailable"):
        return NotExecuted(code or 0, text, failure.retry_after)
    if status >= 500:
        return unknown
    if status == 401 or code in KEY_CODES:
        return KeysRejected(code or -status, text)
    if status in (403, 451):
        return Rejected(code or -status, text)
    return unknown if code is None else Rejected(code, text)


def cancel_error(failure: Failure, client_order_id: str) -> TradingError:
    """Return what a failed cancellation means: as order_error, with the two answers that only a cancel gets."""
    if failure.status is not None and 400 <= failure.status < 500:
        if failure.code in NOT_FOUND_CODES:
            return OrderNotFound(failure.code, failure.text)
        if failure.code == STOP_TRIGGERING_CODE:
            return StopTriggering(client_order_id)
    return order_error(failure, client_order_id)


def read_error(failure: Failure, now: datetime) -> TradingError:
    """Return what a failed read or setting means; now is the exchange's time, for waits without a stated end."""
    code, status, text = failure.code, failure.status, failure.text
    if status == 418:
        return Banned(ban_end(failure, now))
    if status == 429 or code in THROTTLED_CODES:
        return Throttled(failure.retry_after or until_next_minute(now))
    if code == CLOCK_CODE:
        return ClockRejected(text)
    if status == 401 or code in KEY_CODES:
        return KeysRejected(code or -(status or 0), text)
    if status is None or status < 400 or status >= 500 or status in (403, 408, 451) or code is None:
        return ExchangeUnreachable(text)
    if leaves_open(code) or meaning_of(code).retryable:
        return ExchangeUnreachable(text)
    if code in NOT_FOUND_CODES:
        return OrderNotFound(code, text)
    return ListenKeyGone(code, text) if code == LISTEN_KEY_CODE else Rejected(code, text)


def ban_end(failure: Failure, now: datetime) -> datetime:
    """Return when a ban ends: as Retry-After says, else as its text says, else the shortest there is.

    The text names a moment of the exchange's clock, which may be another one than this bot takes it for, and cannot be
    asked for during a ban. Never later than the longest that the exchange gives.
    """
    if failure.retry_after is not None:
        return now + failure.retry_after
    stated = re.search(r"until ([0-9]{13})(?![0-9])", failure.text)
    if stated:
        return min(datetime.fromtimestamp(int(stated.group(1)) / 1000, UTC), now + LONGEST_BAN)
    return now + BAN_WITHOUT_END


def until_next_minute(now: datetime) -> timedelta:
    """Return the time left in the current minute: request weight is counted by the clock's minute."""
    return timedelta(minutes=1) - timedelta(seconds=now.second, microseconds=now.microsecond)
