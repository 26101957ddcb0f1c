"""What holds for the account as a whole until it is changed."""

from dataclasses import dataclass, field
from decimal import Decimal

from domain.position_key import PositionKey


@dataclass(slots=True)
class AccountFlags:
    """What the person wants of the account, and what is in doubt about it."""

    opening_paused: bool = False  # as the person wants it
    modes_in_doubt: bool = False  # an order was rejected as if the account were in another position mode
    ignored: dict[PositionKey, Decimal] = field(default_factory=dict)  # external quantities to be left alone
