"""Whether a day's books agree: trades and external activity, the income history, and the change of the wallet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

# Until then the exchange may still add rows to its income history: reads of it overlap by as much.
STILL_BEING_READ_FOR = timedelta(minutes=15)


class Agreement(StrEnum):
    """What became of comparing two figures that have to be equal."""

    EXACT = "exact"
    BEING_READ = "being_read"  # too young to be called different
    DIFFERENT = "different"
    UNKNOWN = "unknown"  # there is nothing to compare with


@dataclass(frozen=True, slots=True)
class UnmatchedTrade:
    """A trade whose own figures and whose rows of the income history are not the same money."""

    symbol: str
    trade_id: int
    traded_at: datetime
    fills_usdt: Decimal  # realised result less commission, as the trade itself was read
    recorded_usdt: Decimal  # the same, from the income history; 0 while it has no rows

    @property
    def difference_usdt(self) -> Decimal:
        """What the trade says more than the income history."""
        return self.fills_usdt - self.recorded_usdt


@dataclass(frozen=True, slots=True)
class WalletSpan:
    """Two readings of the wallet, and what the income history books between them."""

    since: datetime
    until: datetime
    before_usdt: Decimal
    after_usdt: Decimal
    recorded_usdt: Decimal

    @property
    def change_usdt(self) -> Decimal:
        """By how much the wallet changed."""
        return self.after_usdt - self.before_usdt

    @property
    def difference_usdt(self) -> Decimal:
        """What the wallet changed more than the income history says."""
        return self.change_usdt - self.recorded_usdt


@dataclass(frozen=True, slots=True)
class DayBooks:
    """One day of the exchange (from midnight UTC), in three independent readings; USDT, exact.

    trades_usdt is what the bot's trades made by their own fills and shares, external_usdt everything else on the
    account, income_usdt the sum of the exchange's income history. other_assets is income in other assets than USDT.
    """

    day: date
    trades_usdt: Decimal
    external_usdt: Decimal
    income_usdt: Decimal
    wallet: WalletSpan | None
    unmatched: tuple[UnmatchedTrade, ...] = ()
    other_assets: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def difference_usdt(self) -> Decimal:
        """What trades and external activity say more than the income history."""
        return self.trades_usdt + self.external_usdt - self.income_usdt

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened on the account."""
        return not (self.trades_usdt or self.external_usdt or self.income_usdt or self.unmatched or self.other_assets)


def books_agreement(books: DayBooks, now: datetime) -> Agreement:
    """Return whether trades and external activity are the income history, to the last digit."""
    young = [trade for trade in books.unmatched if now - trade.traded_at < STILL_BEING_READ_FOR]
    if len(young) < len(books.unmatched):
        return Agreement.DIFFERENT
    if young:
        return Agreement.BEING_READ
    return Agreement.DIFFERENT if books.difference_usdt else Agreement.EXACT


def wallet_agreement(span: WalletSpan | None, now: datetime) -> Agreement:
    """Return whether the wallet changed by what the income history says, to the last digit."""
    if span is None:
        return Agreement.UNKNOWN
    if not span.difference_usdt:
        return Agreement.EXACT
    return Agreement.BEING_READ if now - span.until < STILL_BEING_READ_FOR else Agreement.DIFFERENT
