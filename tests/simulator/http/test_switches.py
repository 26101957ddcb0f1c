"""Switches given as NAME=VALUE."""

import pytest

from simulator.switches import Switches, switched


def test_each_choice_changes_one_switch() -> None:
    changed = switched(
        Switches(), ["legacy_order_answer=true", "duplicate_algo_id_code=-4015", "taker_fee_rate=0.0004"]
    )

    assert changed == Switches(legacy_order_answer=True, duplicate_algo_id_code=-4015, taker_fee_rate="0.0004")


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ("colour=red", "legacy_order_answer"),
        ("legacy_order_answer=yes", "true or false"),
        ("duplicate_algo_id_code=x", "whole number"),
        ("taker_fee_rate=much", "fraction such as"),
        ("triggering_milliseconds=-1", "negative"),
        ("refusal_status=200", "400 to 599"),
    ],
)
def test_a_choice_that_does_not_fit_says_what_would(sent: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        switched(Switches(), [sent])
