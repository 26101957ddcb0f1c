"""Stops: since when one rests, since when none does, and where it belongs."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.journal.order_facts import StopGone
from domain.terms import OrderState
from storage.bot_tables import JournalRow
from tests.engine.building import STOP_PRICE, D, OpenTrade
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory(), protected_at=None, unprotected_since=NOW - timedelta(milliseconds=250))


def journal(trade: OpenTrade) -> list[JournalRow]:
    trade.session.flush()
    return list(trade.session.scalars(select(JournalRow).order_by(JournalRow.id)))


def test_a_stop_that_rests_is_told_once_with_the_time_without(trade: OpenTrade) -> None:
    trade.lifecycle.protection.stop_rests(trade.position, STOP_PRICE)
    trade.lifecycle.protection.stop_rests(trade.position, STOP_PRICE)

    assert (trade.position.protected_at, trade.position.unprotected_since) == (NOW, None)
    rows = journal(trade)
    assert [row.event for row in rows] == ["protected"]
    assert rows[0].details["seconds_without"] == "0.250"
    assert rows[0].text == "Stop-loss of BTCUSDT LONG is placed on the exchange at 99\u202f700.0."


def test_a_stop_is_not_lost_while_another_rests(trade: OpenTrade) -> None:
    trade.position.protected_at = NOW

    trade.lifecycle.protection.stop_lost(trade.position, StopGone.NOT_FOUND)

    assert trade.position.protected_at == NOW


def test_a_lost_stop_is_told_and_the_clock_of_the_deadline_runs(trade: OpenTrade) -> None:
    trade.position.protected_at, trade.position.unprotected_since = NOW - timedelta(hours=1), None
    trade.stop.state = OrderState.CANCELLED

    trade.lifecycle.protection.stop_lost(trade.position, StopGone.CANCELLED_ELSEWHERE)

    position = trade.position
    assert {"protected": position.protected_at, "unprotected": position.unprotected_since} == {
        "protected": None,
        "unprotected": NOW,
    }
    assert [(row.event, row.details["why"]) for row in journal(trade)] == [("stop_gone", "cancelled_elsewhere")]


def test_the_first_moment_without_a_stop_counts(trade: OpenTrade) -> None:
    first = trade.position.unprotected_since

    trade.lifecycle.protection.mark_unprotected(trade.position)

    assert trade.position.unprotected_since == first


def test_the_bracket_follows_the_fills(trade: OpenTrade) -> None:
    trade.position.stop_price = trade.position.target_price = None

    trade.lifecycle.protection.set_bracket(trade.position)

    # 10 USDT of loss and 15 of profit, net, on 0.03 bought at 100 000 with 1.50 of fees paid.
    assert trade.position.stop_price is not None
    assert D(99_600) < trade.position.stop_price < D(100_000)
    assert trade.position.target_price is not None
    assert D(100_500) < trade.position.target_price < D(100_700)
