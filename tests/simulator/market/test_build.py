from decimal import Decimal
from pathlib import Path

import pytest

from simulator.market.build import build_market
from simulator.market.replay import ReplayUnreadable
from simulator.store import LogStore
from tests.simulator.market.playing import Listener, StillClock, open_room


@pytest.mark.parametrize(
    ("mode", "csv", "speed"), [("fly", None, "1"), ("walk", None, "0"), ("replay", None, "1"), ("walk", "x.csv", "1")]
)
def test_settings_that_make_no_sense_are_refused(mode: str, csv: str | None, speed: str) -> None:
    path = Path(csv) if csv else None

    with pytest.raises(ValueError, match="prices are one of"):
        build_market(
            StillClock(),
            LogStore(None),
            Listener(),
            seed=1,
            mode=mode,
            csv=path,
            speed=Decimal(speed),
            made_up_symbols=0,
        )


def test_a_replay_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayUnreadable):
        open_room("replay", csv=tmp_path / "absent.csv")


def test_state_keeps_its_seed() -> None:
    store = LogStore(None)
    first = open_room("walk", seed=1, store=store)
    asked = {"symbol": "BTCUSDT", "interval": "1h", "limit": 50}

    again = open_room("walk", seed=2, store=store)

    assert again.get("/fapi/v1/klines", **asked) == first.get("/fapi/v1/klines", **asked)


def test_symbols_added_at_a_later_start_begin_at_their_own_price() -> None:
    store = LogStore(None)
    few = open_room("walk", symbols=1, store=store)
    few.play(90_000, tick_ms=1000)

    more = open_room("walk", symbols=2, store=store, start_ms=few.clock.now_ms())

    names = list(more.market.symbols)
    assert more.market.last(names[11]) == more.market.quotes[names[11]].listing.start_price
    assert more.market.last(names[10]) == few.market.last(names[10])


def test_another_speed_goes_on_from_the_same_price() -> None:
    store = LogStore(None)
    slow = open_room("walk", store=store)
    slow.play(30_000, tick_ms=1000)

    fast = open_room("walk", speed="100", store=store, start_ms=slow.clock.now_ms())

    assert fast.market.last("BTCUSDT") == slow.market.last("BTCUSDT")
    assert fast.market.mark("BTCUSDT") == slow.market.mark("BTCUSDT")
