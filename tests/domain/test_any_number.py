"""Whatever number is typed, the rules answer in words: no arithmetic limit of a library ends them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.preview.amounts import AmountMeasure, AmountUnit, ExitUnit
from domain.preview.edits import OpenTrade, edit_refusals, percent_at_price, price_for_percent, price_for_result
from domain.preview.requested import requested_refusals
from domain.terms import Basis, Side
from domain.terms_json import BadTerms, terms_from_json, terms_to_json
from tests.domain.test_preview import look
from tests.domain.test_requested import AT_60000, requested_trade
from tests.domain.trades import D, bases, sides, trade

anything = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.builds(
        lambda digits, exponent, sign: Decimal((sign, digits, exponent)),
        st.lists(st.integers(0, 9), min_size=1, max_size=60).map(tuple),
        st.integers(-400, 400),
        st.integers(0, 1),
    ),
    st.sampled_from([D("1E+999999"), D("-1E+999999"), D("1E-999999"), D("9" * 40), D("0." + "3" * 60), D("-0")]),
)


@settings(max_examples=300)
@given(sides, anything, st.integers(-5, 10**6), anything, anything, bases)
def test_any_terms_are_judged(side: Side, amount: D, leverage: int, target: D, stop: D, basis: Basis) -> None:
    terms = trade(side, amount_usdt=amount, leverage=leverage, tp_usdt=target, sl_usdt=stop, basis=basis)

    for refusal in look(terms)[1]:
        assert refusal.message.endswith(".")


@settings(max_examples=300)
@given(
    sides,
    anything,
    anything,
    anything,
    st.integers(-5, 10**6),
    st.sampled_from(ExitUnit),
    st.sampled_from(AmountUnit),
    st.sampled_from(AmountMeasure),
)
def test_any_request_is_judged(
    side: Side,
    amount: D,
    target: D,
    stop: D,
    leverage: int,
    exit_unit: ExitUnit,
    amount_unit: AmountUnit,
    measure: AmountMeasure,
) -> None:
    requested = requested_trade(
        side,
        amount=amount,
        target=target,
        stop=stop,
        leverage=leverage,
        exit_unit=exit_unit,
        amount_unit=amount_unit,
        measure=measure,
    )

    for refusal in requested_refusals(requested, AT_60000):
        assert refusal.message.endswith(".")


@given(sides, anything.filter(lambda number: number.is_finite()), anything.filter(lambda number: number.is_finite()))
def test_any_edit_is_judged(side: Side, stop: D, target: D) -> None:
    for sentence in edit_refusals(side, D("0.1"), D(60000), D(50000), stop, target):
        assert sentence.endswith(".")


@given(sides, anything.filter(lambda number: number.is_finite()))
def test_any_edit_is_turned_into_a_price(side: Side, number: D) -> None:
    held = OpenTrade(side, D("0.05"), D(60000), D("1.5"), D("0.0005"), D("0.1"))

    if -400 < number.adjusted() < 400:
        for price in (price_for_result(held, number), price_for_percent(held, number)):
            assert Fraction(price) % Fraction(held.tick_size) == 0
            assert percent_at_price(held, price).is_finite()


@pytest.mark.parametrize("number", ["1E+999999", "1E-999999", "1E+16", "NaN", "Infinity", "-1E+999999"])
@pytest.mark.parametrize("field", ["amount_usdt", "tp_usdt", "sl_usdt"])
def test_terms_with_such_a_number_are_refused_before_they_are_saved(field: str, number: str) -> None:
    with pytest.raises(BadTerms) as refused:
        terms_from_json(terms_to_json(trade()) | {field: number})

    assert all(message.endswith(".") for message in refused.value.messages)
