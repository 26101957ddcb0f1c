"""Preparing an entry: margin type and leverage are set, then everything it is checked against is read."""

import time
from dataclasses import dataclass

from binance_client import BinanceTestnetClient
from domain.exchange import ExchangePosition, SymbolSettings
from domain.terms import TradeTerms
from engine.requests.reports import EntryFacts, EntryNotPrepared, Observation
from exchange.errors import Rejected, TradingError, UnexpectedAnswer


@dataclass(frozen=True, slots=True)
class PrepareEntry:
    """Set margin type and leverage, then read everything an entry is checked against."""

    key: str
    terms: TradeTerms

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Prepare; leverage is only touched while nothing of the symbol is open, both sides share it."""
        symbol = self.terms.symbol
        try:
            settings = client.fetch_symbol_settings(symbol)
            if not client.fetch_positions(symbol):
                if not settings.cross_margin:
                    client.set_cross_margin(symbol)
                if settings.leverage != self.terms.leverage:
                    client.set_leverage(symbol, self.terms.leverage)
                settings = SymbolSettings(symbol, self.terms.leverage, cross_margin=True)
            facts = EntryFacts(
                key=self.key,
                terms=self.terms,
                settings=settings,
                balance=client.fetch_balance(),
                brackets=client.fetch_leverage_brackets(symbol),
                rates=client.fetch_commission_rates(symbol),
                book=client.fetch_book_ticker(symbol),
                mark_price=client.fetch_mark_price(symbol),
                positions=tuple(_positions(client, symbol)),
                read_at=time.monotonic(),
            )
        except Rejected as refusal:
            return EntryNotPrepared(self.key, f"Binance refused: {refusal.text}", lasting=True)
        except TradingError as error:
            return EntryNotPrepared(self.key, f"the exchange did not answer: {error}", lasting=False)
        return facts


def _positions(client: BinanceTestnetClient, symbol: str) -> list[ExchangePosition]:
    """Return everything that is held.

    Raises:
        UnexpectedAnswer: something may be held of the symbol that cannot be read.
    """
    positions = client.fetch_positions()
    for row in positions.unread:
        if row.touches(symbol):
            raise UnexpectedAnswer(f"positions, row {row.number}: {row.reason}")
    return positions
