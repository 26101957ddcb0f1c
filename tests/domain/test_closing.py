"""Why a position closed."""

import pytest

from domain.closing import NotAClosingOrder, close_reason
from domain.terms import CloseReason, Purpose

OURS = "t1-x7k2p9-42-s-1"


@pytest.mark.parametrize(
    ("purpose", "reason"),
    [(Purpose.TARGET, CloseReason.TP), (Purpose.STOP, CloseReason.SL), (Purpose.INTERIM, CloseReason.SL)],
)
def test_stop_bridge_and_target_say_it_themselves(purpose: Purpose, reason: CloseReason) -> None:
    assert close_reason(purpose, OURS, None) is reason


@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.TARGET])
def test_a_stop_that_filled_first_wins_over_a_close_that_was_asked_for(purpose: Purpose) -> None:
    assert close_reason(purpose, OURS, CloseReason.MANUAL) is not CloseReason.MANUAL


@pytest.mark.parametrize("reason", [CloseReason.MANUAL, CloseReason.UNPROTECTED])
def test_a_close_counts_as_its_intent_says(reason: CloseReason) -> None:
    assert close_reason(Purpose.CLOSE, "t1-x7k2p9-42-c-1", reason) is reason


def test_a_close_without_a_reason_never_reopens() -> None:
    assert close_reason(Purpose.CLOSE, "t1-x7k2p9-42-c-1", None) is CloseReason.MANUAL


@pytest.mark.parametrize(
    ("client_order_id", "reason"),
    [
        ("autoclose-1795340000123", CloseReason.LIQUIDATION),
        ("adl_autoclose", CloseReason.ADL),
        ("settlement_autoclose-9", CloseReason.SETTLEMENT),
        ("delivery_autoclose-9", CloseReason.SETTLEMENT),
        ("web_Ab12", CloseReason.EXTERNAL),
        ("x-autoclose-1", CloseReason.EXTERNAL),
        ("", CloseReason.EXTERNAL),
        (OURS, CloseReason.EXTERNAL),
    ],
)
def test_an_order_that_is_not_ours_is_known_by_its_id(client_order_id: str, reason: CloseReason) -> None:
    assert close_reason(None, client_order_id, CloseReason.MANUAL) is reason


def test_our_own_row_wins_over_the_look_of_an_id() -> None:
    assert close_reason(Purpose.STOP, "autoclose-1", None) is CloseReason.SL


def test_an_entry_closes_nothing() -> None:
    with pytest.raises(NotAClosingOrder):
        close_reason(Purpose.ENTRY, "t1-x7k2p9-42-e-1", None)
