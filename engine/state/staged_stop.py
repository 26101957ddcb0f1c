"""The first stop of a trade that is entering: committed, and sent even when the database is gone by then."""

from dataclasses import dataclass
from decimal import Decimal

from domain.terms import OrderIntent, TradeTerms


@dataclass(frozen=True, slots=True)
class StagedStop:
    """A stop that may be sent without another commit, and what its exact price is worked out from."""

    order_id: int
    intent: OrderIntent
    terms: TradeTerms
    taker_rate: Decimal
