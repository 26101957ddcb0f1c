"""Two bots with a database each on one account, and ids on the account that look like ours but are not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from database import install_id
from domain.terms import CloseReason, OrderState, Phase, Side
from storage.connections import create_database_engine
from storage.migration import migrate
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import (
    ENTRY_OR_CLOSE,
    advance,
    asked_to_open,
    cause,
    entered,
    external_client,
    external_trade,
    failed,
    stops,
)
from tests.system.faults.test_shared_positions import ADDED, add_external, left_alone
from tests.system.faults.test_unknown_outcomes import PROOF_OF_ABSENCE
from tests.system.flow.bot import Bot, D, running_bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow


@contextmanager
def second_install(database_url: str, exchange: PracticeExchange) -> Iterator[Bot]:
    """Give a bot of another install: a database of its own, the same account."""
    engine = create_database_engine(database_url, "migration")
    migrate(engine)
    engine.dispose()
    with running_bot(database_url, exchange) as bot:
        yield bot


def checked_twice(bot: Bot) -> None:
    """Let the bot look at the whole account twice more."""
    bot.check_now()
    bot.check_now()


def ids(rows: list[dict[str, Any]]) -> set[str]:
    return {row["clientAlgoId"] for row in rows}


def test_two_installs_on_one_account_never_touch_what_is_the_others(
    database_url: str, empty_database_url: str, exchange: PracticeExchange
) -> None:
    with running_bot(database_url, exchange) as first, second_install(empty_database_url, exchange) as second:
        ours = first.open(terms())
        theirs = second.open(terms(symbol="ETHUSDT", side=Side.SHORT))
        add_external(first, ours)
        left_alone(first, ours)
        reply = second.ask("open_trade", terms())
        shown = second.eventually(lambda: second.monitor.health().external_positions, "the first one's position")
        resting = ids(first.resting())

        # The first one stops; its target fires, and its stop for its own part is an orphan until it is back.
        first.stop()
        second.price("BTCUSDT", ours.target_price)
        second.eventually(lambda: len(stops(second)) == 1 and len(second.resting("BTCUSDT")) == 1, "the orphan alone")
        checked_twice(second)
        assert len(stops(second)) == 1
        with running_bot(database_url, exchange) as again:
            closed = again.closed(ours.id)
            again.tidy(ours.id)
            checked_twice(again)

            assert "did not open" in reply
            assert [(held.symbol, held.side) for held in shown] == [("BTCUSDT", Side.LONG)]
            assert closed.reason is CloseReason.TP
            assert ids(again.resting()) == {name for name in resting if name in ids(second.resting("ETHUSDT"))}
            assert len(second.resting("ETHUSDT")) == 2
            assert second.position(theirs.id).phase is Phase.OPEN
            external_trade(again, "SELL", Side.LONG, ADDED)
            second.ask("close", theirs.id)
            second.closed(theirs.id)
            check(again)
        check(second)


def look_alikes(bot: Bot) -> list[str]:
    """Leave orders on the account whose ids are those of another install, or exactly our own next ones."""
    with bot.sessions.begin() as session:
        install = install_id(session)
    client = external_client(bot.exchange)
    quantity = {"quantity": "0.002", "positionSide": "LONG", "symbol": "BTCUSDT"}
    for name in ("zzzzzz", install):
        client.futures_create_order(side="BUY", type="MARKET", newClientOrderId=f"t1-{name}-1-e-1", **quantity)
        client.futures_create_order(side="SELL", type="MARKET", newClientOrderId=f"t1-{name}-1-c-1", **quantity)
    resting = {"side": "SELL", "type": "STOP_MARKET", "triggerPrice": "50000", "workingType": "MARK_PRICE", **quantity}
    names = ["t1-zzzzzz-1-s-1", "t1-zzzzzz-7-s-1", f"t1-{install}-1-s-1"]
    for name in names:
        client.futures_create_algo_order(clientAlgoId=name, **resting)
    advance(bot, timedelta(minutes=1))
    return names


@pytest.mark.parametrize("fault", [None, "drop_after"])
def test_ids_that_look_like_ours_do_not_mislead_a_new_database(bot: Bot, fault: str | None) -> None:
    names = look_alikes(bot)
    if fault is not None:
        cause(bot, fault, ENTRY_OR_CLOSE)

    position = asked_to_open(bot, terms())
    opened = bot.settled(position.id)

    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity
    assert bot.position(position.id).entry_quantity == opened.quantity
    bot.price("BTCUSDT", opened.target_price)
    assert bot.closed(position.id).reason is CloseReason.TP
    advance(bot, PROOF_OF_ABSENCE)
    bot.tidy(position.id)
    checked_twice(bot)
    assert ids(bot.resting()) == set(names)


def test_somebody_elses_order_under_our_next_id_is_no_proof_that_ours_arrived(bot: Bot) -> None:
    look_alikes(bot)
    cause(bot, "drop_before", ENTRY_OR_CLOSE)

    position = asked_to_open(bot, terms())
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    failed(bot, position.id)

    assert [order.state for order in bot.orders(position.id) if order.request_timestamp] == [OrderState.ABSENT]
    assert bot.position(position.id).entry_quantity == D(0)
    assert len(entered(bot)) == 2  # somebody else's
