"""Practice begun anew: with which money, and which account of the practice exchange that one takes the place of."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

BALANCES: Final = (Decimal(1_000), Decimal(10_000), Decimal(100_000))  # to begin with, USDT
DEFAULT_BALANCE: Final = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class PracticeBeginning:
    """A practice exchange that is to know nothing from before asked_at.

    asked_at is this machine's time, since the practice exchange's own begins anew with it. former_account_id is the
    account that goes; None once the bot is done with it.
    """

    asked_at: datetime
    balance_usdt: Decimal
    former_account_id: int | None
