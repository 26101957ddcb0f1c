"""Answers that drip, stall, break off or swell while a trade is opened: it ends protected, once, and exactly booked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from domain.terms import CloseReason
from tests.system.faults.causing import ENTRY_OR_CLOSE, STOP_OR_TARGET, cause, entered, heal, stops
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow

HOSTILE = (
    "drip",
    "stall_headers",
    "truncate",
    "corrupt_gzip",
    "gzip_bomb",
    "deep_json",
    "many_rows",
    "endless",
    "dead_keepalive",
)
READS = ("GET /fapi/v1/userTrades", "GET /fapi/v3/positionRisk")
PROTECTED_WITHIN_SECONDS = 5.0  # of reachability
MEMORY_BYTES = 350 * 1024 * 1024
OF_A_BOT_BYTES = 200 * 1024 * 1024


@pytest.mark.parametrize(
    ("match", "kind"),
    [
        *((match, kind) for match in (ENTRY_OR_CLOSE, STOP_OR_TARGET) for kind in HOSTILE),
        *((match, kind) for match in READS for kind in ("drip", "stall_headers", "dead_keepalive")),
    ],
)
def test_a_hostile_answer_while_a_trade_is_opened_leaves_it_protected(bot: Bot, match: str, kind: str) -> None:
    cause(bot, kind, match, seconds=2)

    bot.services.instructions.open_trade(f"hostile-{kind}-{time.monotonic_ns()}", terms())
    bot.eventually(lambda: entered(bot), "the fill", within=30)
    filled_ms = bot.exchange.ledger()["trades"][0]["time"]
    bot.eventually(lambda: stops(bot), "a stop", within=30)

    # Only the one request meets the fault: the exchange can be reached from then on.
    assert stops(bot)[0]["createTime"] - filled_ms <= PROTECTED_WITHIN_SECONDS * 1000
    heal(bot)
    [position] = bot.positions()
    opened = bot.settled(position.id)
    assert len(entered(bot)) == 1
    bot.price("BTCUSDT", opened.target_price)
    assert bot.closed(opened.id).reason is CloseReason.TP


def test_hostile_answers_do_not_fill_the_memory(bot: Bot) -> None:
    opened = bot.open(terms())
    before = psutil.Process().memory_info().rss

    with watched_memory() as seen:
        for kind in ("gzip_bomb", "many_rows", "endless", "deep_json"):
            cause(bot, kind, "GET *", times=3, seconds=1)
            bot.eventually(lambda: not bot.exchange.control("faults"), f"{kind} met its requests", within=30)
        heal(bot)
        bot.settled(opened.id)

    # This process also holds what tests before it brought along: what counts is what the answers add to a bot's own.
    assert max(seen) - before < MEMORY_BYTES - OF_A_BOT_BYTES


@contextmanager
def watched_memory() -> Iterator[list[int]]:
    """Give what this process holds in memory from now on, bytes."""
    process, over = psutil.Process(), threading.Event()
    seen = [process.memory_info().rss]

    def watch() -> None:
        while not over.wait(0.01):
            seen.append(process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    yield seen
    over.set()
    watching.join()
