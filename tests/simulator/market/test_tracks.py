from decimal import Decimal

import pytest

from simulator.market.catalogue import catalogue
from simulator.market.funding import Funding
from simulator.market.path_bars import PathShape
from simulator.market.paths import MarketPaths
from simulator.market.tracks import Anchor, Track, anchor_of, nearest_ticks
from tests.simulator.market.playing import NOON_MS

SPEC = catalogue(0)[0].spec
OFFSET_MS = 400


def _track(*gains: float) -> Track:
    """Return a track at 84000 from noon on whose anchors are a second apart."""
    paths = MarketPaths(1, [PathShape(SPEC.symbol, 0.5, 1e8)])
    track = Track(paths, 0, SPEC, Funding(1, SPEC.symbol, Decimal(1)), OFFSET_MS)
    for second, gain in enumerate(gains):
        moment = NOON_MS + second * 1000
        track.add_anchor(Anchor(moment, 840_000, Decimal(84000), gain, track.log_price_at(moment), 0.0))
    return track


def test_an_anchor_comes_back_from_its_row() -> None:
    anchor = Anchor(NOON_MS, 840_000, Decimal("84000.12345678"), 0.1, -0.123456789, 0.0001)

    assert anchor_of(anchor.row()) == anchor


def test_the_path_meets_its_anchor() -> None:
    track = _track(1.0)

    newest = track.slot_trade(NOON_MS - 1000 + OFFSET_MS)

    assert newest.ticks == 840_000


def test_an_anchor_begins_after_its_own_moment() -> None:
    track = _track(1.0, 0.0, 0.0)

    trades = track.trades(NOON_MS // 60_000, NOON_MS + 60_000)

    assert {trade.ticks for trade in trades[1:]} == {840_000}
    assert trades[0].time_ms == NOON_MS + OFFSET_MS


def test_prints_stand_between_the_trades_of_their_time() -> None:
    track = _track(0.0)
    first = track.add_print(NOON_MS + 450, 840_010, 5, False)
    second = track.add_print(NOON_MS + 450, 840_020, 5, False)

    trades = track.trades(NOON_MS // 60_000, NOON_MS + 2000)

    assert [trade.ticks for trade in trades] == [840_000, 840_010, 840_020, 840_000]
    assert [trade.id for trade in trades] == list(range(trades[0].id, trades[0].id + 4))
    assert trades[1:3] == [first, second]


def test_the_minute_of_an_id_is_found() -> None:
    track = _track(1.0)
    minute = NOON_MS // 60_000

    for number in (track.first_id(minute), track.first_id(minute + 1) - 1):
        assert track.minute_of(number, minute + 10) == minute
    assert track.minute_of(10**12, minute) == minute


@pytest.mark.parametrize(("price", "ticks"), [("61000.0", 610_000), ("61000.06", 610_001), ("0.01", 1)])
def test_prices_become_the_nearest_tick(price: str, ticks: int) -> None:
    assert nearest_ticks(Decimal(price), Decimal("0.10")) == ticks
