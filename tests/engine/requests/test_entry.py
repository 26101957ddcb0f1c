"""Preparing an entry: leverage and margin type are set while nothing is open, then the facts are read."""

import time
from dataclasses import replace

import pytest

from binance_client import BinanceTestnetClient
from domain.terms import OrderIntent, Purpose, Side
from engine.requests.entry import PrepareEntry
from engine.requests.orders import SendOrder
from engine.requests.reports import EntryFacts, EntryNotPrepared
from tests.domain.trades import D, trade
from tests.support.practice import PracticeExchange

pytestmark = pytest.mark.slow

ENTRY = OrderIntent("t1-abc123-1-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)


def test_leverage_and_cross_margin_are_set_before_an_entry(client: BinanceTestnetClient) -> None:
    facts = PrepareEntry("open-1", trade()).run(client)

    assert isinstance(facts, EntryFacts)
    assert (facts.key, facts.positions) == ("open-1", ())
    settings = client.fetch_symbol_settings("BTCUSDT")
    assert (settings.leverage, settings.cross_margin) == (trade().leverage, True)


def test_what_both_sides_share_is_not_touched_while_something_is_open(client: BinanceTestnetClient) -> None:
    PrepareEntry("open-1", trade()).run(client)
    SendOrder(1, ENTRY, client.exchange_now(), time.monotonic()).run(client)

    facts = PrepareEntry("open-2", replace(trade(Side.SHORT), leverage=3)).run(client)

    assert isinstance(facts, EntryFacts)
    assert facts.settings.leverage == trade().leverage
    assert len(facts.positions) == 1


def test_a_rejection_lasts_and_a_silence_passes(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    rejected = PrepareEntry("open-1", replace(trade(), leverage=100_000)).run(client)
    with exchange.silent():
        unanswered = PrepareEntry("open-1", trade()).run(client)

    assert isinstance(rejected, EntryNotPrepared)
    assert rejected.lasting
    assert isinstance(unanswered, EntryNotPrepared)
    assert not unanswered.lasting
