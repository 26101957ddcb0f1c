"""While you were away: when it is told, and what it counts."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.journal.events import JournalEvent
from domain.terms import CloseReason
from services.dashboard.away import Away, AwayEvent, AwayTrade, summarise
from storage.tables import AccountRow
from tests.services.building import NOW, Clock, SteadyFeed, add_account, add_closed, add_journal, add_plan, bot_health

D = Decimal


class House:
    """One account that somebody looks after now and then."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions
        self.session = sessions()
        self.account: AccountRow = add_account(self.session)
        self.session.commit()
        self.clock = Clock()
        self.feed = SteadyFeed(bot_health(self.account.id))
        self.exchange_clock = Clock()
        self.away = self.begun()

    def begun(self) -> Away:
        """Return the part as a server that has just started has it."""
        return Away(self.sessions, self.feed, self.exchange_clock, self.clock)

    def pass_seconds(self, seconds: float) -> None:
        """Let both clocks go on."""
        self.clock.pass_seconds(seconds)
        self.exchange_clock.pass_seconds(seconds)


@pytest.fixture
def house(session_factory: sessionmaker[Session]) -> Iterator[House]:
    house = House(session_factory)
    yield house
    house.session.close()


def test_nothing_is_told_on_the_first_visit_nor_to_one_who_stays(house: House) -> None:
    visits = [house.away.visit()]
    for _ in range(40):
        house.pass_seconds(60)
        visits.append(house.away.visit())

    assert set(visits) == {None}


def test_half_an_hour_without_a_viewer_is_told_and_a_second_less_is_not(house: House) -> None:
    house.away.visit()
    house.pass_seconds(30 * 60 - 1)
    short = house.away.visit()
    house.pass_seconds(30 * 60)

    assert short is None
    assert house.away.visit() == NOW + timedelta(minutes=30, seconds=-1)


def test_moving_the_practice_exchanges_clock_on_is_no_absence(house: House) -> None:
    house.away.visit()
    house.exchange_clock.pass_seconds(86_400)
    house.clock.pass_seconds(61)

    assert house.away.visit() is None


def test_it_is_told_until_it_was_read_also_after_a_restart_and_a_second_absence(house: House) -> None:
    house.away.visit()
    house.pass_seconds(3600)
    first = house.away.visit()
    house.pass_seconds(7200)
    restarted = house.begun()
    again = restarted.visit()
    restarted.dismiss()

    assert first == again == NOW
    assert restarted.visit() is None
    assert house.begun().visit() is None


def test_the_period_holds_what_happened_in_it_and_nothing_else(house: House) -> None:
    plan = add_plan(house.session, house.account)
    add_closed(house.session, plan, "99", NOW - timedelta(seconds=1), 1)
    add_closed(house.session, plan, "15", NOW + timedelta(minutes=90), 2)
    other = add_account(house.session, alias="other")
    add_closed(house.session, add_plan(house.session, other), "7", NOW + timedelta(minutes=90), 1)
    placed = {"event": JournalEvent.PROTECTED.value, "details": {"seconds_without": "1.250"}}
    add_journal(house.session, house.account, "A stop rests.", at=NOW + timedelta(minutes=31), **placed)
    house.session.commit()
    house.pass_seconds(7200)

    summary = house.away.summary(NOW)

    assert summary is not None
    assert (summary.result_usdt, summary.trades, summary.won, summary.lost) == (D("15"), 1, 1, 0)
    assert summary.reopened == 1
    assert summary.seconds_without_stop == D("1.250")


def test_what_is_counted() -> None:
    trades = [
        AwayTrade(D("15"), CloseReason.TP),
        AwayTrade(D("-10.5"), CloseReason.SL),
        AwayTrade(D("-1"), CloseReason.UNPROTECTED),
        AwayTrade(D("0"), CloseReason.MANUAL),
        AwayTrade(None, CloseReason.LOST),
        AwayTrade(D("2"), CloseReason.TIME),
    ]
    events = [
        AwayEvent("protected", D("0.8")),
        AwayEvent("protected", D("3.2")),
        AwayEvent("stop_gone"),
        *[AwayEvent("stop_moved")] * 3,
        AwayEvent("limit_reached"),
    ]

    summary = summarise(NOW, NOW + timedelta(hours=1), trades, events, reopened=2)

    assert summary.result_usdt == D("5.5")
    assert (summary.trades, summary.won, summary.lost, summary.unknown) == (5, 2, 2, 1)
    assert (summary.closed_unprotected, summary.stops_lost, summary.limits_reached, summary.reopened) == (1, 1, 1, 2)
    assert (summary.stops_moved, summary.closed_by_time) == (3, 1)
    assert summary.seconds_without_stop == D("3.2")
