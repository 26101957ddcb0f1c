"""What a live trade is worth at a price, after everything already paid and an estimate of what closing will cost."""

from dataclasses import dataclass
from decimal import Decimal

from domain.terms import Basis, Side

ASSUMED_TAKER_RATE = Decimal("0.0005")  # Binance's ordinary taker fee; used only until the trade's own fills are read


@dataclass(frozen=True, slots=True)
class TradeMoney:
    """One live trade in money.

    gross_realized is the sum of realizedPnl so far, fees_paid the commissions so far (positive), funding what was
    received (negative = paid), taker_rate the fraction of notional that its own entry paid.
    """

    side: Side
    entry_price: Decimal
    open_quantity: Decimal
    gross_realized: Decimal
    fees_paid: Decimal
    funding: Decimal
    taker_rate: Decimal

    def gross_at(self, price: Decimal) -> Decimal:
        """Return the result before fees and funding if all that is open closed at price."""
        return self.gross_realized + self.side.sign * (price - self.entry_price) * self.open_quantity

    def net_at(self, price: Decimal) -> Decimal:
        """Return what would land in the wallet if all that is open closed at price as taker."""
        closing_fee = price * self.open_quantity * self.taker_rate
        return self.gross_at(price) - self.fees_paid - closing_fee + self.funding

    def bracket_at(self, price: Decimal, basis: Basis) -> Decimal:
        """Return the result at a stop or target on the plan's basis; funding is left out, as brackets leave it out."""
        return self.gross_at(price) if basis is Basis.GROSS else self.net_at(price) - self.funding


def taker_rate_of(entry_price: Decimal, entry_quantity: Decimal, entry_commission: Decimal) -> Decimal:
    """Return the fee the trade's own entry paid as a fraction of its notional; ASSUMED_TAKER_RATE until it is known."""
    notional = entry_price * entry_quantity
    return entry_commission / notional if notional and entry_commission else ASSUMED_TAKER_RATE


def percent_of(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return part as percent of whole (1.5 means 1.5 %), None when either is missing or whole is zero."""
    return None if part is None or not whole else part / whole * 100
