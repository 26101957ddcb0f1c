"""The practice exchange's own controls: set a price, let prices walk or stand, move its clock on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import requests

from domain.venues import Venue
from services.errors import PracticeRefused

TIMEOUT_SECONDS = (2.0, 10.0)  # a clock jump walks through every minute of it
LONGEST_JUMP_SECONDS = 7 * 24 * 3600
PriceMode = Literal["walk", "hold"]

_NOT_PRACTICE = "This works on the practice exchange only. Prices and time of Binance cannot be set by anybody."
_SILENT = "The practice exchange does not answer. Nothing was changed; try again in a moment."


@dataclass(frozen=True, slots=True)
class PracticeState:
    """How the practice exchange stands: mode is walk, hold or replay, time its own clock's, UTC."""

    mode: str
    time: datetime


class Practice:
    """Speaks to the control surface beside the practice exchange's own HTTP."""

    def __init__(self, venue: Callable[[], Venue], url: Callable[[], str]) -> None:
        self._venue = venue
        self._url = url

    def state(self) -> PracticeState:
        """Return how prices move there and what time it is.

        Raises:
            PracticeRefused: another venue is in use, or the exchange does not answer.
        """
        told = self._told(self._answer("GET", "state"))
        return PracticeState(str(told["mode"]), datetime.fromtimestamp(int(told["serverTime"]) / 1000, UTC))

    def set_price(self, symbol: str, price: Decimal) -> None:
        """Move mark and last price of a pair there; stops and targets it crosses trigger.

        Raises:
            PracticeRefused: another venue is in use, the price is not one, or the exchange said no.
        """
        if not price.is_finite() or price <= 0:
            raise PracticeRefused("A price must be a number above 0. Nothing was changed.")
        self._ask("price", {"symbol": symbol, "price": format(price, "f")})

    def prices(self, mode: PriceMode) -> None:
        """Let all prices walk, or hold them where they are.

        Raises:
            PracticeRefused: another venue is in use, or the exchange said no.
        """
        self._ask("prices", {"mode": mode})

    def advance(self, seconds: int) -> None:
        """Move the practice exchange's clock on, forwards only; funding on the way is paid.

        Raises:
            PracticeRefused: another venue is in use, seconds is out of range, or the exchange said no.
        """
        if not 0 < seconds <= LONGEST_JUMP_SECONDS:
            raise PracticeRefused("The clock moves forwards only, by at most 7 days at a time. Nothing was changed.")
        self._ask("clock", {"advance_seconds": seconds})

    def _ask(self, control: str, body: dict[str, Any]) -> None:
        self._answer("POST", control, body)

    def _answer(self, method: str, control: str, body: dict[str, Any] | None = None) -> requests.Response:
        if self._venue() is not Venue.PRACTICE:
            raise PracticeRefused(_NOT_PRACTICE)
        try:
            answer = requests.request(method, f"{self._url()}/control/{control}", json=body, timeout=TIMEOUT_SECONDS)
        except requests.RequestException as error:
            raise PracticeRefused(_SILENT) from error
        if not answer.ok:
            raise PracticeRefused(_words_of(answer))
        return answer

    @staticmethod
    def _told(answer: requests.Response) -> dict[str, Any]:
        try:
            told = answer.json()
        except ValueError as error:
            raise PracticeRefused(_SILENT) from error
        if not isinstance(told, dict) or not {"mode", "serverTime"} <= told.keys():
            raise PracticeRefused("The practice exchange is of an older version. Stop the bot and start it again.")
        return told


def _words_of(answer: requests.Response) -> str:
    """Return the exchange's own sentence, or a plain one when it sent none."""
    try:
        told = answer.json()
    except ValueError:
        return _SILENT
    sentence = next((told[name] for name in ("error", "msg") if name in told), None) if isinstance(told, dict) else None
    return f"The practice exchange said no: {sentence}" if isinstance(sentence, str) else _SILENT
