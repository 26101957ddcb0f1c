"""How events name a trade and the step of its prices."""

from domain.terms import Side
from engine.state.exchange_state import ExchangeState
from engine.state.wording import position_name, tick_size_of
from storage.tables import PositionRow
from tests.domain.trades import D
from tests.services.building import BTC_RULES

LONG = PositionRow(symbol="BTCUSDT", side=Side.LONG)


def test_a_trade_is_named_by_pair_and_side() -> None:
    assert position_name(LONG) == "BTCUSDT LONG"


def test_the_step_of_its_prices_is_unknown_until_the_pairs_rules_are_read() -> None:
    assert tick_size_of(ExchangeState(), LONG) is None
    assert tick_size_of(ExchangeState(rules={"BTCUSDT": BTC_RULES}), LONG) == D("0.1")
