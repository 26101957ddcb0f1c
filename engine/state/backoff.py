"""How often something is read, how long is waited before the next try, and when a try is given up."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between tries of one kind, the first ones first; the last holds for all that follow."""

    delays: tuple[timedelta, ...]

    def after(self, tries: int) -> timedelta:
        """Return the wait that follows the given number of earlier tries; 0 asks for the first one."""
        return self.delays[min(tries, len(self.delays) - 1)]


def _seconds(*delays: float) -> Backoff:
    return Backoff(tuple(timedelta(seconds=delay) for delay in delays))


# Orders.
ORDER_QUERY = _seconds(0.1, 0.2, 0.3, 0.5, 1, 2, 4)  # an order whose outcome is unknown, or that is under way
ORDER_RETRY = _seconds(0.2, 0.4, 0.8, 1)  # an order that was rejected
CLOSE_RETRY = _seconds(0.2, 0.4, 0.8, 1, 2, 4)  # a close for which the exchange holds nothing
UNANSWERED_QUERY = timedelta(seconds=1)
UNANSWERED_CANCEL = timedelta(seconds=1)
# Accepted orders have been "unknown" to the exchange for half an hour while they rested.
FORGOTTEN_FOR = timedelta(hours=1)
# Source: Binance USDⓈ-M Futures documentation, "Query Algo Order": cancelled and expired ones vanish after three days.
ENDED_ORDERS_KEPT_FOR = timedelta(days=3)
ABSENT_ENTRY_WATCHED_FOR = timedelta(days=3)

# Entries.
ENTRY_RETRY = timedelta(seconds=2)
ENTRY_TRIED_FOR = timedelta(seconds=60)
ENTRY_FACTS_FRESH_FOR_SECONDS = 2.0
FULL_CHECK_FRESH_FOR = timedelta(seconds=10)
# A pair or account that may only close at the moment: the exchange says so for minutes or hours.
RESTRICTED_RETRY = _seconds(60, 120, 300, 600)
SILENCE_RETRY = timedelta(seconds=10)  # a reopening while the exchange answers nothing
LIMIT_RETRY = timedelta(seconds=30)  # a trade that a limit holds back until it is lifted by hand
ABSENT_ENTRY_BLOCKS_FOR = timedelta(seconds=60)  # it might still turn up
# The position was read as empty before a trade entered it, at most two seconds before: somebody may have traded since
# then.
LOOKED_BEFORE = timedelta(seconds=5)
REFUSED_MOVE_RETRY = timedelta(seconds=30)  # a stop that the exchange did not let move

# Positions.
RECONCILE_EVERY = timedelta(seconds=2)
# Trades that explain nothing: asked for ever more slowly, each costs a request a week of the position's life.
RECONCILE_RETRY = _seconds(2, 2, 2, 4, 8, 15, 30, 60, 120, 300)
MISSING_AFTER = timedelta(seconds=60)
FILL_NAMED_WITHIN = timedelta(minutes=1)

# Reads of the whole account.
# The scheduler makes routines due (routines.py); these are the nets under its jobs.
FULL_CHECK_AT_LATEST = timedelta(seconds=8)
BALANCE_AT_LATEST = timedelta(seconds=45)
INCOME_EVERY = timedelta(minutes=5)
INCOME_AFTER_CLOSE = timedelta(seconds=2)
INCOME_FINAL_AFTER = timedelta(minutes=10)
INCOME_OVERLAP = timedelta(minutes=15)  # longer than that: what comes late is still read before a result is final
UNREAD_INCOME_ASKED_FOR = timedelta(days=7)  # then it is given up, and what it would have changed becomes final
READ_RETRY = timedelta(seconds=1)
INCOME_RETRY = _seconds(1, 2, 4, 8, 15, 30, 60)
RULES_AGAIN_AFTER = timedelta(seconds=5)  # whatever puts them in doubt
READ_UNANSWERED = timedelta(seconds=30)

# The loop itself.
OVERDUE_RETRY = timedelta(milliseconds=50)
QUARANTINE_FOR = timedelta(seconds=30)
SIGN_IN_RETRY_SECONDS = 2.0
CLOCK_AT_LATEST = timedelta(minutes=15)
ACCOUNT_AT_LATEST = timedelta(minutes=90)
