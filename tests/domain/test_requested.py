"""The form's fields in any unit, and the numbers that work in that unit."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.preview.amounts import AmountMeasure, AmountUnit, ExitUnit
from domain.preview.draft import MarketNow, Situation
from domain.preview.refusals import Refusal
from domain.preview.requested import RequestedTrade, quote_of, requested_refusals, requested_terms
from domain.terms import Basis, Side
from tests.domain.test_preview_of_any_trade import other_leverages, prices, wallets
from tests.domain.trades import BTC, BTC_BRACKETS, NO_REOPEN, RATES, D, balance, bases, decimals, market, sides

AT_60000 = Situation(market("59999.9", "60000.0", "60000.0"), BTC, BTC_BRACKETS, RATES, balance("1000"))


def requested_trade(side: Side = Side.LONG, **changes: object) -> RequestedTrade:
    values: dict[str, object] = {
        "symbol": "BTCUSDT",
        "side": side,
        "amount": D(150),
        "measure": AmountMeasure.MARGIN,
        "amount_unit": AmountUnit.USDT,
        "leverage": 20,
        "target": D(15),
        "stop": D(10),
        "exit_unit": ExitUnit.USDT,
        "basis": Basis.NET,
        "reopen": NO_REOPEN,
    }
    return RequestedTrade(**{**values, **changes})  # type: ignore[arg-type]


def entered(requested: RequestedTrade, refusals: tuple[Refusal, ...]) -> RequestedTrade:
    """Return the trade with every suggestion in its field."""
    fields = {"amount_usdt": "amount", "leverage": "leverage", "tp_usdt": "target", "sl_usdt": "stop"}
    numbers = {fields[one.field]: one.suggestion for one in refusals if one.suggestion is not None}
    leverage = int(numbers.pop("leverage", None) or requested.leverage)
    return replace(requested, leverage=leverage, **numbers)  # type: ignore[arg-type]


def test_fields_in_usdt_are_the_terms() -> None:
    terms = requested_terms(requested_trade(), None)

    assert terms is not None
    assert (terms.amount_usdt, terms.tp_usdt, terms.sl_usdt, terms.leverage) == (D(150), D(15), D(10), 20)


def test_other_units_need_a_quote() -> None:
    assert requested_terms(requested_trade(exit_unit=ExitUnit.PRICE), None) is None
    assert requested_terms(requested_trade(amount_unit=AmountUnit.PERCENT_FREE), None) is None
    assert (
        requested_terms(requested_trade(amount_unit=AmountUnit.PERCENT_FREE, amount=D(15)), quote_of(AT_60000))
        is not None
    )


def test_an_amount_that_buys_nothing_is_all_that_is_wrong() -> None:
    nothing = requested_trade(amount=D("0.5"), exit_unit=ExitUnit.PRICE, target=D(61000), stop=D(59000))

    (refusal,) = requested_refusals(nothing, AT_60000)

    assert refusal.field == "amount_usdt"
    assert "Enter 3.01 USDT or more" in refusal.message


@pytest.mark.parametrize(
    ("side", "unit", "stop", "said"),
    [
        (Side.LONG, ExitUnit.PRICE, "60100", "Enter 59 999.6 or lower"),
        (Side.SHORT, ExitUnit.PRICE, "59900", "Enter 60 000.2 or higher"),
        (Side.LONG, ExitUnit.PERCENT_PRICE, "0.0001", "% or more"),
        (Side.LONG, ExitUnit.PERCENT_MARGIN, "0.1", "% or more"),
        (Side.LONG, ExitUnit.USDT, "1", "USDT or more"),
    ],
)
def test_a_number_is_said_in_the_unit_of_its_field(side: Side, unit: ExitUnit, stop: str, said: str) -> None:
    far = D(61000) if side is Side.LONG else D(59000)
    requested = requested_trade(side, exit_unit=unit, target=far if unit is ExitUnit.PRICE else D(15), stop=D(stop))

    (refusal,) = requested_refusals(requested, AT_60000)

    assert refusal.field == "sl_usdt"
    assert said in refusal.message.replace("\u202f", " ")
    assert not requested_refusals(entered(requested, (refusal,)), AT_60000)


@st.composite
def requested_trades(draw: st.DrawFn) -> RequestedTrade:
    exit_unit = draw(st.sampled_from(ExitUnit))
    exits = {
        ExitUnit.USDT: st.one_of(decimals("0", "50", 2), decimals("0", "100000", 2)),
        ExitUnit.PRICE: decimals("0", "200000", 1),
        ExitUnit.PERCENT_PRICE: st.one_of(decimals("0", "2", 2), decimals("0", "150", 2)),
        ExitUnit.PERCENT_MARGIN: st.one_of(decimals("0", "20", 2), decimals("0", "3000", 2)),
    }[exit_unit]
    amount_unit = draw(st.sampled_from(AmountUnit))
    usdt = st.one_of(decimals("0", "200", 2), decimals("0", "5000000", 2))
    return requested_trade(
        draw(sides),
        amount=draw(usdt if amount_unit is AmountUnit.USDT else decimals("0", "300", 2)),
        measure=draw(st.sampled_from(AmountMeasure)),
        amount_unit=amount_unit,
        leverage=draw(st.integers(1, 160)),
        target=draw(exits),
        stop=draw(exits),
        exit_unit=exit_unit,
        basis=draw(bases),
    )


situations = st.builds(
    lambda now, money, other: Situation(now, BTC, BTC_BRACKETS, RATES, money, other), prices, wallets, other_leverages
)


@settings(max_examples=400)
@given(requested_trades(), situations)
def test_all_suggestions_entered_at_once_leave_nothing_wrong(requested: RequestedTrade, situation: Situation) -> None:
    refused = requested_refusals(requested, situation)
    hopeless = {one.field for one in refused if one.suggestion is None}

    left = requested_refusals(entered(requested, refused), situation)

    assert {one.field for one in left} <= hopeless
    assert all(one.suggestion is None for one in left)


@given(requested_trades(), prices.map(lambda now: MarketNow(now.bid, now.ask, now.mark)))
def test_a_suggestion_is_a_number_that_its_field_can_hold(requested: RequestedTrade, now: MarketNow) -> None:
    situation = replace(AT_60000, market=now)

    for refusal in (one for one in requested_refusals(requested, situation) if one.suggestion is not None):
        assert refusal.suggestion is not None
        assert refusal.suggestion > 0 or refusal.field in ("tp_usdt", "sl_usdt")
        if refusal.field in ("tp_usdt", "sl_usdt") and requested.exit_unit is ExitUnit.PRICE:
            assert refusal.suggestion % BTC.tick_size == 0
        assert refusal.shown in refusal.message
