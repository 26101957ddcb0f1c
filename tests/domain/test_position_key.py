"""A pair and a side: where the exchange keeps one position at most."""

from domain.position_key import PositionKey
from domain.terms import Side


def test_the_other_side_of_a_pair_is_another_key() -> None:
    key = PositionKey("BTCUSDT", Side.LONG)

    assert str(key) == "BTCUSDT LONG"
    assert key.opposite == PositionKey("BTCUSDT", Side.SHORT) != key
    assert key.opposite.opposite == key
