"""Two processes on one database: one hand at a time, and the one that was stopped wakes up powerless."""

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from api.health import describe
from decisions.actions import Action
from decisions.view import TradeView
from domain.bot_status import BotState
from domain.terms import CloseReason, Purpose
from engine.supervision import watchdog as watchdog_module
from strategy import Try1Strategy
from tests.support.forks import Forked
from tests.support.practice import PracticeExchange
from tests.support.waiting import eventually
from tests.system.faults.causing import ENTRY_OR_CLOSE, STOP_OR_TARGET, D, entered, failed, sent, stops
from tests.system.flow.bot import Bot, running_bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow
TAKEN_OVER_WITHIN = 20.0
STARTED_WITHIN = 60.0  # beside other busy processes


@contextmanager
def leader(database_url: str, exchange: PracticeExchange, folder: Path, freeze: str = "0") -> Iterator[Forked]:
    """Give a bot as a process of its own that holds the lease; it is ended afterwards, stopped or not."""
    log = folder / "out"
    arguments = [database_url, exchange.url, freeze, str(folder / "log")]
    process = Forked("tests.system.crash.child", arguments, log)
    try:
        eventually(lambda: _has_read_positions(process, exchange), log.read_text, STARTED_WITHIN)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def _has_read_positions(process: Forked, exchange: PracticeExchange) -> bool:
    assert process.poll() is None, "the leader has ended"
    return "/fapi/v3/positionRisk" in {row["path"] for row in exchange.requests()}


@contextmanager
def standing_by(database_url: str, exchange: PracticeExchange) -> Iterator[Bot]:
    """Give a bot of this process that finds the lease taken; at the end the invariants must hold."""
    bot = Bot(database_url, exchange)
    bot.monitor.start()
    try:
        bot.eventually(lambda: bot.monitor.health().state is BotState.STANDBY, "standby")
        yield bot
        check(bot)
    finally:
        bot.stop()


def takes_over(bot: Bot) -> None:
    bot.eventually(lambda: bot.monitor.health().last_check_at, "the standby has taken over", TAKEN_OVER_WITHIN)


def test_only_the_first_acts_and_the_second_takes_over_when_it_stops(
    database_url: str, exchange: PracticeExchange
) -> None:
    with running_bot(database_url, exchange) as first, standing_by(database_url, exchange) as second:
        opened = first.open(terms())
        assert len(entered(first)) == 1

        first.monitor.stop()
        takes_over(second)
        second.price("BTCUSDT", opened.stop_price)

        assert second.closed(opened.id).reason is CloseReason.SL


def test_a_killed_leader_is_replaced_and_its_trade_goes_on(
    database_url: str, exchange: PracticeExchange, tmp_path: Path
) -> None:
    with leader(database_url, exchange, tmp_path) as process, standing_by(database_url, exchange) as bot:
        opened = bot.open(terms())

        process.kill()
        takes_over(bot)
        bot.price("BTCUSDT", opened.target_price)

        assert bot.closed(opened.id).reason is CloseReason.TP
        assert len(entered(bot)) == 1


class Hanging(Try1Strategy):
    """Decides as always, unless it is held: then it does not come back."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.released.set()

    def decide(self, view: Iterable[TradeView], now: datetime) -> list[Action]:
        self.released.wait()
        return super().decide(view, now)


def test_a_leader_that_stands_still_gives_up_by_itself_and_stands_by_when_it_gets_on(
    database_url: str, exchange: PracticeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Hanging()
    first = Bot(database_url, exchange, hanging).start()
    try:
        with standing_by(database_url, exchange) as second:
            opened = first.open(terms())
            monkeypatch.setattr(watchdog_module, "STALLED_AFTER_SECONDS", 4.0)
            hanging.released.clear()
            first.eventually(lambda: describe(first.monitor.health())["status"] == "stuck", "the standstill")
            first.eventually(lambda: describe(first.monitor.health())["lease"] == "standby", "the lease given up")
            said = first.monitor.health().alerts[0]
            monkeypatch.setattr(watchdog_module, "STALLED_AFTER_SECONDS", 20.0)

            takes_over(second)
            second.price("BTCUSDT", opened.stop_price)
            closed = second.closed(opened.id)
            hanging.released.set()
            first.eventually(lambda: first.monitor.health().state is BotState.STANDBY, "standing by")

            assert said.title.startswith("The bot stood still for")
            assert closed.reason is CloseReason.SL
            assert len(entered(second)) == 1
            assert sent(second, opened.id, Purpose.CLOSE) == []
            assert describe(first.monitor.health())["status"] == "ok"
    finally:
        hanging.released.set()
        first.stop()


def is_frozen(process: Forked) -> bool:
    return psutil.Process(process.pid).status() == psutil.STATUS_STOPPED


def wakes_up_powerless(bot: Bot, process: Forked, match: str | None = None) -> None:
    """Let the stopped process go on; nothing of it may execute, not even the request that it held in its hand."""
    known = len(bot.exchange.requests())
    orders, conditional = _executed(bot)
    os.kill(process.pid, signal.SIGCONT)
    if match is not None:
        late = bot.eventually(lambda: _requests(bot, known, match), "the late request")
        assert not any(row["executed"] for row in late)
    time.sleep(1.5)
    assert _executed(bot) == (orders, conditional)


def _executed(bot: Bot) -> tuple[int, int]:
    ledger = bot.exchange.ledger()
    return len(ledger["orders"]), len(ledger["algoOrders"])


def _requests(bot: Bot, since: int, match: str) -> list[dict[str, Any]]:
    return [row for row in bot.exchange.requests()[since:] if f"{row['method']} {row['path']}" == match]


def test_a_leader_frozen_after_its_entry_executed_is_replaced_and_the_entry_is_made_once(
    database_url: str, exchange: PracticeExchange, tmp_path: Path
) -> None:
    frozen = f"freeze after {ENTRY_OR_CLOSE}#1"
    with leader(database_url, exchange, tmp_path, frozen) as process, standing_by(database_url, exchange) as bot:
        bot.services.instructions.open_trade("frozen-entry", terms())
        bot.eventually(lambda: is_frozen(process), "frozen")

        takes_over(bot)
        opened = bot.settled(bot.positions()[0].id)
        wakes_up_powerless(bot, process)

        assert len(entered(bot)) == 1
        assert len(sent(bot, opened.id, Purpose.ENTRY)) == 1
        assert len(stops(bot)) == 1


def test_a_leader_frozen_before_it_sends_an_entry_is_replaced_and_the_entry_is_never_made(
    database_url: str, exchange: PracticeExchange, tmp_path: Path
) -> None:
    frozen = f"freeze before {ENTRY_OR_CLOSE}#1"
    with leader(database_url, exchange, tmp_path, frozen) as process, standing_by(database_url, exchange) as bot:
        bot.services.instructions.open_trade("frozen-entry", terms())
        bot.eventually(lambda: is_frozen(process), "frozen")

        takes_over(bot)
        failed(bot, bot.positions()[0].id)
        wakes_up_powerless(bot, process, ENTRY_OR_CLOSE)

        assert entered(bot) == []


def test_a_leader_frozen_before_it_places_a_stop_is_replaced_and_the_stop_rests_once(
    database_url: str, exchange: PracticeExchange, tmp_path: Path
) -> None:
    frozen = f"freeze before {STOP_OR_TARGET}#1"
    with leader(database_url, exchange, tmp_path, frozen) as process, standing_by(database_url, exchange) as bot:
        bot.services.instructions.open_trade("frozen-stop", terms())
        bot.eventually(lambda: is_frozen(process), "frozen")

        takes_over(bot)
        bot.settled(bot.positions()[0].id)
        wakes_up_powerless(bot, process, STOP_OR_TARGET)

        assert len(stops(bot)) == 1


def test_a_leader_frozen_before_it_closes_is_replaced_and_the_close_is_made_once(
    database_url: str, exchange: PracticeExchange, tmp_path: Path
) -> None:
    frozen = f"freeze before {ENTRY_OR_CLOSE}#2"
    with leader(database_url, exchange, tmp_path, frozen) as process, standing_by(database_url, exchange) as bot:
        opened = bot.open(terms())
        bot.services.instructions.close("frozen-close", opened.id)
        bot.eventually(lambda: is_frozen(process), "frozen")

        takes_over(bot)
        closed = bot.closed(opened.id, within=30)
        wakes_up_powerless(bot, process, ENTRY_OR_CLOSE)

        assert closed.reason is CloseReason.MANUAL
        assert len([row for row in bot.exchange.ledger()["orders"] if "-c-" in row["clientOrderId"]]) == 1


def test_a_leader_frozen_before_it_places_the_bridge_of_a_move_is_replaced_and_one_stop_rests_at_the_new_price(
    database_url: str, exchange: PracticeExchange, tmp_path: Path
) -> None:
    frozen = f"freeze before {STOP_OR_TARGET}#3"
    with leader(database_url, exchange, tmp_path, frozen) as process, standing_by(database_url, exchange) as bot:
        opened = bot.open(terms())
        bot.services.instructions.edit_protection("frozen-move", opened.id, opened.stop_price - 10, None)
        bot.eventually(lambda: is_frozen(process), "frozen")
        assert len(stops(bot)) == 1

        takes_over(bot)
        bot.eventually(lambda: _moved_to(bot, opened.stop_price - 10), "the move", TAKEN_OVER_WITHIN)
        wakes_up_powerless(bot, process, STOP_OR_TARGET)

        assert _moved_to(bot, opened.stop_price - 10)
        bot.price("BTCUSDT", opened.stop_price - 10)
        assert bot.closed(opened.id).reason is CloseReason.SL


def _moved_to(bot: Bot, price: Decimal) -> bool:
    return [(D(row["triggerPrice"]), row["closePosition"]) for row in stops(bot)] == [(price, True)]
