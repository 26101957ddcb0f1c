"""Terms survive being kept as JSON, to the last digit."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exit_plan import ExitPlan, LockIn, Trail, TrailUnit
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from domain.terms_json import BadTerms, terms_from_json, terms_to_json

D = Decimal
GOOD = TradeTerms("BTCUSDT", Side.LONG, D("150"), 20, D("15.00"), D("10"), Basis.NET, ReopenRule(True, maximum=20))
money = st.decimals(min_value=D("1e-12"), max_value=D("1e12"), allow_nan=False, allow_infinity=False)
terms = st.builds(
    TradeTerms,
    symbol=st.text(min_size=1, max_size=20).filter(lambda text: "\x00" not in text),
    side=st.sampled_from(Side),
    amount_usdt=money,
    leverage=st.integers(1, 125),
    tp_usdt=money,
    sl_usdt=money,
    basis=st.sampled_from(Basis),
    reopen=st.builds(
        ReopenRule,
        enabled=st.booleans(),
        delay=st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
        maximum=st.none() | st.integers(1, 1000),
        after_target=st.booleans(),
        after_stop=st.booleans(),
    ),
)


@given(terms)
def test_terms_come_back_as_they_were(asked: TradeTerms) -> None:
    assert terms_from_json(json.loads(json.dumps(terms_to_json(asked)))) == asked


def test_moving_exits_come_back_with_their_terms() -> None:
    moving = replace(GOOD, exits=ExitPlan(D("4.50"), Trail(TrailUnit.USDT, D("3")), (LockIn(D(9), D(2)),)))

    assert terms_from_json(json.loads(json.dumps(terms_to_json(moving)))) == moving


def test_terms_from_before_exits_could_move_ask_for_none() -> None:
    kept = terms_to_json(GOOD)
    del kept["exits"]

    assert terms_from_json(kept) == GOOD


def test_money_is_kept_as_plain_text() -> None:
    kept = terms_to_json(GOOD)

    assert kept["amount_usdt"] == "150"
    assert kept["tp_usdt"] == "15.00"
    assert kept["reopen"] == {
        "enabled": True,
        "delay_seconds": 300,
        "maximum": 20,
        "after_target": True,
        "after_stop": True,
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("amount_usdt", 150.0),
        ("amount_usdt", "much"),
        ("amount_usdt", "NaN"),
        ("amount_usdt", "0"),
        ("tp_usdt", "-1"),
        ("sl_usdt", "Infinity"),
        ("leverage", "20"),
        ("leverage", True),
        ("leverage", 0),
        ("side", "UP"),
        ("basis", "NET?"),
        ("symbol", ""),
        ("symbol", 7),
        ("reopen", None),
        ("reopen", {}),
        ("exits", {"trail": 5}),
        ("exits", {"break_even_after_usdt": "16"}),
    ],
)
def test_anything_else_is_refused_in_words(name: str, bad: Any) -> None:
    with pytest.raises(BadTerms) as refused:
        terms_from_json(terms_to_json(GOOD) | {name: bad})

    assert all(message.endswith(".") for message in refused.value.messages)


def test_a_missing_part_is_named() -> None:
    kept = terms_to_json(GOOD)
    del kept["sl_usdt"]

    with pytest.raises(BadTerms, match="does not say its sl_usdt"):
        terms_from_json(kept)
