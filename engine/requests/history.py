"""Whether the exchange still knows the account's history."""

from dataclasses import dataclass
from datetime import datetime

from binance_client import BinanceTestnetClient
from engine.requests.reports import HistoryVerified, Observation, TaskFailed
from exchange.errors import TradingError


@dataclass(frozen=True, slots=True)
class VerifyHistory:
    """Ask for one row of income that was booked."""

    income_type: str
    tran_id: int
    occurred_at: datetime

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Look for it among the rows of its moment; one that cannot be read may be the one."""
        try:
            rows = client.fetch_income(self.occurred_at, self.occurred_at)
        except TradingError as error:
            return TaskFailed(self, str(error))
        found = any((row.income_type, row.tran_id) == (self.income_type, self.tran_id) for row in rows)
        return HistoryVerified(self, found or bool(rows.unread))
