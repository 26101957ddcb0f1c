"""The practice exchange's own controls: set a price, let prices walk or stand, move its clock on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from domain.venues import Venue
from exchange.practice_control import ControlRefused, PracticeControl, PracticeSilent
from services.errors import PracticeRefused

ANSWER_SECONDS = 10.0  # a clock jump walks through every minute of it
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
        state = self._answer("GET", "state")
        if not {"mode", "serverTime"} <= state.keys():
            raise PracticeRefused("The practice exchange is of an older version. Stop the bot and start it again.")
        return PracticeState(str(state["mode"]), datetime.fromtimestamp(int(state["serverTime"]) / 1000, UTC))

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

    def _answer(self, method: str, control: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if self._venue() is not Venue.PRACTICE:
            raise PracticeRefused(_NOT_PRACTICE)
        asked = PracticeControl(self._url())
        try:
            if body is None:
                return asked.get(control, ANSWER_SECONDS)
            return asked.post(control, body, ANSWER_SECONDS)
        except PracticeSilent as silence:
            raise PracticeRefused(_SILENT) from silence
        except ControlRefused as refusal:
            raise PracticeRefused(f"The practice exchange said no: {refusal}" if str(refusal) else _SILENT) from refusal
