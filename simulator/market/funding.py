"""Funding: premium of mark over index, the rate made of it and the instants of settlement."""

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from simulator.market.intervals import HOUR_MS
from simulator.market.noise import Floats, Integers, mixed, normals, text_key

PERIOD_MS = 8 * HOUR_MS
INTEREST_RATE = Decimal("0.00010000")
_DAMPER = 0.0005
_CAP = 0.0200
_TYPICAL_PREMIUM = 0.00025


def _rate(premium: float) -> Decimal:
    damped = premium + min(max(0.0001 - premium, -_DAMPER), _DAMPER)
    capped = min(max(damped, -_CAP), _CAP)
    return Decimal(repr(capped)).quantize(Decimal("0.00000001"), ROUND_HALF_EVEN)


class Funding:
    """Premiums and rates of one symbol, a repeatable function of time."""

    def __init__(self, seed: int, symbol: str, speed: Decimal) -> None:
        """Settle every 8 hours divided by speed, at whole multiples of that since 1970 (00, 08, 16 UTC at speed 1)."""
        self._key = np.array([text_key(seed, f"funding {symbol}")], dtype=np.uint64)
        self._known: tuple[int, Decimal] | None = None
        self.interval_ms = max(1000, int(PERIOD_MS / speed))

    def premiums(self, periods: Integers) -> Floats:
        """Return the premium of mark over index, as a fraction, for 8-hour periods counted from 1970."""
        return 0.0001 + normals(mixed(self._key, periods)) * _TYPICAL_PREMIUM

    def rate(self, time_ms: int) -> Decimal:
        """Return the rate that the settlement at or next after time_ms applies: its running estimate until then.

        Rate = premium + clamp(interest − premium, ±0.05 %), capped at ±2 %, rounded to 8 decimals.
        """
        period = -(-time_ms // self.interval_ms) - 1
        if self._known is None or self._known[0] != period:
            self._known = (period, _rate(float(self.premiums(np.array([period]))[0])))
        return self._known[1]

    def rates(self, instants_ms: Integers) -> list[Decimal]:
        """Return the rates that the settlements at these instants apply."""
        premiums = self.premiums(instants_ms // self.interval_ms - 1)
        return [_rate(premium) for premium in premiums.tolist()]

    def next_ms(self, time_ms: int) -> int:
        """Return the first settlement strictly after time_ms."""
        return (time_ms // self.interval_ms + 1) * self.interval_ms
