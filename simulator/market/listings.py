"""Which pairs there are and by what rules: listed, changed and ended while the market is played, and kept."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from simulator.clock import ExchangeClock
from simulator.interfaces import Json, Publisher, RulesChange, Store, SymbolSpec, SymbolStatus
from simulator.market.catalogue import Listing, listing_of
from simulator.market.prices import PriceEngine
from simulator.market.quotes import Quote
from simulator.market.rules import changed, to_row
from simulator.market.tracks import MARK_UNIT

RULES = "market_rules"
LISTED = "market_listed"
_BOOKS = "market_books"
_INDEX = "market_index"
_STREAM = "!contractInfo"


class Listings:
    """Changes pairs on behalf of control requests and of their own delivery dates."""

    def __init__(
        self,
        clock: ExchangeClock,
        store: Store,
        engine: PriceEngine,
        publisher: Publisher,
        made: Callable[[Listing], Quote],
        on_new: Callable[[Quote], None],
    ) -> None:
        """Take the pairs of engine; made builds the quote of a new one, on_new hears of it."""
        self._clock = clock
        self._store = store
        self._engine = engine
        self._publisher = publisher
        self._made = made
        self._on_new = on_new

    def change(self, symbol: str, change: RulesChange) -> SymbolSpec:
        """Change a pair's rules, or list a new one, and tell the subscribers of !contractInfo.

        Raises:
            ValueError: the change does not fit the pair; the text says what would.
        """
        quote = self._engine.quotes.get(symbol)
        if quote is None:
            if change.status not in (SymbolStatus.TRADING, SymbolStatus.PENDING_TRADING):
                names = ", ".join(self._engine.quotes)
                raise ValueError(
                    f'no pair is called {symbol}; there are {names}; to list it give "status":"TRADING" or '
                    '"PENDING_TRADING"'
                )
            listing = listing_of(symbol)
            rules = changed(listing.spec, listing.spec, change)
            quote = self._list(listing)
        else:
            rules = changed(quote.spec, quote.rules, change)
        self._publish(quote, rules)
        return rules

    def delivered(self, time_ms: int) -> list[str]:
        """Return the pairs whose deliveryDate has come since the last call; they are SETTLING from now on."""
        due = [
            quote
            for quote in self._engine.quotes.values()
            if quote.rules.delivery_ms <= time_ms and not quote.rules.status.is_settled
        ]
        for quote in due:
            self._publish(quote, replace(quote.rules, status=SymbolStatus.SETTLING))
        return [quote.spec.symbol for quote in due]

    def set_index(self, symbol: str, price: Decimal | None) -> None:
        """Hold the index price, or let it follow the mark price again."""
        units = 0 if price is None else max(1, int(price.quantize(MARK_UNIT) / MARK_UNIT))
        quote = self._engine.quotes[symbol]
        # From the moment that is shown: the index stands there until the next trade of the path.
        number = quote.track.pin_index(quote.slot_ms, units)
        self._store.put(_INDEX, f"{symbol}|{number}", {"from": quote.slot_ms, "units": units})

    def set_book(self, symbol: str, spread_ticks: int | None, depth: int | None) -> None:
        """Set how many ticks the best prices lie apart and how many levels each side has; None leaves it."""
        quote = self._engine.quotes[symbol]
        quote.lay_out(quote.rules, spread_ticks=spread_ticks, depth=depth)
        self._store.put(_BOOKS, symbol, {"spread": quote.spread_ticks, "depth": quote.depth})

    def _list(self, listing: Listing) -> Quote:
        symbol = listing.spec.symbol
        listing = replace(listing, onboard_ms=self._clock.now_ms())
        self._store.put(LISTED, symbol, {"onboard": listing.onboard_ms})
        quote = self._made(listing)
        self._engine.add(quote)
        self._on_new(quote)
        return quote

    def _publish(self, quote: Quote, rules: SymbolSpec) -> None:
        self._engine.publish_rules(quote.spec.symbol, rules)
        self._store.put(RULES, quote.spec.symbol, to_row(rules))
        if self._publisher.market_wanted(_STREAM):
            self._publisher.market(_STREAM, contract_event(quote, self._clock.now_ms()))


def contract_event(quote: Quote, event_ms: int) -> Json:
    """Return a contractInfo event; brackets would be named only when they change."""
    rules = quote.rules
    return {
        "e": "contractInfo",
        "E": event_ms,
        "s": rules.symbol,
        "ps": rules.symbol,
        "ct": str(rules.contract_type),
        "dt": rules.delivery_ms,
        "ot": quote.listing.onboard_ms,
        "cs": str(rules.status),
        "st": 1,
    }


def restore_layouts(quotes: dict[str, Quote], store: Store) -> None:
    """Bring back how books were laid out and where the index was held."""
    for symbol, row in store.rows(_BOOKS).items():
        if symbol in quotes:
            quotes[symbol].lay_out(quotes[symbol].rules, spread_ticks=row["spread"], depth=row["depth"])
    pins = sorted(store.rows(_INDEX).items(), key=lambda item: int(item[0].rpartition("|")[2]))
    for key, row in pins:
        symbol = key.rpartition("|")[0]
        if symbol in quotes:
            quotes[symbol].track.pin_index(row["from"], row["units"])
