"""Reading what is needed to take over a position that this bot did not open."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.exchange import CommissionRates, ExchangePosition, SymbolSettings
from domain.terms import Fill, Side
from exchange.errors import TradingError, UnexpectedAnswer

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What a person wants done with a external position; close instead of keeping it with a stop and a target."""

    instruction_id: str
    symbol: str
    side: Side
    tp_usdt: Decimal
    sl_usdt: Decimal
    close_at_once: bool


@dataclass(frozen=True, slots=True)
class AdoptionFacts:
    """The position and its trades, read for an adoption."""

    adoption: Adoption
    read_from: datetime  # exchange time: what was traded later is not among the trades
    position: ExchangePosition | None
    trades: tuple[Fill, ...]
    settings: SymbolSettings
    rates: CommissionRates


@dataclass(frozen=True, slots=True)
class AdoptionFailed:
    """The exchange did not answer."""

    adoption: Adoption
    text: str


@dataclass(frozen=True, slots=True)
class ReadAdoption:
    """Read everything an adoption needs."""

    adoption: Adoption

    def run(self, client: BinanceTestnetClient) -> AdoptionFacts | AdoptionFailed:
        """Read trades first, then the position they must explain."""
        symbol, side = self.adoption.symbol, self.adoption.side
        try:
            read_from = client.exchange_now()
            since = read_from - LOOK_BACK
            found = client.fetch_trades(symbol, since=since)
            for row in found.unread:
                if row.touches(symbol):
                    raise UnexpectedAnswer(f"trades of {symbol}, row {row.number}: {row.reason}")
            trades = tuple(fill for fill in found if fill.position_side is side)
            settings, rates = client.fetch_symbol_settings(symbol), client.fetch_commission_rates(symbol)
            held = next((p for p in client.fetch_positions(symbol) if p.side is side), None)
        except TradingError as error:
            return AdoptionFailed(self.adoption, str(error))
        return AdoptionFacts(self.adoption, read_from, held, trades, settings, rates)
