"""Words of the trade are explained where they stand."""

import pytest

from app_pages.ui.figures import Fact, facts_html
from app_pages.ui.glossary import meaning


@pytest.mark.parametrize(
    ("label", "begins"),
    [
        ("Margin (your money), USDT", "Your own money"),
        ("Max drawdown", "How far the result fell"),
        ("Profit factor", "What was won for each 1 USDT"),
        ("Break-even win rate", "How many of such trades must win"),
        ("Open P/L, USDT", "Profit or loss"),
        ("Wallet", ""),
        ("Planned", ""),
    ],
)
def test_a_label_is_explained_by_the_word_in_it(label: str, begins: str) -> None:
    assert meaning(label).startswith(begins)
    assert bool(meaning(label)) == bool(begins)


def test_a_fact_says_on_hover_what_its_word_means() -> None:
    assert '<dt title="The price at which the exchange closes a position' in facts_html([Fact("Liquidation", "far")])
    assert "<dt>State</dt>" in facts_html([Fact("State", "Trading")])
