"""A preset comes back as it was kept."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.preview.amounts import AmountMeasure, AmountUnit, ExitUnit
from domain.preview.presets import BadPreset, TradePreset, preset_from_json, preset_name, preset_to_json
from domain.terms import Basis, ReopenRule, Side
from tests.domain.trades import D, decimals

RULE = ReopenRule(enabled=True, delay=timedelta(minutes=15), maximum=None, after_stop=False)
PRESET = TradePreset(
    "BTC scalp",
    D("2.5"),
    AmountMeasure.VALUE,
    AmountUnit.PERCENT_FREE,
    20,
    D("0.00001234"),
    D("123456.7"),
    ExitUnit.PRICE,
    Basis.GROSS,
    RULE,
    "BTCUSDT",
    Side.SHORT,
)


def test_a_preset_is_kept_with_every_digit() -> None:
    json = preset_to_json(PRESET)

    assert json["target"] == "0.00001234"
    assert preset_from_json(json) == PRESET


@given(
    amount=decimals("0", "1000000", 8),
    leverage=st.integers(1, 125),
    unit=st.sampled_from(ExitUnit),
    side=st.none() | st.sampled_from(Side),
    maximum=st.none() | st.integers(1, 999),
)
def test_any_preset_comes_back(
    amount: D, leverage: int, unit: ExitUnit, side: Side | None, maximum: int | None
) -> None:
    preset = TradePreset(
        "x",
        amount,
        AmountMeasure.MARGIN,
        AmountUnit.USDT,
        leverage,
        amount,
        amount,
        unit,
        Basis.NET,
        ReopenRule(enabled=False, maximum=maximum),
        side=side,
    )

    assert preset_from_json(preset_to_json(preset)) == preset


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "-1"), ("stop", "NaN"), ("unit", "eur"), ("leverage", None), ("reopen", {}), ("side", "UP")],
)
def test_what_cannot_be_read_is_said(field: str, value: object) -> None:
    with pytest.raises(BadPreset):
        preset_from_json({**preset_to_json(PRESET), field: value})


def test_a_name_is_one_short_line() -> None:
    assert preset_name("  BTC \n scalp ") == "BTC scalp"
    assert preset_name("x" * 100) == "x" * 24


def test_a_name_keeps_only_what_can_be_seen() -> None:
    assert preset_name("a\x00b\u202ec\t d\ud800\n") == "abc d"
