"""The promises hold over random lives of trades; without any one of the rules behind them the machine finds it."""

import pytest
from sqlalchemy import Engine

from tests.system.proof.breaking import BROKEN, Broken
from tests.system.proof.machine import play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_no_life_of_a_trade_breaks_a_promise(engine: Engine) -> None:
    play(engine, examples=8, steps=12)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.rule)
def test_without_one_rule_the_machine_finds_what_it_stops(engine: Engine, broken: Broken) -> None:
    with pytest.raises(AssertionError, match=broken.found):
        broken.search(engine)
