"""Builds the market that the command line describes, or takes up the one that the state file holds."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from simulator.clock import ExchangeClock
from simulator.interfaces import Publisher, Store
from simulator.market.candles import Candles
from simulator.market.catalogue import Listing, catalogue, listing_of
from simulator.market.funding import Funding
from simulator.market.listings import LISTED, RULES, restore_layouts
from simulator.market.noise import text_key
from simulator.market.path_bars import PathShape
from simulator.market.paths import MarketPaths
from simulator.market.prices import STATE
from simulator.market.quotes import Quote, restore
from simulator.market.replay import ReplayPrice, read_replay
from simulator.market.rules import from_row, of_demo
from simulator.market.synthetic import SyntheticMarket
from simulator.market.tracks import Playhead, Track

MODES = ("walk", "hold", "replay")
_BIRTHS = "market_births"
_NAMING_TABLES = (
    "trading_positions",
    "trading_orders",
    "trading_algo_orders",
    "trading_trades",
    "trading_income",
    "trading_symbols",
    "trading_amendments",
    "trading_margin_changes",
    "trading_countdowns",
)


def _shape(listing: Listing) -> PathShape:
    daily = listing.daily_turnover_usdt / float(listing.start_price) / float(listing.spec.step_size)
    return PathShape(listing.spec.symbol, listing.yearly_volatility, daily)


def _born(store: Store, listing: Listing, now_ms: int) -> int:
    """Return since when a symbol is played, deciding it now when it is new here."""
    known = store.rows(_BIRTHS).get(listing.spec.symbol)
    if known is None:
        known = {"ms": now_ms}
        store.put(_BIRTHS, listing.spec.symbol, known)
    return int(known["ms"])


def _remembered(store: Store, seed: int, now_ms: int) -> tuple[int, Playhead]:
    """Return seed and playhead of the state, making both on the first start."""
    known = store.rows(STATE)
    if "seed" not in known:
        store.put(STATE, "seed", {"seed": seed})
        store.put(STATE, "played", {"ms": now_ms})
        return seed, Playhead(now_ms)
    # The playhead is saved once a second: going on a second later plays no moment twice.
    return int(known["seed"]["seed"]), Playhead(min(now_ms, int(known["played"]["ms"]) + 1000))


def _remembered_mode(store: Store, mode: str) -> str:
    """Return the mode to go on in: a changed command line wins, else what a control request chose last."""
    known = store.rows(STATE).get("mode")
    if known is not None and known["started_as"] == mode:
        return str(known["mode"])
    store.put(STATE, "mode", {"started_as": mode, "mode": mode})
    return mode


@dataclass(frozen=True, slots=True)
class _Maker:
    """Builds the quotes of one market; demo says whose rules they begin with."""

    store: Store
    paths: MarketPaths
    playhead: Playhead
    seed: int
    speed: Decimal
    demo: bool

    def quote(self, listing: Listing, row: int) -> Quote:
        """Return a quote without any anchor yet, by the rules that the state holds."""
        symbol = listing.spec.symbol
        funding = Funding(self.seed, symbol, self.speed)
        offset_ms = 20 + text_key(self.seed, f"offset {symbol}") % 940
        track = Track(self.paths, row, listing.spec, funding, offset_ms)
        candles = Candles(track, self.playhead, listing.onboard_ms, _born(self.store, listing, self.playhead.ms))
        quote = Quote(listing, track, candles, self.store)
        rules = of_demo(listing.spec) if self.demo else listing.spec
        known = self.store.rows(RULES).get(symbol)
        quote.lay_out(rules if known is None else from_row(rules, known))
        return quote

    def begin(self, quote: Quote, gain: float) -> None:
        """Give a quote its first anchor, at its start price."""
        start = quote.listing.start_price
        born = int(self.store.rows(_BIRTHS)[quote.spec.symbol]["ms"])
        quote.anchor(born, gain, mark=start, last=start)

    def new(self, listing: Listing) -> Quote:
        """Return the quote of a pair that is listed now, standing at its start price until the mode moves it."""
        quote = self.quote(listing, self.paths.add(_shape(listing)))
        modes = self.store.rows(STATE)["mode"]["mode"]
        self.begin(quote, float(self.speed) ** 0.5 if modes == "walk" else 0.0)
        return quote


def _quotes(maker: _Maker, listings: tuple[Listing, ...]) -> dict[str, Quote]:
    quotes = {listing.spec.symbol: maker.quote(listing, row) for row, listing in enumerate(listings)}
    restore(quotes, maker.store)
    restore_layouts(quotes, maker.store)
    playhead = maker.playhead
    for quote in quotes.values():
        track = quote.track
        # A price set or a fill made just before the end may be newer than the last saved moment.
        newest = [track.anchors[-1].from_ms if track.anchors else 0, track.prints[-1].time_ms if track.prints else 0]
        playhead.ms = max(playhead.ms, *newest)
        if not track.anchors:
            maker.begin(quote, 1.0)
    return quotes


def _listings(store: Store, made_up_symbols: int) -> tuple[Listing, ...]:
    """Return the pairs of the command line, those made up earlier that accounts still know, and those listed since."""
    listed = store.rows(LISTED)
    later = (replace(listing_of(symbol), onboard_ms=int(row["onboard"])) for symbol, row in listed.items())
    return catalogue(made_up_symbols, _known_to_accounts(store)) + tuple(later)


def _known_to_accounts(store: Store) -> set[str]:
    """Return the pairs that positions, orders and history of the state name."""
    return {str(row["symbol"]) for table in _NAMING_TABLES for row in store.rows(table).values() if row.get("symbol")}


def _start_playing(store: Store, quotes: dict[str, Quote], now_ms: int, mode: str, gain: float) -> None:
    """Let every quote go on as the mode wants; a price that a former run moved differently is taken from there."""
    for quote in quotes.values():
        if quote.gain != gain:
            quote.resume(now_ms)
            quote.anchor(now_ms, gain)
    if mode == "replay" and "replay" not in store.rows(STATE):
        store.put(STATE, "replay", {"began": now_ms, "played": 0})


def build_market(
    clock: ExchangeClock,
    store: Store,
    publisher: Publisher,
    *,
    seed: int,
    mode: str,
    csv: Path | None,
    speed: Decimal,
    made_up_symbols: int,
    demo_rules: bool = False,
) -> SyntheticMarket:
    """Return the market, taking up what the store holds; new state is durable when this returns.

    Args:
        clock: server time.
        store: where the market's rows live.
        publisher: where stream events go.
        seed: decides every drawn price; a store that already has one keeps its own, so that candles stay the same.
        mode: walk, hold or replay.
        csv: the file to replay, in replay mode only.
        speed: how many times faster prices and funding run, above zero.
        made_up_symbols: how many symbols beside the ten main pairs; those that accounts of the store know stay.
        demo_rules: whether pairs have the rules of the demo venue.

    Raises:
        ValueError: an unknown mode, a speed at or below zero, replay without a file, too many made-up symbols.
        ReplayUnreadable: the file cannot be played.
    """
    if mode not in MODES or speed <= 0 or (mode == "replay") != (csv is not None):
        raise ValueError(f"prices are one of {', '.join(MODES)}, the last with a file, and the speed is above zero")
    listings = _listings(store, made_up_symbols)
    replay: list[ReplayPrice] = []
    if csv is not None:
        replay = read_replay(csv, frozenset(listing.spec.symbol for listing in listings), speed)
    seed, playhead = _remembered(store, seed, clock.now_ms())
    mode, walking_gain = _remembered_mode(store, mode), float(speed) ** 0.5
    paths = MarketPaths(seed, [_shape(listing) for listing in listings])
    maker = _Maker(store, paths, playhead, seed, speed, demo_rules)
    quotes = _quotes(maker, listings)
    _start_playing(store, quotes, playhead.ms, mode, walking_gain if mode == "walk" else 0.0)
    store.commit()
    return SyntheticMarket(clock, store, paths, quotes, playhead, walking_gain, replay, publisher, maker.new)
