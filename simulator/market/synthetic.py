"""The synthetic market as the rest of the practice exchange uses it."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from simulator.clock import ExchangeClock
from simulator.interfaces import Publisher, RulesChange, Store, SymbolSpec
from simulator.market.catalogue import Listing
from simulator.market.formats import day_row
from simulator.market.listings import Listings
from simulator.market.paths import MarketPaths
from simulator.market.prices import PriceEngine
from simulator.market.quotes import Quote
from simulator.market.replay import ReplayPrice
from simulator.market.streams import MarketStreams
from simulator.market.tracks import Playhead, units_decimal


class SyntheticMarket(PriceEngine):
    """Prices that are played, and the streams that tell of them."""

    def __init__(
        self,
        clock: ExchangeClock,
        store: Store,
        paths: MarketPaths,
        quotes: dict[str, Quote],
        playhead: Playhead,
        walking_gain: float,
        replay: Sequence[ReplayPrice],
        publisher: Publisher,
        made: Callable[[Listing], Quote],
    ) -> None:
        """As PriceEngine; publisher is where stream events go, made builds the quote of a pair listed later."""
        super().__init__(clock, store, paths, quotes, playhead, walking_gain, replay)
        self._streams = MarketStreams(self, publisher)
        self._listings = Listings(clock, store, self, publisher, made, self._streams.add)
        self._undrawn = iter(list(quotes.values()))

    def change_symbol(self, symbol: str, change: RulesChange) -> SymbolSpec:
        """Change a pair's rules, or list a new one, and tell the subscribers of !contractInfo.

        Raises:
            ValueError: the change does not fit the pair; the text says what would.
        """
        return self._listings.change(symbol, change)

    def delivered(self, time_ms: int) -> list[str]:
        """Return the pairs whose deliveryDate has come since the last call; they are SETTLING from now on."""
        return self._listings.delivered(time_ms)

    def set_index(self, symbol: str, price: Decimal | None) -> None:
        """Hold the index price, or let it follow the mark price again."""
        self._listings.set_index(symbol, price)

    def index(self, symbol: str) -> Decimal:
        """Return the index price."""
        return units_decimal(self.quotes[symbol].index_units)

    def set_book(self, symbol: str, spread_ticks: int | None, depth: int | None) -> None:
        """Set how many ticks the best prices lie apart and how many levels each side has; None leaves it."""
        self._listings.set_book(symbol, spread_ticks, depth)

    def publish(self) -> None:
        """Push the market events that are due; nothing is computed for streams nobody is subscribed to.

        The first calls also draw the last day of one symbol each, so that the first question for all 24-hour
        tickers does not have to draw it for hundreds of symbols at once.
        """
        self._streams.publish()
        quote = next(self._undrawn, None)
        if quote is not None:
            day_row(quote, self.playhead.ms)
