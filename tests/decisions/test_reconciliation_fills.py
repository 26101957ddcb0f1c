"""Which fills are new and whose they are, from literals: given this view and these fills, exactly these effects."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.reconciliation.effects import Attribute, AttributeAnew, RecordFill
from decisions.reconciliation.fills import LedgerConflict, attributed, recorded, taken_over
from decisions.reconciliation.view import KeyFacts, KeyTrade
from domain.terms import Fill
from tests.decisions.reconciliation_building import NOW, D
from tests.domain.trades import fill

BOUGHT, MORE = fill(1, "100000", "0.03"), fill(2, "100010", "0.01")


def key_trade(number: int, quantity: str, *, opening: bool, for_us: bool, own: str | None = None) -> KeyTrade:
    """Return a fill at the trade's key, of as many seconds ago as its number says; own as meant, unless told."""
    counts = quantity if for_us else "0"
    return KeyTrade(
        number, NOW + timedelta(seconds=number), D(quantity), opening, for_us, D(counts if own is None else own)
    )


ENTERED = key_trade(1, "0.03", opening=True, for_us=True)
ADDED = key_trade(2, "0.01", opening=True, for_us=False)
STOPPED = key_trade(3, "0.04", opening=False, for_us=True)


def key(*trades: KeyTrade, ended: bool = False, never_entered: bool = False) -> KeyFacts:
    """Return what is recorded at the trade's key."""
    external = any(trade.own_quantity != trade.quantity for trade in trades)
    return KeyFacts(1, ended=ended, never_entered=never_entered, has_external=external, trades=trades)


# What is recorded.


def test_0008_new_fills_are_recorded_and_attributed() -> None:
    assert recorded(1, 5, {1: BOUGHT}, [BOUGHT, MORE]) == (RecordFill(1, 5, MORE), AttributeAnew(1))


def test_0008_a_report_that_comes_again_changes_nothing() -> None:
    assert recorded(1, 5, {1: BOUGHT, 2: MORE}, [BOUGHT, MORE]) == ()
    assert recorded(1, 5, {}, []) == ()


def test_a_fill_that_one_report_shows_twice_is_recorded_once() -> None:
    assert recorded(1, 5, {}, [BOUGHT, BOUGHT]) == (RecordFill(1, 5, BOUGHT), AttributeAnew(1))


@pytest.mark.parametrize(
    "changed",
    [
        {"price": D("100001")},
        {"quantity": D("0.031")},
        {"commission": D("9")},
        {"realized_pnl": D("9")},
        {"exchange_order_id": 9},
    ],
    ids=str,
)
def test_0008_a_fill_that_comes_back_with_other_content_is_never_recorded_over(changed: dict[str, Decimal]) -> None:
    other = replace(BOUGHT, **changed)  # type: ignore[arg-type]  # one of its fields

    with pytest.raises(LedgerConflict, match="trade 1 of BTCUSDT"):
        recorded(1, 5, {1: BOUGHT}, [other])
    with pytest.raises(LedgerConflict):
        recorded(1, 5, {}, [BOUGHT, other])


def test_a_fee_that_has_got_its_value_is_no_conflict() -> None:
    assert recorded(1, 5, {1: BOUGHT}, [replace(BOUGHT, fee_usdt=D("1.2"))]) == ()


# Whose it is.


def test_0018_a_trade_alone_at_its_key_owns_everything() -> None:
    assert attributed(key(ENTERED, key_trade(2, "0.03", opening=False, for_us=True))) == ()


def test_0018_what_somebody_else_adds_is_theirs() -> None:
    assert attributed(key(ENTERED, ADDED)) == (Attribute(1, ((1, D("0.03")), (2, D(0))), D("0.01")),)


def test_0018_our_order_takes_our_own_first_and_the_rest_of_theirs() -> None:
    own = ((1, D("0.03")), (2, D(0)), (3, D("0.03")))

    assert attributed(key(ENTERED, ADDED, STOPPED)) == (Attribute(1, own, D(0)),)


def test_0018_fills_are_attributed_as_they_were_traded_not_as_they_were_read() -> None:
    assert attributed(key(STOPPED, ADDED, ENTERED)) == attributed(key(ENTERED, ADDED, STOPPED))


def test_0018_an_external_order_takes_the_external_part_first_and_the_rest_of_ours() -> None:
    liquidated = key_trade(3, "0.02", opening=False, for_us=False)
    own = ((1, D("0.03")), (2, D(0)), (3, D("0.01")))

    assert attributed(key(ENTERED, ADDED, liquidated)) == (Attribute(1, own, D(0)),)


def test_0018_what_nobody_is_known_to_have_held_stays_with_the_trade_until_it_is_explained() -> None:
    assert attributed(key(ENTERED, STOPPED)) == ()
    own = ((1, D("0.03")), (2, D(0)), (3, D("0.05")))
    closed_more = replace(STOPPED, quantity=D("0.06"), own_quantity=D("0.06"))
    assert attributed(key(ENTERED, ADDED, closed_more)) == (Attribute(1, own, D(0)),)


@pytest.mark.parametrize("known", [{"ended": True}, {"never_entered": True}], ids=["ended", "never entered"])
def test_0066_what_an_ended_trade_did_not_hold_is_not_its_own(known: dict[str, bool]) -> None:
    held_nothing = key_trade(3, "0.02", opening=False, for_us=True)

    assert attributed(key(held_nothing, **known)) == (Attribute(1, ((3, D(0)),), D(0)),)
    assert attributed(key(held_nothing)) == ()


def test_0018_what_is_taken_over_is_the_trades_as_a_whole() -> None:
    everything = ((1, D("0.03")), (2, D("0.01")))

    assert taken_over(key(ENTERED, ADDED)) == (Attribute(1, everything, D(0)),)


# Whatever the fills.

KEY_TRADES = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=8
).map(
    lambda drawn: [
        key_trade(number, str(D(quantity) / 1000), opening=opening, for_us=for_us, own=str(D(quantity * ours) / 1000))
        for number, (quantity, opening, for_us, ours) in enumerate(drawn, 1)
    ]
)


@given(KEY_TRADES, st.booleans(), st.randoms())
def test_in_which_order_fills_were_recorded_changes_nothing(
    trades: list[KeyTrade], ended: bool, random: Random
) -> None:
    shuffled = random.sample(trades, len(trades))

    assert attributed(key(*shuffled, ended=ended)) == attributed(key(*trades, ended=ended))


@given(KEY_TRADES, st.booleans())
def test_no_quantity_is_lost_or_made(trades: list[KeyTrade], ended: bool) -> None:
    for effect in attributed(key(*trades, ended=ended)):
        assert isinstance(effect, Attribute)
        own = dict(effect.own)
        assert own.keys() == {trade.trade_id for trade in trades}
        assert all(0 <= own[trade.trade_id] <= trade.quantity for trade in trades)
        added = sum((t.quantity - own[t.trade_id] for t in trades if t.opening), D(0))
        assert 0 <= effect.external_quantity <= added


@given(KEY_TRADES, st.booleans())
def test_attributing_again_what_was_attributed_changes_nothing(trades: list[KeyTrade], ended: bool) -> None:
    for effect in attributed(key(*trades, ended=ended)):
        assert isinstance(effect, Attribute)
        own = dict(effect.own)
        # Who opened is told by whose the fill was; that does not change with its attribution.
        written = [replace(trade, own_quantity=own[trade.trade_id]) for trade in trades]
        assert attributed(key(*written, ended=ended)) in ((effect,), ())


@pytest.mark.parametrize("order", permutations([BOUGHT, MORE, fill(3, "100020", "0.02")]))
def test_in_whatever_order_reports_come_the_same_fills_are_recorded(order: tuple[Fill, ...]) -> None:
    known: dict[int, Fill] = {}
    for one in order:
        for effect in recorded(1, 5, known, [one]):
            if isinstance(effect, RecordFill):
                known[effect.fill.trade_id] = effect.fill

    assert known == {fill.trade_id: fill for fill in order}
