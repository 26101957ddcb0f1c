"""What was tried and is to be tried again: since when something is missing, how often an order was queried."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.state.backoff import (
    FILL_NAMED_WITHIN,
    MISSING_AFTER,
    ORDER_QUERY,
    RECONCILE_RETRY,
    RESTRICTED_RETRY,
)


@dataclass(slots=True)
class RetryState:
    """Tries and their moments, exchange time; after a restart all of them begin anew."""

    reconciled_at: dict[int, datetime] = field(default_factory=dict)  # by trade
    reconcile_counts: dict[int, int] = field(default_factory=dict)  # by trade: questions that explained nothing
    reconcile_answered_at: dict[int, datetime] = field(default_factory=dict)  # by trade
    needs_reconciliation: set[int] = field(default_factory=set)  # trades whose close was rejected
    missing_at_exchange_since: dict[int, datetime] = field(default_factory=dict)  # by trade
    not_found_since: dict[int, datetime] = field(default_factory=dict)  # by order row
    unnamed_since: dict[int, datetime] = field(default_factory=dict)  # by trade id of a fill whose order is unread
    query_counts: dict[int, int] = field(default_factory=dict)  # by order row
    restricted_counts: dict[int, int] = field(default_factory=dict)  # by trade: reopenings that only closing kept out
    reread_for: set[str] = field(default_factory=set)  # instructions for which a position was read once more
    open_again_at: dict[str, datetime] = field(default_factory=dict)  # instructions rejected for a passing reason

    def next_query_after(self, order_id: int) -> timedelta:
        """Return how long to wait before an order under way is queried again, longer each time."""
        count = self.query_counts.get(order_id, 0)
        self.query_counts[order_id] = count + 1
        return ORDER_QUERY.after(count)

    def restricted_for(self, position_id: int) -> timedelta:
        """Return how long a reopening waits that meets a pair which may only be closed, longer each time."""
        return RESTRICTED_RETRY.after(self.restricted_counts.get(position_id, 0))

    def count_restriction(self, position_id: int) -> None:
        """Take in that a reopening met one."""
        self.restricted_counts[position_id] = self.restricted_counts.get(position_id, 0) + 1

    def reconcile_due(self, position_id: int, now: datetime) -> bool:
        """Whether a trade may be reconciled again."""
        at = self.reconciled_at.get(position_id)
        return at is None or now >= at + RECONCILE_RETRY.after(max(self.reconcile_counts.get(position_id, 1) - 1, 0))

    def is_missing(self, position_id: int, now: datetime) -> bool:
        """Whether the exchange has shown nothing of a trade for so long that it counts as missing."""
        return now >= self.missing_at_exchange_since.get(position_id, now) + MISSING_AFTER

    def may_be_named(self, trade_id: int, now: datetime) -> bool:
        """Whether the order behind a fill may yet be read; the first call begins the wait."""
        return now < self.unnamed_since.setdefault(trade_id, now) + FILL_NAMED_WITHIN
