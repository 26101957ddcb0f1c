from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.exchange import (
    AccountModes,
    Balance,
    ConditionalOrder,
    ConditionalStatus,
    ExchangeOrder,
    ExchangePosition,
    ExchangeStatus,
    IncomeEntry,
    SymbolSettings,
)
from domain.terms import Fill, OrderSide, Side
from exchange.errors import UnexpectedAnswer
from exchange.wire import (
    decimal,
    flag,
    integer,
    parse_account_modes,
    parse_balance,
    parse_conditional,
    parse_fill,
    parse_income,
    parse_order,
    parse_position,
    parse_symbol_settings,
    rows,
)
from tests.exchange.wire_examples import (
    ACCOUNT_CONFIG,
    BALANCE,
    FUNDING,
    PLACED_MARKET,
    PLACED_STOP,
    POSITION,
    SYMBOL_CONFIG,
    TRADE,
)

D = Decimal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def test_a_market_order_is_read_without_an_average_price() -> None:
    assert parse_order(PLACED_MARKET) == ExchangeOrder(
        symbol="BTCUSDT",
        exchange_order_id=883412345678,
        client_order_id="t1-abc123-7-e-1",
        order_side=OrderSide.BUY,
        position_side=Side.LONG,
        order_type="MARKET",
        status=ExchangeStatus.FILLED,
        quantity=D("0.010"),
        executed_quantity=D("0.010"),
        updated_at=at(1795340000200),
    )


def test_a_queried_order_with_more_fields_reads_the_same() -> None:
    queried = {**PLACED_MARKET, "avgPrice": "84210.50000", "cumQuote": "842.10500", "time": 1795340000199}
    del queried["cumQty"]

    assert parse_order(queried) == parse_order(PLACED_MARKET)


def test_an_order_of_one_way_mode_has_no_position_side() -> None:
    assert parse_order({**PLACED_MARKET, "positionSide": "BOTH"}).position_side is None


@pytest.mark.parametrize("status", ["NEW_INSURANCE", "NEW_ADL"])
def test_a_liquidation_order_begins_as_new(status: str) -> None:
    assert parse_order({**PLACED_MARKET, "status": status}).status is ExchangeStatus.NEW


@pytest.mark.parametrize(
    "change",
    [
        {"side": "HOLD"},
        {"positionSide": "UP"},
        {"orderId": 1.5},
        {"orderId": True},
        {"orderId": "abc"},
        {"executedQty": None},
        {"executedQty": "NaN"},
        {"executedQty": "much"},
        {"executedQty": 0.01},
        {"clientOrderId": 5},
    ],
)
def test_an_order_that_is_not_understood_raises(change: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_order({**PLACED_MARKET, **change})


def test_a_state_that_nobody_here_knows_is_kept_as_unknown() -> None:
    assert parse_order({**PLACED_MARKET, "status": "HALF"}).status is ExchangeStatus.UNKNOWN
    assert parse_conditional({**PLACED_STOP, "algoStatus": "PENDING_NEW"}).status is ConditionalStatus.UNKNOWN


@pytest.mark.parametrize("answer", [None, [], {}, "text", 5])
def test_an_answer_of_another_shape_raises(answer: Any) -> None:
    for parse in (parse_order, parse_conditional, parse_fill, parse_income, parse_balance, parse_account_modes):
        with pytest.raises(UnexpectedAnswer):
            parse(answer)


def test_a_placed_stop_has_no_child_and_has_not_triggered() -> None:
    assert parse_conditional(PLACED_STOP) == ConditionalOrder(
        symbol="BTCUSDT",
        algo_id=2148719,
        client_order_id="t1-abc123-7-s-1",
        order_side=OrderSide.SELL,
        position_side=Side.LONG,
        order_type="STOP_MARKET",
        status=ConditionalStatus.NEW,
        trigger_price=D("80000.00"),
        quantity=D("0.010"),
        close_position=False,
        child_order_id=None,
        created_at=at(1795340000123),
        triggered_at=None,
    )


def test_a_triggered_stop_names_its_child() -> None:
    queried = {
        **PLACED_STOP,
        "algoStatus": "FINISHED",
        "actualOrderId": "883412345999",
        "actualPrice": "79990.10",
        "triggerTime": 1795340009999,
    }

    order = parse_conditional(queried)

    assert order.child_order_id == 883412345999
    assert order.triggered_at == at(1795340009999)
    assert order.status is ConditionalStatus.FINISHED


@pytest.mark.parametrize("child", ["", "0", None, 0])
def test_a_child_that_is_not_there_yet_is_none_however_written(child: Any) -> None:
    assert parse_conditional({**PLACED_STOP, "actualOrderId": child}).child_order_id is None


@pytest.mark.parametrize("quantity", ["", "0", "0.000", None])
def test_a_stop_for_the_whole_position_has_quantity_zero(quantity: Any) -> None:
    order = parse_conditional({**PLACED_STOP, "quantity": quantity, "closePosition": True})

    assert order.quantity == 0
    assert order.close_position


def test_an_external_trailing_stop_without_trigger_price_can_be_read() -> None:
    trailing = {**PLACED_STOP, "orderType": "TRAILING_STOP_MARKET", "triggerPrice": "", "callbackRate": "1"}

    assert parse_conditional(trailing).trigger_price == 0


def test_positions_show_short_as_positive() -> None:
    short = {**POSITION, "positionSide": "SHORT", "positionAmt": "-0.020", "liquidationPrice": "90000.5"}
    short |= {"isolatedWallet": "170.5"}
    flat = {**POSITION, "symbol": "ETHUSDT", "positionAmt": "0.000"}

    assert parse_position(flat).quantity == 0
    assert [parse_position(row) for row in (POSITION, short)] == [
        ExchangePosition(
            "BTCUSDT", Side.LONG, D("0.010"), D("84210.5"), D("84300.1"), None, D("0.896"), D("3.372004"), False
        ),
        ExchangePosition(
            "BTCUSDT",
            Side.SHORT,
            D("0.020"),
            D("84210.5"),
            D("84300.1"),
            D("90000.5"),
            D("0.896"),
            D("3.372004"),
            True,
        ),
    ]


@pytest.mark.parametrize(("amount", "side"), [("0.010", Side.LONG), ("-0.010", Side.SHORT)])
def test_a_one_way_position_has_the_side_of_its_sign(amount: str, side: Side) -> None:
    position = parse_position({**POSITION, "positionSide": "BOTH", "positionAmt": amount})

    assert position.side is side
    assert position.quantity == D("0.010")


def test_a_trade_is_read_exactly() -> None:
    assert parse_fill(TRADE) == Fill(
        symbol="BTCUSDT",
        trade_id=7788990011,
        exchange_order_id=883412345678,
        order_side=OrderSide.BUY,
        position_side=Side.LONG,
        price=D("84210.50"),
        quantity=D("0.010"),
        commission=D("0.42105250"),
        commission_asset="USDT",
        realized_pnl=D("0"),
        maker=False,
        traded_at=at(1795340000200),
    )


def test_funding_has_no_trade_and_a_transfer_no_symbol() -> None:
    transfer = {**FUNDING, "symbol": "", "incomeType": "TRANSFER", "income": "100"}

    assert parse_income(FUNDING) == IncomeEntry(
        "BTCUSDT", "FUNDING_FEE", D("-0.08430010"), "USDT", 9689322392, None, at(1795363200000)
    )
    assert parse_income(transfer).symbol == ""
    assert parse_income({**FUNDING, "tradeId": "7788990011"}).trade_id == 7788990011


def test_the_balance_is_the_usdt_row() -> None:
    other = {**BALANCE, "asset": "BNB", "balance": "7"}

    mine = {**BALANCE, "crossWalletBalance": "4600"}

    assert parse_balance([other, mine]) == Balance("SgsR", D("5000"), D("4900"), D("-1.5"), D("4600"))


def test_an_account_that_never_held_usdt_holds_none() -> None:
    assert parse_balance([{**BALANCE, "asset": "BNB"}]) == Balance("SgsR", D(0), D(0), D(0), D(0))


def test_account_modes_and_symbol_settings_are_read() -> None:
    assert parse_account_modes(ACCOUNT_CONFIG) == AccountModes(hedge=True, multi_assets=False, can_trade=True)
    assert parse_symbol_settings([SYMBOL_CONFIG], "BTCUSDT") == SymbolSettings("BTCUSDT", 10, cross_margin=True)
    assert not parse_symbol_settings([{**SYMBOL_CONFIG, "marginType": "ISOLATED"}], "BTCUSDT").cross_margin


@pytest.mark.parametrize(
    "answer", [[], [{**SYMBOL_CONFIG, "symbol": "ETHUSDT"}], [{**SYMBOL_CONFIG, "marginType": "?"}]]
)
def test_settings_of_another_symbol_or_kind_raise(answer: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_symbol_settings(answer, "BTCUSDT")


def test_numbers_come_exact_and_booleans_as_either_kind() -> None:
    assert decimal({"x": D("0.004")}, "x") == D("0.004")
    assert decimal({"x": 300000}, "x") == 300000
    assert integer({"x": "4000000000000123"}, "x") == 4000000000000123
    assert flag({"x": "false"}, "x") is False
    assert flag({"x": True}, "x") is True
    with pytest.raises(UnexpectedAnswer):
        flag({"x": "False"}, "x")
    assert rows({"a": 1}) == [{"a": 1}]


def test_money_that_is_no_margin_for_the_bot_is_named() -> None:
    rows = [
        {"accountAlias": "A", "asset": asset, "balance": amount, "availableBalance": amount}
        | {"crossUnPnl": "0", "crossWalletBalance": amount}
        for asset, amount in (("USDT", "0"), ("BNB", "2"), ("BNFCR", "500"), ("USDC", "0"))
    ]

    assert parse_balance(rows).other_assets == ("BNFCR",)
    assert parse_balance(rows[1:]).wallet_usdt == 0
