"""When the exchange is measured: only while no trade needs the requests, and what was cut short is tidied up first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Phase
from domain.venue_probe.habits import VenueHabits
from domain.venue_probe.questions import Question
from domain.venues import Venue
from engine.execution.venue_probes import CLEANED_UNTIL, VenueProbes
from engine.requests.probe import CleanProbe, ProbeVenue
from engine.requests.reports import ProbeCleaned, VenueProbed
from engine.supervision.sign_in import PROBED_AGAIN_AFTER, probe_state
from exchange.private_forms import KeyPlace, PrivateForm
from storage.venue_probes import VenueProbeRow
from tests.engine.building import OpenTrade
from tests.services.building import BTC_RULES, NOW

HEARD = PrivateForm("ws://127.0.0.1:1", KeyPlace.PATH)


class Wanted:
    """An account whose stop rests, on an exchange with two pairs, and a wish to measure."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.trade = OpenTrade(session)
        self.state = self.trade.state
        self.state.exchange.rules = {"BTCUSDT": BTC_RULES, "XRPUSDT": replace(BTC_RULES, symbol="XRPUSDT")}
        self.state.exchange.last_full_check_at = NOW
        self.state.probe.wanted = True
        self.probes = VenueProbes(self.trade.lifecycle, "abcdef")
        self.trade.position.unprotected_since = None

    def row(self) -> VenueProbeRow:
        return self.session.query(VenueProbeRow).one()


def test_it_begins_once_in_the_pair_that_nobody_trades(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        wanted = Wanted(session)

        (task,) = wanted.probes.due()

        assert isinstance(task, ProbeVenue)
        assert (task.rules.symbol, task.prefix) == ("XRPUSDT", f"p1-abcdef-{task.probe_id}-")
        assert (wanted.row().symbol, wanted.row().finished_at) == ("XRPUSDT", None)
        assert wanted.probes.due() == []


@pytest.mark.parametrize("needs", ["entering", "closing", "unprotected", "unchecked"])
def test_it_waits_while_a_trade_needs_the_requests(session_factory: sessionmaker[Session], needs: str) -> None:
    with session_factory() as session:
        wanted = Wanted(session)
        if needs == "unprotected":
            wanted.trade.position.unprotected_since = NOW
        elif needs == "unchecked":
            wanted.state.exchange.last_full_check_at = None
        else:
            wanted.trade.position.phase = Phase.ENTERING if needs == "entering" else Phase.CLOSING

        assert wanted.probes.due() == []
        assert wanted.state.probe.wanted
        assert not wanted.state.probe.has_room()


def test_what_was_found_is_kept_and_acted_on(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        wanted = Wanted(session)
        (task,) = wanted.probes.due()
        assert isinstance(task, ProbeVenue)

        wanted.probes.on_probed(VenueProbed(task.probe_id, {Question.STOP_BAND.value: "free"}, (HEARD,), clean=True))

        assert wanted.state.probe.habits == VenueHabits(stops_bounded=False)
        assert wanted.state.probe.heard == (HEARD,)
        assert wanted.row().measured_at == wanted.row().finished_at == NOW
        known = probe_state(wanted.row(), Venue.TESTNET, NOW)
        assert (known.habits, known.heard, known.wanted) == (VenueHabits(stops_bounded=False), (HEARD,), False)


def test_what_is_left_of_one_is_taken_away_before_another_begins(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        wanted = Wanted(session)
        began_at = NOW - CLEANED_UNTIL - timedelta(seconds=1)
        row = VenueProbeRow(account_id=wanted.trade.position.account_id, symbol="XRPUSDT", began_at=began_at)
        session.add(row)
        session.flush()

        first = wanted.probes.due()
        wanted.probes.on_cleaned(ProbeCleaned(row.id, clean=False))
        second = wanted.probes.due()
        wanted.probes.on_cleaned(ProbeCleaned(row.id, clean=True))
        third = wanted.probes.due()

        assert first == second == [CleanProbe(row.id, "XRPUSDT", f"p1-abcdef-{row.id}-", began_at)]
        assert row.finished_at == NOW
        assert [type(task) for task in third] == [ProbeVenue]


def test_one_that_ended_in_a_fault_is_tidied_up(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        wanted = Wanted(session)
        (task,) = wanted.probes.due()
        assert isinstance(task, ProbeVenue)

        wanted.probes.failed(task)
        (cleaning,) = wanted.probes.due()
        assert isinstance(cleaning, CleanProbe)
        wanted.probes.on_cleaned(ProbeCleaned(task.probe_id, clean=True))

        # Something sent late could still come within a minute.
        assert wanted.row().finished_at is None


def test_a_sign_in_measures_on_binance_and_not_again_within_the_hour() -> None:
    fresh = VenueProbeRow(began_at=NOW - timedelta(minutes=1), findings={}, heard=[])
    stale = VenueProbeRow(began_at=NOW - PROBED_AGAIN_AFTER - timedelta(minutes=1), findings={}, heard=[])

    assert probe_state(None, Venue.TESTNET, NOW).wanted
    assert probe_state(stale, Venue.DEMO, NOW).wanted
    assert not probe_state(fresh, Venue.DEMO, NOW).wanted
    assert not probe_state(None, Venue.PRACTICE, NOW).wanted
