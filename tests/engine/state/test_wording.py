"""How sentences name prices."""

import pytest

from engine.state.wording import price_text
from tests.domain.trades import D
from tests.services.building import BTC_RULES


@pytest.mark.parametrize(
    ("price", "words"), [("83655.40", "83\u202f655.4"), ("123456.7", "123\u202f456.7"), ("100", "100.0")]
)
def test_prices_are_grouped_and_stand_at_the_pairs_tick(price: str, words: str) -> None:
    assert price_text(D(price), BTC_RULES) == words


def test_before_the_pairs_rules_are_read_a_price_keeps_its_digits() -> None:
    assert price_text(D("83655.4500"), None) == "83\u202f655.45"
    assert price_text(D("0.00001234"), None) == "0.00001234"
