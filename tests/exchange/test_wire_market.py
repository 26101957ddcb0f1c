from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.exchange import BookTicker, Candle, CommissionRates
from domain.terms import LeverageBracket, SymbolRules
from exchange.errors import UnexpectedAnswer
from exchange.wire_market import (
    parse_book_ticker,
    parse_candle,
    parse_commission_rates,
    parse_leverage_brackets,
    parse_rate_limits,
    parse_symbol_rules,
)
from tests.exchange.wire_examples import BRACKETS, EXCHANGE_INFO, SYMBOL

D = Decimal


def with_filter(kind: str, **change: str) -> dict[str, Any]:
    filters: Any = SYMBOL["filters"]
    return {**SYMBOL, "filters": [{**rule, **change} if rule["filterType"] == kind else rule for rule in filters]}


def test_rules_take_the_narrower_of_both_lot_filters() -> None:
    rules = parse_symbol_rules(EXCHANGE_INFO)

    assert rules == {
        "BTCUSDT": SymbolRules(
            symbol="BTCUSDT",
            base_asset="BTC",
            tick_size=D("0.1"),
            min_price=D("261.10"),
            max_price=D("809484"),
            step_size=D("0.001"),
            min_quantity=D("0.002"),
            max_quantity=D("120"),
            min_notional=D("50"),
            multiplier_up=D("1.05"),
            multiplier_down=D("0.95"),
            market_take_bound=D("0.05"),
            trading=True,
            liquidation_fee=D("0.0125"),
            price_precision=2,
        )
    }


def test_only_usdt_perpetuals_are_listed_and_an_unreadable_one_does_not_hide_the_others() -> None:
    quarterly = {**SYMBOL, "symbol": "BTCUSDT_270326", "contractType": "CURRENT_QUARTER"}
    other_money = {**SYMBOL, "symbol": "BTCUSDC", "marginAsset": "USDC"}
    without_filters = {**SYMBOL, "symbol": "ODDUSDT", "filters": []}

    unreadable: list[Any] = [None, [], {}, {"symbol": 5}, {**SYMBOL, "contractType": None}, {**SYMBOL, "filters": 1}]

    rules = parse_symbol_rules(
        {**EXCHANGE_INFO, "symbols": [*unreadable, quarterly, other_money, without_filters, SYMBOL]}
    )

    assert list(rules) == ["BTCUSDT"]


@pytest.mark.parametrize(
    "symbol",
    [
        {**SYMBOL, "status": "SETTLING"},
        with_filter("POSITION_RISK_CONTROL", positionControlSide="LONG"),
    ],
)
def test_a_symbol_that_takes_no_new_positions_is_not_trading(symbol: dict[str, Any]) -> None:
    assert not parse_symbol_rules({**EXCHANGE_INFO, "symbols": [symbol]})["BTCUSDT"].trading


def test_a_maximum_price_of_zero_means_none() -> None:
    symbol = with_filter("PRICE_FILTER", maxPrice="0")

    assert parse_symbol_rules({**EXCHANGE_INFO, "symbols": [symbol]})["BTCUSDT"].max_price > 10**9


def test_a_tick_of_ten_stays_without_exponent() -> None:
    symbol = with_filter("PRICE_FILTER", tickSize="10.0")

    assert str(parse_symbol_rules({**EXCHANGE_INFO, "symbols": [symbol]})["BTCUSDT"].tick_size) == "10"


def test_no_symbols_at_all_is_not_an_answer() -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_symbol_rules({**EXCHANGE_INFO, "symbols": []})


def test_limits_are_read_by_kind_and_window() -> None:
    assert parse_rate_limits(EXCHANGE_INFO) == {
        ("REQUEST_WEIGHT", 60): 6000,
        ("ORDERS", 60): 1200,
        ("ORDERS", 10): 300,
    }


@pytest.mark.parametrize(
    "answer", [BRACKETS, [BRACKETS], [{**BRACKETS, "symbol": "ETHUSDT", "brackets": []}, BRACKETS]]
)
def test_brackets_come_smallest_first_from_an_object_or_a_list(answer: Any) -> None:
    exact = _with_decimals(answer)

    assert parse_leverage_brackets(exact, "BTCUSDT") == (
        LeverageBracket(150, D(0), D(300000), D("0.004"), D(0)),
        LeverageBracket(100, D(300000), D(800000), D("0.005"), D(300)),
    )


def test_commission_rates_book_and_candle_are_read() -> None:
    kline = [1795340040000, "1.0", "2.0", "0.5", "1.5", "10", 1795340099999, "15", 3, "4", "6", "0"]

    assert parse_commission_rates(
        {"symbol": "BTCUSDT", "makerCommissionRate": "0.000200", "takerCommissionRate": "0.000500"}
    ) == CommissionRates(maker=D("0.0002"), taker=D("0.0005"))
    assert parse_book_ticker(
        {"symbol": "BTCUSDT", "bidPrice": "1.1", "bidQty": "5", "askPrice": "1.2", "askQty": "6", "time": 1}
    ) == BookTicker("BTCUSDT", D("1.1"), D("1.2"))
    assert parse_candle(kline) == Candle(
        datetime.fromtimestamp(1795340040, UTC), D("1.0"), D("2.0"), D("0.5"), D("1.5"), D("10")
    )


@pytest.mark.parametrize("row", [None, {}, [], [1, "1", "2"]])
def test_a_candle_of_another_shape_raises(row: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_candle(row)


def _with_decimals(answer: Any) -> Any:
    """Numbers as the transport hands them on."""
    if isinstance(answer, list):
        return [_with_decimals(item) for item in answer]
    if isinstance(answer, dict):
        return {name: _with_decimals(value) for name, value in answer.items()}
    return D(str(answer)) if isinstance(answer, float) else answer
