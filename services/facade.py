"""The only thing pages call: what a person may ask for and read, by subject."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session, sessionmaker

from config import Config
from services.access.access import Access
from services.accounts.credentials import Keys
from services.accounts.notifications import Notifications
from services.accounts.practice import Practice
from services.accounts.practice_reset import PracticeReset
from services.accounts.preferences import Preferences
from services.accounts.venue_probe import VenueProbes
from services.dashboard.away import Away
from services.dashboard.snapshot import Dashboard
from services.feed import MonitorFeed
from services.history.activity import Activity
from services.history.history import History
from services.trading.instructions import Instructions
from services.trading.limits import Limits
from services.trading.market import Market
from services.trading.presets import Presets
from services.trading.preview import Previews


@dataclass(frozen=True, slots=True)
class Services:
    """The parts; each may be shared by all viewers' threads. Every instruction is a row, never an order.

    Whatever reads the database raises NotReadable while it is silent, except the dashboard's snapshot, which shows
    its last rows on.
    """

    dashboard: Dashboard
    away: Away
    market: Market
    previews: Previews
    presets: Presets
    instructions: Instructions
    history: History
    activity: Activity
    keys: Keys
    limits: Limits
    notifications: Notifications
    practice: Practice
    practice_reset: PracticeReset
    preferences: Preferences
    venue_probes: VenueProbes
    access: Access


def build_services(
    config: Config,
    sessions: sessionmaker[Session],
    feed: MonitorFeed,
    now: Callable[[], datetime],
    timer: Callable[[], float] = time.monotonic,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Services:
    """Build the parts.

    Args:
        config: what the environment asks for.
        sessions: of the pages' own engine.
        feed: the running bot.
        now: the exchange's time.
        timer: seconds that never go back, by which answers of the exchange are cached.
        clock: this machine's time, by which sessions end and people are away: the practice exchange's can be moved on.
    """
    market = Market(feed, timer)
    limits = Limits(sessions, feed, now)
    dashboard = Dashboard(sessions, feed, now, limits.bites_in, timer)
    keys = Keys(config, sessions, feed, now)
    return Services(
        dashboard=dashboard,
        away=Away(sessions, feed, now, clock),
        market=market,
        previews=Previews(sessions, feed, market, limits, timer),
        presets=Presets(sessions, now),
        instructions=Instructions(sessions, feed, now, on_given=dashboard.forget),
        history=History(sessions, feed),
        activity=Activity(sessions, feed),
        keys=keys,
        limits=limits,
        notifications=Notifications(config, sessions, now),
        practice=Practice(lambda: feed.health().venue, lambda: keys.exchange().rest_url),
        practice_reset=PracticeReset(sessions, feed, keys.exchange, clock),
        preferences=Preferences(sessions, now, timer),
        venue_probes=VenueProbes(sessions, feed),
        access=Access(config, sessions, clock),
    )
