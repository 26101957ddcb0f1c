"""A bot's pages on a real database: rows are inserted, a steady monitor says what it is told to say."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from streamlit.components.v2 import manifest_scanner

import runtime
from binance_client import BinanceTestnetClient
from config import Config
from services.facade import Services, build_services
from storage.connections import sessions
from storage.tables import AccountRow
from tests.services.building import Clock, SteadyFeed, add_account, bot_health
from tests.support.practice import PracticeExchange


@pytest.fixture(scope="session", autouse=True)
def _packages_looked_through_once() -> Iterator[None]:
    """Keep what Streamlit finds in the installed packages: every AppTest would look through all of them anew."""
    with pytest.MonkeyPatch.context() as patch:
        scan = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(scan))
        yield


@dataclass(frozen=True)
class Dashboard:
    """What stands behind the pages of one test."""

    services: Services
    feed: SteadyFeed
    clock: Clock
    session: Session
    account: AccountRow


@pytest.fixture
def dashboard(
    database_url: str, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dashboard]:
    """Give an empty practice account, signed in; pages find its services where the server keeps them."""
    # None of the bot's limits: while a page is drawn on a busy machine, the test's own transaction may wait.
    engine = create_engine(database_url)
    with sessions(engine)() as session:
        account = add_account(session)
        session.commit()
        feed, clock = SteadyFeed(bot_health(account.id)), Clock()
        services = build_services(
            Config.from_environment({"DATABASE_URL": "postgresql://unused"}),
            session_factory,
            feed,
            clock,
            clock.seconds,
            clock,
        )
        shown = Dashboard(services, feed, clock, session, account)
        monkeypatch.setattr(runtime, "_runtime", shown)
        yield shown
    engine.dispose()


@pytest.fixture
def market(dashboard: Dashboard, practice_exchange: PracticeExchange) -> Iterator[Dashboard]:
    """Give a dashboard whose pages are signed in to a practice exchange."""
    client = BinanceTestnetClient("practice", "practice", practice_exchange.url, practice_exchange.stream_url)
    dashboard.feed.client = client
    dashboard.feed.rules = dict(client.fetch_symbol_rules())
    yield dashboard
    client.close()
