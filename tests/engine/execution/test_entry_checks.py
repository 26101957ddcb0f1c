"""Entries: each reason for which one may not be sent, from what was just read alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.exchange import BookTicker, RequestUsage, SymbolSettings
from domain.preview.preview import Preview
from domain.reopening import EntryRefusal
from domain.terms import Side
from engine.execution.entry_checks import AccountSetting, EntryRejected, Neighbours, check_entry
from engine.requests.reports import EntryFacts
from engine.state.exchange_state import ExchangeState
from storage.tables import PositionRow
from tests.domain.trades import BTC_BRACKETS, RATES, balance, trade
from tests.engine.building import D, held
from tests.services.building import BTC_RULES, NOW

USAGE = RequestUsage(
    weight_1m=100,
    weight_limit_1m=2400,
    orders_10s=0,
    orders_limit_10s=300,
    orders_1m=0,
    orders_limit_1m=1200,
    blocked_until=None,
)
ACCOUNT = AccountSetting(hedge=True, opening_paused=False, usage=USAGE)
NOBODY = Neighbours(live=None, opposite=None, earlier_orders_open=False)
TERMS = trade()
FACTS = EntryFacts(
    key="open-1",
    terms=TERMS,
    positions=(),
    settings=SymbolSettings("BTCUSDT", TERMS.leverage, cross_margin=True),
    book=BookTicker("BTCUSDT", D(99_999), D(100_000)),
    mark_price=D(100_000),
    balance=balance(),
    brackets=BTC_BRACKETS,
    rates=RATES,
    read_at=1000.0,
)


def exchange(**changes: object) -> ExchangeState:
    state = ExchangeState(rules={"BTCUSDT": BTC_RULES}, last_full_check_at=NOW)
    for name, value in changes.items():
        setattr(state, name, value)
    return state


def why(
    facts: EntryFacts = FACTS,
    state: ExchangeState | None = None,
    account: AccountSetting = ACCOUNT,
    neighbours: Neighbours = NOBODY,
    monotonic_now: float = 1000.5,
) -> EntryRefusal | None:
    checked = check_entry(facts, state or exchange(), account, neighbours, NOW, monotonic_now)
    return checked.why if isinstance(checked, EntryRejected) else None


def test_with_room_and_nobody_there_the_figures_come_back() -> None:
    checked = check_entry(FACTS, exchange(), ACCOUNT, NOBODY, NOW, 1000.5)

    assert isinstance(checked, Preview)
    assert checked.quantity > 0


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [
        (replace(USAGE, blocked_until=NOW + timedelta(seconds=1)), EntryRefusal.NO_ROOM_FOR_REQUESTS),
        (replace(USAGE, weight_1m=1201), EntryRefusal.NO_ROOM_FOR_REQUESTS),  # half of 2400 is left for protection
        (replace(USAGE, weight_1m=1200), None),
        (replace(USAGE, orders_10s=297), EntryRefusal.NO_ROOM_FOR_REQUESTS),
        (replace(USAGE, orders_1m=1196), None),
    ],
)
def test_an_entry_leaves_room_for_what_protects_it(usage: RequestUsage, wanted: EntryRefusal | None) -> None:
    assert why(account=replace(ACCOUNT, usage=usage)) is wanted


def test_without_hedge_mode_nothing_is_sent() -> None:
    assert why(account=replace(ACCOUNT, hedge=False)) is EntryRefusal.MODE_WRONG


@pytest.mark.parametrize(("age", "wanted"), [(10, None), (11, EntryRefusal.NO_FRESH_CHECK)])
def test_the_last_full_check_must_be_young(age: int, wanted: EntryRefusal | None) -> None:
    assert why(state=exchange(last_full_check_at=NOW - timedelta(seconds=age))) is wanted


def test_facts_that_took_too_long_to_read_are_not_acted_on() -> None:
    assert why(monotonic_now=1002.1) is EntryRefusal.NO_FRESH_CHECK


def test_another_trade_of_ours_or_of_others_is_in_the_way() -> None:
    ours = PositionRow(symbol="BTCUSDT", side=Side.LONG, leverage=TERMS.leverage)

    assert why(neighbours=replace(NOBODY, live=ours)) is EntryRefusal.POSITION_NOT_EMPTY
    assert why(facts=replace(FACTS, positions=(held("0.01"),))) is EntryRefusal.POSITION_NOT_EMPTY


def test_orders_of_the_trade_before_must_be_final() -> None:
    assert why(neighbours=replace(NOBODY, earlier_orders_open=True)) is EntryRefusal.EARLIER_ORDERS_OPEN


def test_both_sides_of_a_pair_share_their_leverage() -> None:
    other = PositionRow(symbol="BTCUSDT", side=Side.SHORT, leverage=TERMS.leverage + 1)
    elsewhere = replace(FACTS, settings=SymbolSettings("BTCUSDT", TERMS.leverage + 1, cross_margin=True))

    assert why(neighbours=replace(NOBODY, opposite=other)) is EntryRefusal.LEVERAGE_TAKEN
    assert why(facts=elsewhere) is EntryRefusal.LEVERAGE_TAKEN


def test_a_mark_price_past_the_stop_is_waited_for() -> None:
    assert why(facts=replace(FACTS, mark_price=D(90_000))) is EntryRefusal.PRICES_APART


def test_a_pair_that_is_not_traded_is_refused() -> None:
    assert why(state=exchange(rules={})) is EntryRefusal.TERMS_REFUSED
