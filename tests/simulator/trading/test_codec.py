import json
from dataclasses import replace

from simulator.trading.codec import from_row, to_row
from simulator.trading.records import (
    AccountSettings,
    AlgoOrder,
    AlgoStatus,
    AlgoType,
    Position,
    PositionSide,
    Side,
    WorkingType,
)
from tests.simulator.trading.venue import D

_TRAILING = AlgoOrder(
    algo_id=4_100_000_000_000_001,
    client_algo_id="t",
    symbol="BTCUSDT",
    side=Side.SELL,
    position_side=PositionSide.LONG,
    type=AlgoType.TRAILING_STOP_MARKET,
    time_in_force="GTC",
    quantity=D("0.010"),
    price=D(0),
    trigger_price=D(0),
    working_type=WorkingType.MARK_PRICE,
    price_match="NONE",
    close_position=False,
    price_protect=True,
    reduce_only=False,
    activate_price=D("61000.10"),
    callback_rate=D("0.5"),
    self_trade_prevention="EXPIRE_MAKER",
    good_till_ms=0,
    created_ms=1,
    updated_ms=2,
)


def test_a_record_survives_json() -> None:
    for record in (_TRAILING, replace(_TRAILING, activate_price=None, child_order_id=7, status=AlgoStatus.TRIGGERED)):
        assert from_row(AlgoOrder, json.loads(json.dumps(to_row(record)))) == record


def test_long_fractions_survive_json() -> None:
    position = Position("BTCUSDT", PositionSide.SHORT, amount=D("-0.003"), entry=D(1) / D(3))

    assert from_row(Position, json.loads(json.dumps(to_row(position)))) == position


def test_words_and_flags_keep_their_types() -> None:
    settings = AccountSettings(cross_wallet=D("1.50"), dual_side=True, multi_assets=False, updated_ms=5)

    row = to_row(settings)

    flags = {"dual_side": True, "multi_assets": False, "fee_burn": False}
    assert row == flags | {"cross_wallet": "1.50", "updated_ms": 5, "bnb": "0", "coin_margined": ""}


def test_a_row_written_before_a_column_existed_takes_its_default() -> None:
    row = {"cross_wallet": "1.50", "dual_side": True, "multi_assets": False, "updated_ms": 5}

    assert from_row(AccountSettings, row).fee_burn is False
