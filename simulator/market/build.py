"""Builds the market that the command line describes, or takes up the one that the state file holds."""

from decimal import Decimal
from pathlib import Path

from simulator.clock import ExchangeClock
from simulator.interfaces import Publisher, Store
from simulator.market.candles import Candles
from simulator.market.catalogue import Listing, catalogue
from simulator.market.funding import Funding
from simulator.market.noise import text_key
from simulator.market.paths import MarketPaths, PathShape
from simulator.market.prices import STATE
from simulator.market.quotes import Quote, restore
from simulator.market.replay import ReplayPrice, read_replay
from simulator.market.synthetic import SyntheticMarket
from simulator.market.tracks import Playhead, Track

MODES = ("walk", "hold", "replay")
_BIRTHS = "market_births"


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


def _quotes(
    store: Store, listings: tuple[Listing, ...], paths: MarketPaths, playhead: Playhead, seed: int, speed: Decimal
) -> dict[str, Quote]:
    quotes: dict[str, Quote] = {}
    births: dict[str, int] = {}
    for row, listing in enumerate(listings):
        symbol = listing.spec.symbol
        births[symbol] = _born(store, listing, playhead.ms)
        funding = Funding(seed, symbol, speed)
        offset_ms = 20 + text_key(seed, f"offset {symbol}") % 940
        track = Track(paths, row, listing.spec, funding, offset_ms)
        candles = Candles(track, playhead, listing.onboard_ms, births[symbol])
        quotes[symbol] = Quote(listing, track, candles, store)
    restore(quotes, store)
    for symbol, quote in quotes.items():
        track = quote.track
        # A price set or a fill made just before the end may be newer than the last saved moment.
        newest = [track.anchors[-1].from_ms if track.anchors else 0, track.prints[-1].time_ms if track.prints else 0]
        playhead.ms = max(playhead.ms, *newest)
        if not track.anchors:
            start = quote.listing.start_price
            quote.anchor(births[symbol], 1.0, mark=start, last=start)
    return quotes


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
        made_up_symbols: how many symbols beside the ten main pairs.

    Raises:
        ValueError: an unknown mode, a speed at or below zero, replay without a file, too many made-up symbols.
        ReplayUnreadable: the file cannot be played.
    """
    if mode not in MODES or speed <= 0 or (mode == "replay") != (csv is not None):
        raise ValueError(f"prices are one of {', '.join(MODES)}, the last with a file, and the speed is above zero")
    listings = catalogue(made_up_symbols)
    replay: list[ReplayPrice] = []
    if csv is not None:
        replay = read_replay(csv, frozenset(listing.spec.symbol for listing in listings), speed)
    seed, playhead = _remembered(store, seed, clock.now_ms())
    mode, walking_gain = _remembered_mode(store, mode), float(speed) ** 0.5
    paths = MarketPaths(seed, [_shape(listing) for listing in listings])
    quotes = _quotes(store, listings, paths, playhead, seed, speed)
    _start_playing(store, quotes, playhead.ms, mode, walking_gain if mode == "walk" else 0.0)
    store.commit()
    return SyntheticMarket(clock, store, paths, quotes, playhead, walking_gain, replay, publisher)
