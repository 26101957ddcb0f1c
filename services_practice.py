"""The practice exchange's own controls: set a price, let prices walk or stand, move its clock on."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import requests

from monitor_health import Venue
from services_errors import PracticeRefused

TIMEOUT_SECONDS = (2.0, 10.0)  # a clock jump walks through every minute of it
LONGEST_JUMP_SECONDS = 7 * 24 * 3600
PriceMode = Literal["walk", "hold"]

_NOT_PRACTICE = "This works on the practice exchange only. Prices and time of Binance cannot be set by anybody."
_SILENT = "The practice exchange does not answer. Nothing was changed; try again in a moment."


class PracticeDesk:
    """Speaks to the control surface beside the practice exchange's own HTTP."""

    def __init__(self, venue: Callable[[], Venue], url: Callable[[], str]) -> None:
        self._venue = venue
        self._url = url

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
        if self._venue() is not Venue.PRACTICE:
            raise PracticeRefused(_NOT_PRACTICE)
        try:
            answer = requests.post(f"{self._url()}/control/{control}", json=body, timeout=TIMEOUT_SECONDS)
        except requests.RequestException as error:
            raise PracticeRefused(_SILENT) from error
        if not answer.ok:
            raise PracticeRefused(_words_of(answer))


def _words_of(answer: requests.Response) -> str:
    """Return the exchange's own sentence, or a plain one when it sent none."""
    try:
        told = answer.json()
    except ValueError:
        return _SILENT
    sentence = next((told[name] for name in ("error", "msg") if name in told), None) if isinstance(told, dict) else None
    return f"The practice exchange said no: {sentence}" if isinstance(sentence, str) else _SILENT
