"""This machine's clock is set, or it sleeps: trades are dated by the exchange, waits by a clock that nobody sets."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import ClassVar

import pytest

from domain.terms import CloseReason, ReopenState
from engine.supervision import alerts as monitor_alerts
from engine.supervision import sign_in as sign_in_module
from engine.supervision import watchdog as watchdog_module
from exchange import clock as binance_clock
from exchange import streams as binance_streams
from storage import lease as database_lease
from tests.support.leases import load_lease
from tests.system.faults.causing import entered, exchange_time, journal, stops
from tests.system.flow.bot import Bot, reopening, terms

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
SetClock = Callable[[timedelta], None]


class ThisMachinesTime(datetime):
    """The time of day of a machine whose clock was set."""

    shift: ClassVar[timedelta] = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "ThisMachinesTime":
        return super().now(tz) + cls.shift


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Give what sets this machine's time of day forward or back; the clocks that only run forward go on."""
    time_of_day = time.time

    def set_by(span: timedelta) -> None:
        ThisMachinesTime.shift = span
        monkeypatch.setattr(time, "time", lambda: time_of_day() + span.total_seconds())
        for module in (binance_clock, binance_streams, sign_in_module, monitor_alerts):
            monkeypatch.setattr(module, "datetime", ThisMachinesTime)

    return set_by


@pytest.fixture
def sleep(monkeypatch: pytest.MonkeyPatch, set_clock: SetClock) -> Callable[[Bot, timedelta], None]:
    """Give what puts this machine to sleep: time of day and exchange go on, the monotonic clock stands meanwhile."""
    since_boot = database_lease.seconds_since_boot

    def asleep(bot: Bot, span: timedelta) -> None:
        bot.exchange.control("clock", {"advance_seconds": span.total_seconds()})
        set_clock(span)
        monkeypatch.setattr(watchdog_module, "seconds_since_boot", lambda: since_boot() + span.total_seconds())

    return asleep


@pytest.mark.parametrize("span", [-HOUR, HOUR], ids=["back", "forward"])
def test_a_clock_set_by_an_hour_neither_delays_nor_hurries_anything(
    bot: Bot, set_clock: SetClock, span: timedelta
) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(seconds=4))))
    set_clock(span)

    bot.price("BTCUSDT", first.stop_price)
    closed = bot.closed(first.id)
    again = bot.position_after(first.id)

    assert closed.reason is CloseReason.SL
    assert bot.position(again.id).created_at - closed.closed_at < timedelta(minutes=1)
    assert bot.position(again.id).created_at - closed.closed_at >= timedelta(seconds=4)
    assert abs(bot.monitor.exchange_now() - exchange_time(bot)) < timedelta(seconds=2)
    other = bot.open(terms("ETHUSDT"))
    assert len(stops(bot, "ETHUSDT")) == 1
    assert {again.id, other.id} == {p.id for p in bot.positions() if p.close_reason is None}


def test_a_machine_that_slept_for_an_hour_begins_anew_and_says_so(
    bot: Bot, sleep: Callable[[Bot, timedelta], None]
) -> None:
    opened = bot.open(terms(reopen=reopening(timedelta(minutes=5))))
    other = bot.open(terms("ETHUSDT"))
    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id)

    sleep(bot, HOUR)

    # The streams may be found cut as well, and be said before it or after.
    began, ended = "The bot stood still for 1\u202fh", "Over after 1\u202fh"
    bot.eventually(lambda: any(text.startswith(began) for text in journal(bot, "alert_raised")), began)
    bot.eventually(lambda: any(text.startswith(ended) for text in journal(bot, "alert_resolved")), ended)
    bot.eventually(lambda: abs(bot.monitor.exchange_now() - exchange_time(bot)) < timedelta(seconds=2), "the time")
    with bot.sessions() as session:
        holder = load_lease(session)
    assert holder is not None
    assert holder.epoch == 2
    # What was to be opened an hour ago is not opened now; what is open is watched on.
    bot.eventually(lambda: bot.position(closed.id).reopen_state is ReopenState.LAPSED, "lapsed")
    bot.price("ETHUSDT", other.target_price)
    assert bot.closed(other.id).reason is CloseReason.TP
    assert len(entered(bot)) == 2


def test_a_clock_that_is_moved_on_is_no_silence_and_stands_the_same_everywhere(bot: Bot) -> None:
    bot.open(terms())
    before = bot.monitor.exchange_now()

    bot.wait_on_the_exchange(timedelta(minutes=5))
    bot.eventually(lambda: bot.monitor.exchange_now() - before > timedelta(minutes=5), "the time")
    ages = [bot.services.dashboard.snapshot().status.check_age_seconds]
    bot.check_now()

    snapshot = bot.services.dashboard.snapshot()
    assert snapshot.status.clock_offset_ms is not None
    ahead = bot.services.practice.state().time - datetime.now(UTC)
    assert abs(timedelta(milliseconds=snapshot.status.clock_offset_ms) - ahead) < timedelta(seconds=2)
    assert journal(bot, "alert_raised") == []
    assert max(age for age in ages if age is not None) < 60
