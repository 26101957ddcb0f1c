"""Keys, venue and secret changed while trades live: what is left behind waits, exact once one comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.health import describe
from binance_client import BinanceTestnetClient
from domain.bot_status import BotState
from domain.terms import CloseReason, Phase, ReopenState
from domain.venues import Venue
from services.dashboard.inactive_accounts import load_inactive_positions
from services.errors import LivePositionsAsk
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import ENTRY_OR_CLOSE, advance, cause
from tests.system.flow.bot import Bot, OpenPosition, reopening, terms
from tests.system.flow.truth import violations

pytestmark = pytest.mark.slow

ACCOUNTS = ("practice", "alpha", "beta")
SECRET = "a long random text"


@pytest.fixture(scope="module")
def exchange_of_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    """Give an exchange with three accounts that stands in for Binance too."""
    options = [text for name in ACCOUNTS for text in ("--account", f"{name}:{name}:10000")]
    state = tmp_path_factory.mktemp("three") / "practice.state"
    exchange = PracticeExchange(state, "--prices", "hold", "--seed", "1", *options)
    exchange.start()
    yield exchange
    exchange.stop()


@contextmanager
def started(database_url: str, exchange: PracticeExchange, secret: str = SECRET) -> Iterator[Bot]:
    """Give a bot that follows what was chosen in Settings; nothing is known yet of where it signs in."""
    bot = Bot(database_url, exchange, EXCHANGE="", SESSION_SECRET=secret)
    bot.monitor.start()
    try:
        yield bot
    finally:
        bot.stop()


@pytest.fixture
def bot(database_url: str, exchange_of_three: PracticeExchange) -> Iterator[Bot]:
    """Give a bot on the practice account; at the end its rows must agree with all three accounts."""
    exchange_of_three.control("reset", {})
    with started(database_url, exchange_of_three) as bot:
        is_watching(bot, "practice")
        yield bot
        agrees(bot)


def is_watching(bot: Bot, account: str) -> None:
    """Wait until the bot is signed in to an account and has looked at all of it."""
    asking = BinanceTestnetClient(account, account, bot.exchange.url, bot.exchange.stream_url)
    alias = asking.fetch_balance().account_alias
    asking.close()

    def watches() -> bool:
        health = bot.monitor.health()
        return health.account_alias == alias and health.last_check_at is not None

    bot.eventually(watches, f"watching {account}", 30)


def agrees(bot: Bot) -> None:
    """Check the invariants against the ledgers of all accounts together."""
    accounts = bot.exchange.control("ledger")["accounts"]
    together: dict[str, list[Any]] = {}
    for name in ACCOUNTS:
        for key, rows in accounts[name].items():
            if isinstance(rows, list):
                together.setdefault(key, []).extend(rows)

    def clean() -> bool:
        with bot.sessions() as session:
            return not violations(session, together)

    bot.eventually(clean, "invariants", 8)


def use_keys_of(bot: Bot, account: str, leave_unwatched: bool = False) -> None:
    check = bot.services.keys.check_and_save(account, account, Venue.TESTNET, leave_unwatched)
    assert check.accepted, check.message
    is_watching(bot, account)


def inactive(bot: Bot) -> list[int]:
    with bot.sessions() as session:
        return [one.id for one in load_inactive_positions(session, bot.monitor.health().account_id)]


def sent_to(bot: Bot, account: str) -> int:
    ledger = bot.exchange.ledger(account)
    return len(ledger["orders"]) + len(ledger["algoOrders"])


def test_keys_replaced_with_a_live_trade_park_it_and_book_its_stop_when_they_come_back(bot: Bot) -> None:
    use_keys_of(bot, "alpha")
    opened = bot.open(terms(reopen=reopening(timedelta(minutes=5))))
    with pytest.raises(LivePositionsAsk):
        use_keys_of(bot, "beta")

    use_keys_of(bot, "beta", leave_unwatched=True)
    shown, orders = inactive(bot), sent_to(bot, "alpha")
    bot.price("BTCUSDT", opened.stop_price)
    advance(bot, timedelta(minutes=30))
    other = bot.open(terms("ETHUSDT"))
    untouched = bot.position(opened.id).phase
    left = sent_to(bot, "alpha")
    use_keys_of(bot, "alpha", leave_unwatched=True)
    closed = bot.closed(opened.id)

    assert shown == [opened.id]
    assert untouched is Phase.OPEN
    assert left == orders + 1  # the market order that the stop became on the exchange
    assert closed.reason is CloseReason.SL
    # It was to be opened again while nobody watched: it is not, now.
    bot.eventually(lambda: bot.position(opened.id).reopen_state is ReopenState.LAPSED, "lapsed")
    assert inactive(bot) == [other.id]
    use_keys_of(bot, "beta")


def test_a_venue_changed_with_a_live_trade_parks_it_and_watches_on_when_it_is_back(bot: Bot, database_url: str) -> None:
    opened = bot.open(terms())
    use_keys_of(bot, "alpha", leave_unwatched=True)
    assert inactive(bot) == [opened.id]
    # A second bot on the same database shows the same venue, though it does not sign in.
    with started(database_url, bot.exchange) as second:
        second.eventually(lambda: second.monitor.health().venue is Venue.TESTNET, "the venue")
        assert second.monitor.health().state is BotState.STANDBY

    bot.services.keys.choose_venue(Venue.PRACTICE)
    is_watching(bot, "practice")

    assert inactive(bot) == []
    bot.price("BTCUSDT", opened.target_price)
    assert bot.closed(opened.id).reason is CloseReason.TP


def test_an_entry_under_way_when_the_account_is_left_is_found_and_protected_on_return(bot: Bot) -> None:
    use_keys_of(bot, "alpha")
    cause(bot, "drop_after", ENTRY_OR_CLOSE)
    cause(bot, "amnesia", "GET /fapi/v1/order", seconds=5)
    bot.services.instructions.open_trade("left-while-entering", terms())
    bot.eventually(lambda: bot.exchange.ledger("alpha")["positions"], "the fill")

    use_keys_of(bot, "beta", leave_unwatched=True)
    use_keys_of(bot, "alpha", leave_unwatched=True)

    opened = bot.settled(bot.positions()[0].id)
    assert opened.quantity > 0


def test_a_secret_changed_with_a_live_trade_locks_the_keys_and_nothing_else_is_traded(
    database_url: str, exchange_of_three: PracticeExchange
) -> None:
    exchange_of_three.control("reset", {})
    with started(database_url, exchange_of_three) as bot:
        is_watching(bot, "practice")
        use_keys_of(bot, "alpha")
        opened = bot.open(terms())

    with started(database_url, exchange_of_three, secret="another secret") as locked:
        locked.eventually(lambda: locked.monitor.health().state is BotState.LOCKED, "locked")
        before = len(exchange_of_three.requests())
        _target_is_reached(locked, opened)
        locked.eventually(lambda: locked.monitor.health().last_cycle_age_seconds < 0.5, "another turn")
        health = locked.monitor.health()
        after = len(exchange_of_three.requests())

    assert after == before
    assert (health.account_id, describe(health)["status"]) == (None, "locked")
    assert "encrypted with another SESSION_SECRET" in health.alerts[0].text
    assert "1 open position is not watched" in health.alerts[0].text

    with started(database_url, exchange_of_three) as bot:
        closed = bot.closed(opened.id, within=30)
        assert closed.reason is CloseReason.TP
        agrees(bot)


def _target_is_reached(bot: Bot, opened: OpenPosition) -> None:
    bot.price("BTCUSDT", opened.target_price + Decimal(1))
