"""Streams that break, fall silent, repeat or reorder: they cost time, never truth."""

from decimal import Decimal

import pytest

from domain.terms import CloseReason, Phase, Side
from tests.system.faults.causing import cause, entered, heal, stops
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow
D = Decimal
USER_STREAM = "WS /private"


@pytest.mark.parametrize("kind", ["ws_silent", "ws_drop"])
def test_a_target_is_noticed_within_a_full_check_without_user_events(bot: Bot, kind: str) -> None:
    opened = bot.open(terms())
    cause(bot, kind, USER_STREAM, seconds=30)

    bot.price("BTCUSDT", opened.target_price)
    checks = {bot.monitor.health().last_check_at}

    def booked() -> bool:
        checks.add(bot.monitor.health().last_check_at)
        return bot.position(opened.id).phase is Phase.CLOSED

    bot.eventually(booked, "the target booked")

    assert bot.closed(opened.id).reason is CloseReason.TP
    # The last check before, one that had asked already, and the one that sees it: counted, as a busy machine is slow.
    assert len(checks) <= 3


@pytest.mark.parametrize("kind", ["ws_duplicate", "ws_reorder"])
def test_events_out_of_order_or_twice_book_everything_once(bot: Bot, kind: str) -> None:
    cause(bot, kind, USER_STREAM, seconds=30)

    first = bot.open(terms())
    bot.price("BTCUSDT", first.target_price)
    closed = bot.closed(first.id)

    assert closed.reason is CloseReason.TP
    assert len(entered(bot)) == 1


def test_an_expired_listen_key_is_renewed_and_events_come_again(bot: Bot) -> None:
    opened = bot.open(terms())
    before = bot.monitor.health().streams.reconnects
    cause(bot, "listen_key_expired", USER_STREAM)
    bot.eventually(
        lambda: (s := bot.monitor.health().streams).reconnects > before and s.user_connected, "a new connection"
    )

    bot.price("BTCUSDT", opened.target_price)

    assert bot.closed(opened.id, within=4).reason is CloseReason.TP


def test_a_dropped_user_stream_comes_back_by_itself(bot: Bot) -> None:
    before = bot.monitor.health().streams.reconnects
    cause(bot, "ws_drop", "*")

    bot.eventually(
        lambda: (s := bot.monitor.health().streams).reconnects > before and s.user_connected and s.prices_connected,
        "both streams again",
    )


def test_a_trade_lives_and_ends_without_any_stream(bot: Bot) -> None:
    cause(bot, "ws_drop", "*", seconds=60)

    opened = bot.open(terms(side=Side.SHORT))
    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.SL
    assert stops(bot) == []


def test_a_stream_that_hears_nothing_is_said_and_asked_for_in_another_form(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.hearing.DEAF_AFTER_SECONDS", 0.5)
    before = bot.monitor.health().streams.reconnects
    cause(bot, "ws_silent", USER_STREAM, seconds=60)

    opened = bot.open(terms())
    bot.eventually(lambda: [a for a in bot.monitor.health().alerts if a.code == "deaf"], "that it is deaf")
    said = bot.services.dashboard.snapshot().status.stream_word
    bot.eventually(lambda: (s := bot.monitor.health().streams).reconnects > before and s.user_connected, "another form")
    heal(bot)
    bot.price("BTCUSDT", opened.target_price)
    bot.closed(opened.id)

    assert said == "live prices, trade news by checking"
    bot.eventually(lambda: not bot.monitor.health().streams.user_deaf, "that it hears again")
