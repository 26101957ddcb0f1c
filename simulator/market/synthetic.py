"""The synthetic market as the rest of the practice exchange uses it."""

from collections.abc import Sequence

from simulator.clock import ExchangeClock
from simulator.interfaces import Publisher, Store
from simulator.market.formats import day_row
from simulator.market.paths import MarketPaths
from simulator.market.prices import PriceEngine
from simulator.market.quotes import Quote
from simulator.market.replay import ReplayPrice
from simulator.market.streams import MarketStreams
from simulator.market.tracks import Playhead


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
    ) -> None:
        """As PriceEngine; publisher is where stream events go."""
        super().__init__(clock, store, paths, quotes, playhead, walking_gain, replay)
        self._streams = MarketStreams(self, publisher)
        self._cold = iter(list(quotes.values()))

    def publish(self) -> None:
        """Push the market events that are due; nothing is computed for streams nobody is subscribed to.

        The first calls also draw the last day of one symbol each, so that the first question for all 24-hour
        tickers does not have to draw it for hundreds of symbols at once.
        """
        self._streams.publish()
        quote = next(self._cold, None)
        if quote is not None:
            day_row(quote, self.playhead.ms)
