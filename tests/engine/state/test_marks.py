"""Mark prices that moving exits are judged by."""

from decimal import Decimal

from engine.state.marks import MARK_FRESH_FOR_SECONDS, Marks

D = Decimal


def test_only_watched_pairs_with_a_fresh_price_have_a_mark() -> None:
    seen = {"BTCUSDT": (D(100), 0.5), "ETHUSDT": (D(50), MARK_FRESH_FOR_SECONDS + 1), "XRPUSDT": (D(1), 0.1)}
    marks = Marks(watched=frozenset({"BTCUSDT", "ETHUSDT", "SOLUSDT"}))

    marks.read(seen.get)

    assert marks.latest == {"BTCUSDT": D(100)}


def test_a_price_that_has_grown_old_is_forgotten() -> None:
    marks = Marks(watched=frozenset({"BTCUSDT"}), latest={"BTCUSDT": D(100)})

    marks.read(lambda symbol: None)

    assert marks.latest == {}
