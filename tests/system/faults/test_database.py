"""A database that cuts connections or is gone: a fill is protected all the same, and nothing is lost or doubled."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from domain.terms import CloseReason, OrderState, Phase, Purpose, Side
from storage.connections import create_database_engine
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import migrate
from storage.tables import OrderRow
from tests.support.frozen import frozen_postgres
from tests.support.practice import PracticeExchange
from tests.support.waiting import eventually
from tests.system.faults.causing import (
    ENTRY_OR_CLOSE,
    advance,
    asked_to_open,
    cause,
    entered,
    external_cancel,
    failed,
    heal,
    journal,
    sent,
    stops,
)
from tests.system.faults.commit_cutter import CommitCutter
from tests.system.flow.bot import Bot, running_bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow


class OwnServer:
    """A PostgreSQL server that a test may stop and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.start()
        self.url = self._server.url

    def start(self) -> None:
        self._server = EmbeddedPostgres.start(self._folder)

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def own_server(embedded_data_dir: Path) -> Iterator[OwnServer]:
    """Give a server with all tables."""
    server = OwnServer(embedded_data_dir)
    engine = create_database_engine(server.url, "migration")
    migrate(engine)
    engine.dispose()
    yield server
    server.stop()


def cut_connections(database_url: str, but: str = "cutter") -> None:
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT", connect_args={"application_name": but})
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_connections_cut_all_the_time_double_and_lose_nothing(bot: Bot, database_url: str) -> None:
    opened = bot.open(terms())
    ended = threading.Event()

    def cut() -> None:
        while not ended.wait(0.15):
            cut_connections(database_url)

    cutter = threading.Thread(target=cut)
    cutter.start()
    time.sleep(2)
    bot.price("BTCUSDT", opened.target_price)
    time.sleep(2)
    ended.set()
    cutter.join()

    assert bot.closed(opened.id, within=20).reason is CloseReason.TP


@pytest.mark.parametrize("after_seconds", [0.0, 0.05, 0.15])
def test_connections_cut_while_a_trade_is_opened_open_it_once_and_protected_or_not_at_all(
    bot: Bot, database_url: str, after_seconds: float
) -> None:
    bot.services.instructions.open_trade("cut-while-opening", terms())
    time.sleep(after_seconds)
    cut_connections(database_url)

    position = bot.eventually(bot.positions, "the position", within=20)[0]
    phase = bot.eventually(lambda: _entered_or_not(bot, position.id), "open or not opened", within=20)

    # Cut between the commit and the request, it is not sent any more; cut anywhere else, it is found and protected.
    if phase is Phase.OPEN:
        bot.settled(position.id)
        assert len(stops(bot)) == 1
    assert len(entered(bot)) == (phase is Phase.OPEN)


def _entered_or_not(bot: Bot, position_id: int) -> Phase | None:
    phase = bot.position(position_id).phase
    return None if phase is Phase.ENTERING else phase


def test_a_fill_is_protected_while_the_database_is_gone(own_server: OwnServer, exchange: PracticeExchange) -> None:
    with running_bot(own_server.url, exchange) as bot:
        cause(bot, "delay", ENTRY_OR_CLOSE, seconds=2.5)
        bot.services.instructions.open_trade("no-database", terms())
        bot.eventually(lambda: entered(bot), "the fill")

        own_server.stop()
        resting = eventually(lambda: stops(bot), "a stop")
        # The picture is published once the stop is sent.
        bot.eventually(lambda: "database" in {p.code for p in bot.monitor.health().alerts}, "the alert")
        own_server.start()

        filled_ms = exchange.ledger()["trades"][0]["time"]
        assert [row["closePosition"] for row in resting] == [True]
        assert resting[0]["createTime"] - filled_ms <= 2500 + 5000
        position = bot.eventually(bot.positions, "the position", within=20)[0]
        opened = bot.settled(position.id)
        assert len(stops(bot)) == 1
        assert len(entered(bot)) == 1
        bot.price("BTCUSDT", opened.stop_price)
        assert bot.closed(opened.id).reason is CloseReason.SL
        assert sent(bot, position.id, Purpose.CLOSE) == []
        bot.tidy(position.id)
        check(bot)


def test_a_fill_is_protected_while_the_database_hangs(
    own_server: OwnServer, embedded_data_dir: Path, exchange: PracticeExchange
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        cause(bot, "delay", ENTRY_OR_CLOSE, seconds=2.5)
        bot.services.instructions.open_trade("hung-database", terms())
        bot.eventually(lambda: entered(bot), "the fill")

        with frozen_postgres(embedded_data_dir):
            bot.eventually(lambda: stops(bot), "a stop without the database", within=10)
            bot.eventually(lambda: "database" in {p.code for p in bot.monitor.health().alerts}, "said")
            resting = stops(bot)

        filled_ms = exchange.ledger()["trades"][0]["time"]
        assert [row["closePosition"] for row in resting] == [True]
        assert resting[0]["createTime"] - filled_ms <= 2500 + 5000
        position = bot.eventually(bot.positions, "the position", within=20)[0]
        opened = bot.settled(position.id)
        assert len(stops(bot)) == 1
        assert len(entered(bot)) == 1
        bot.price("BTCUSDT", opened.stop_price)
        assert bot.closed(opened.id).reason is CloseReason.SL
        bot.tidy(position.id)
        check(bot)


@pytest.mark.parametrize("events", [True, False])
def test_a_stop_that_vanishes_while_the_database_hangs_is_replaced(
    own_server: OwnServer, embedded_data_dir: Path, exchange: PracticeExchange, events: bool
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        opened = bot.open(terms())
        bot.eventually(lambda: spare(bot, opened.id), "a spare")
        gone = stops(bot)[0]
        if not events:
            cause(bot, "ws_silent", "WS /private", seconds=60)

        with frozen_postgres(embedded_data_dir):
            external_cancel(bot, gone)
            replaced = bot.eventually(lambda: stops(bot), "another stop without the database", within=10)
            time.sleep(2)  # and no second one
            assert stops(bot) == replaced

        assert (replaced[0]["triggerPrice"], replaced[0]["closePosition"]) == (gone["triggerPrice"], True)
        heal(bot)
        bot.eventually(lambda: known_to_rest(bot, opened.id, replaced[0]["clientAlgoId"]), "its row", within=20)
        bot.eventually(lambda: spare(bot, opened.id), "another spare")
        assert len(stops(bot)) == 1
        bot.price("BTCUSDT", opened.stop_price)
        assert bot.closed(opened.id).reason is CloseReason.SL
        assert len(entered(bot)) == 1
        assert sent(bot, opened.id, Purpose.CLOSE) == []
        bot.tidy(opened.id)
        check(bot)


def test_what_is_lost_in_one_hang_of_the_database_comes_in_the_next(
    own_server: OwnServer, embedded_data_dir: Path, exchange: PracticeExchange
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        opened = bot.open(terms())
        bot.eventually(lambda: spare(bot, opened.id), "a spare")
        cause(bot, "unknown_not_executed", "POST /fapi/v1/algoOrder", times=1000)

        for hangs in (1, 2):
            with frozen_postgres(embedded_data_dir):
                known = len(exchange.requests())
                if hangs == 1:
                    external_cancel(bot, stops(bot)[0])
                bot.eventually(lambda: "/fapi/v1/algoOrder" in sent_since(bot, known), "another try", within=12)  # noqa: B023
                if hangs == 2:
                    heal(bot)
                    bot.eventually(lambda: stops(bot), "another stop without the database", within=10)
            time.sleep(0.7)  # it may be noticed, or not

        bot.settled(opened.id)
        bot.eventually(lambda: len(stops(bot)) == 1, "one stop")
        bot.price("BTCUSDT", opened.stop_price)
        assert bot.closed(opened.id, within=20).reason is CloseReason.SL
        assert sent(bot, opened.id, Purpose.CLOSE) == []
        bot.tidy(opened.id)
        check(bot)


def test_nothing_takes_the_place_of_a_stop_that_fired_while_the_database_hung(
    own_server: OwnServer, embedded_data_dir: Path, exchange: PracticeExchange
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        opened = bot.open(terms())
        bot.eventually(lambda: spare(bot, opened.id), "a spare")

        with frozen_postgres(embedded_data_dir):
            bot.price("BTCUSDT", opened.stop_price)
            bot.eventually(lambda: not bot.on_exchange("BTCUSDT", Side.LONG), "the stop has filled")
            known = len(exchange.requests())
            time.sleep(4)
            assert sent_since(bot, known) == []

        assert bot.closed(opened.id, within=20).reason is CloseReason.SL
        bot.tidy(opened.id)
        check(bot)


@pytest.mark.parametrize("lost", [0, 1])
def test_a_stop_refused_while_the_database_hangs_is_followed_by_a_close(
    own_server: OwnServer, embedded_data_dir: Path, exchange: PracticeExchange, lost: int
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        opened = bot.open(terms())
        assert opened.stop_price is not None
        bot.eventually(lambda: spare(bot, opened.id) and spare(bot, opened.id, Purpose.CLOSE), "stop and close ahead")
        cause(bot, "drop_before", ENTRY_OR_CLOSE, times=lost) if lost else None

        with frozen_postgres(embedded_data_dir):
            external_cancel(bot, stops(bot)[0])
            bot.price("BTCUSDT", opened.stop_price - 50)
            bot.eventually(lambda: not bot.on_exchange("BTCUSDT", Side.LONG), "closed without the database", within=12)
            known = len(exchange.requests())
            time.sleep(2.5)
            assert "/fapi/v1/order" not in sent_since(bot, known)

        assert bot.closed(opened.id, within=20).reason is CloseReason.UNPROTECTED
        assert [o.state for o in closes_that_executed(bot, opened.id)] == [OrderState.FILLED]
        bot.tidy(opened.id)
        check(bot)


def test_a_fill_past_its_stop_is_closed_while_the_database_hangs(
    own_server: OwnServer, embedded_data_dir: Path, exchange: PracticeExchange
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        cause(bot, "delay", ENTRY_OR_CLOSE, seconds=2.5)
        position = asked_to_open(bot, terms())
        assert position.stop_price is not None
        bot.eventually(lambda: entered(bot), "the fill")

        with frozen_postgres(embedded_data_dir):
            bot.price("BTCUSDT", position.stop_price - 50)
            bot.eventually(lambda: not bot.on_exchange("BTCUSDT", Side.LONG), "closed without the database", within=12)

        assert bot.closed(position.id, within=20).reason is CloseReason.UNPROTECTED
        assert [o.state for o in closes_that_executed(bot, position.id)] == [OrderState.FILLED]
        assert len(entered(bot)) == 1
        bot.tidy(position.id)
        check(bot)


def closes_that_executed(bot: Bot, position_id: int) -> list[OrderRow]:
    """Return the closes of a trade that executed; a process that took over knows them by what the exchange shows."""
    bot.tidy(position_id)
    return [o for o in bot.orders(position_id) if o.purpose is Purpose.CLOSE and o.executed_quantity > 0]


def spare(bot: Bot, position_id: int, purpose: Purpose = Purpose.STOP) -> list[OrderRow]:
    return [order for order in bot.orders(position_id) if order.purpose is purpose and order.state is OrderState.STAGED]


def known_to_rest(bot: Bot, position_id: int, client_order_id: str) -> bool:
    return any(
        order.client_order_id == client_order_id and order.state is OrderState.WORKING
        for order in bot.orders(position_id)
    )


def test_a_position_that_closes_while_the_database_is_gone_is_recorded_afterwards(
    own_server: OwnServer, exchange: PracticeExchange
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        opened = bot.open(terms())

        own_server.stop()
        bot.price("BTCUSDT", opened.target_price)
        time.sleep(1.5)
        own_server.start()

        closed = bot.eventually(lambda: _closed(bot, opened.id), "closed", within=25)
        reply = bot.eventually(lambda: journal(bot, "alert_resolved"), "the end in the journal")
        assert closed is CloseReason.TP
        assert reply[-1].endswith("The database does not answer.")
        assert journal(bot, "alert_raised")[-1].startswith("The database does not answer. Your positions keep")
        assert bot.monitor.health().alerts == ()
        assert len(entered(bot)) == 1
        check(bot)


def _closed(bot: Bot, position_id: int) -> CloseReason | None:
    position = bot.position(position_id)
    return position.close_reason if position.phase is Phase.CLOSED else None


FULL = """
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE CONSTRAINT TRIGGER full_at_commit AFTER INSERT OR UPDATE ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disk_is_full();
"""


@contextmanager
def disk_full_on_commit(database_url: str) -> Iterator[None]:
    """Let the database refuse to commit whatever touches an order, as a full disk does."""
    administrator = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(FULL))
        yield
        connection.execute(text("DROP FUNCTION disk_is_full CASCADE"))
    administrator.dispose()


def sent_since(bot: Bot, known: int) -> list[str]:
    return [row["path"] for row in bot.exchange.requests()[known:] if row["method"] in ("POST", "DELETE")]


def test_a_disk_that_is_full_on_commit_sends_nothing_and_loses_nothing(bot: Bot, database_url: str) -> None:
    opened = bot.open(terms())
    with disk_full_on_commit(database_url):
        known = len(bot.exchange.requests())
        bot.services.instructions.open_trade("disk-full", terms("ETHUSDT"))
        bot.price("BTCUSDT", opened.target_price)
        bot.eventually(lambda: "database" in {p.code for p in bot.monitor.health().alerts}, "said")
        time.sleep(2.5)  # longer than entries that are committed wait for being asked about
        orders = [path for path in sent_since(bot, known) if "rder" in path]
        positions = bot.positions()

    closed = bot.closed(opened.id)

    assert orders == []
    assert [position.id for position in positions] == [opened.id]
    assert closed.reason is CloseReason.TP
    bot.eventually(lambda: bot.monitor.health().alerts == (), "over")
    bot.eventually(lambda: bot.services.instructions.answer("disk-full").done, "the instruction taken up once")


def test_a_commit_without_an_answer_is_read_back_before_anything_is_sent(
    database_url: str, exchange: PracticeExchange
) -> None:
    with CommitCutter(database_url) as cutter, running_bot(cutter.url, exchange) as bot:
        opened = bot.open(terms())
        known = len(exchange.requests())

        cutter.cut_next_commit_of("UPDATE orders")  # the close is a row already
        bot.services.instructions.close("commit-without-answer", opened.id)
        bot.eventually(cutter.has_cut, "the commit without an answer")
        _time_passes_until_absence_is_proven(bot, opened.id, Purpose.CLOSE)
        closed = bot.closed(opened.id)
        asked = [row["method"] for row in exchange.requests()[known:] if row["path"] == "/fapi/v1/order"]

        assert closed.reason is CloseReason.MANUAL
        assert asked.index("GET") < asked.index("POST")
        assert len(sent(bot, opened.id, Purpose.CLOSE)) == 2  # the one that never left is not sent again under its id
        check(bot)

        cutter.cut_next_commit_of("INSERT INTO orders")
        bot.services.instructions.open_trade("entry-without-answer", terms("ETHUSDT"))
        bot.eventually(cutter.has_cut, "the commit without an answer")
        position = bot.eventually(lambda: [p for p in bot.positions() if p.symbol == "ETHUSDT"], "the position")[0]
        _time_passes_until_absence_is_proven(bot, position.id, Purpose.ENTRY)

        assert failed(bot, position.id).entry_quantity == 0
        assert [row["symbol"] for row in entered(bot)] == ["BTCUSDT"]
        check(bot)


def _time_passes_until_absence_is_proven(bot: Bot, position_id: int, purpose: Purpose) -> None:
    bot.eventually(lambda: [o for o in bot.orders(position_id) if o.purpose is purpose and o.query_count], "asked")
    advance(bot, timedelta(seconds=11))
