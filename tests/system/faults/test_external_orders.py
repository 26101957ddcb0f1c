"""Somebody else on the same account: never cancelled, never closed, never mistaken for our own."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from domain.terms import CloseReason, Phase, Purpose, Side
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import (
    ENTRY_OR_CLOSE,
    asked_to_open,
    cause,
    entered,
    external_cancel,
    external_client,
    external_trade,
    failed,
    heal,
    journal,
    sent,
    stops,
)
from tests.system.flow.bot import Bot, reopening, running_bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow
D = Decimal


def place_external_stop(
    bot: Bot, name: str, price: str, *, quantity: str | None = None, symbol: str = "BTCUSDT"
) -> None:
    size = {"closePosition": "true"} if quantity is None else {"quantity": quantity}
    external_client(bot.exchange).futures_create_algo_order(
        symbol="BTCUSDT",
        side="SELL",
        positionSide="LONG",
        type="STOP_MARKET",
        triggerPrice=price,
        workingType="MARK_PRICE",
        clientAlgoId=name,
        **size,
    )


def external_row(bot: Bot, name: str) -> str:
    return next(str(row["algoStatus"]) for row in bot.exchange.ledger()["algoOrders"] if row["clientAlgoId"] == name)


def test_an_external_stop_in_the_way_is_left_alone_and_ours_rests_beside_it(bot: Bot) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    position = asked_to_open(bot, terms())
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG), "the fill")
    place_external_stop(bot, "external", "50000")

    opened = bot.eventually(
        lambda: p if (p := bot.position(position.id)).phase is Phase.OPEN and p.protected_at else None, "run protected"
    )

    ours = [row for row in stops(bot) if row["clientAlgoId"] != "external"]
    assert [(D(row["quantity"]), row["closePosition"]) for row in ours] == [(opened.entry_quantity, False)]
    assert external_row(bot, "external") == "NEW"
    assert sum(D(row["triggerPrice"]) == opened.stop_price for row in ours) == 1


def test_no_quantity_stop_of_ours_outlives_a_trade_that_had_an_external_stop_beside_it(bot: Bot) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    position = asked_to_open(bot, terms())
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG), "the fill")
    place_external_stop(bot, "external", "50000")
    bot.eventually(lambda: bot.position(position.id).protected_at, "run protected")

    bot.ask("close", position.id)
    bot.closed(position.id)

    bot.tidy(position.id)
    assert [row for row in stops(bot) if row["clientAlgoId"] != "external"] == []


def test_a_stop_beside_an_external_one_follows_what_is_ours(bot: Bot) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    position = asked_to_open(bot, terms(amount="200"))
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG), "the fill")
    place_external_stop(bot, "external", "50000")
    bot.eventually(lambda: bot.position(position.id).protected_at, "run protected")
    before = bot.on_exchange("BTCUSDT", Side.LONG)

    bot.ask("close_part", position.id, D("0.5"))

    def ours() -> list[tuple[Decimal, bool]]:
        return [(D(r["quantity"]), r["closePosition"]) for r in stops(bot) if r["clientAlgoId"] != "external"]

    left = bot.eventually(lambda: q if (q := bot.on_exchange("BTCUSDT", Side.LONG)) < before else None, "the close")
    bot.eventually(lambda: ours() == [(left, False)], "a stop of what is left, alone")


def test_an_own_stop_takes_its_place_when_the_external_one_goes(bot: Bot) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    position = asked_to_open(bot, terms())
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG), "the fill")
    place_external_stop(bot, "external", "50000")
    bot.eventually(lambda: bot.position(position.id).protected_at, "run protected")

    external_cancel(bot, next(row for row in stops(bot) if row["clientAlgoId"] == "external"))

    bot.eventually(lambda: [r["closePosition"] for r in stops(bot)] == [True], "our closePosition stop alone")


def test_a_loss_of_others_is_never_recorded_to_a_trade_that_did_not_open(bot: Bot) -> None:
    cause(bot, "drop_before", ENTRY_OR_CLOSE)
    position = asked_to_open(bot, terms())
    bot.eventually(lambda: sent(bot, position.id, Purpose.ENTRY), "the entry that is lost")
    external_trade(bot, "BUY", Side.LONG, D("0.010"))
    bot.eventually(lambda: stops(bot), "our stop on what shows there")
    assert position.stop_price is not None

    cause(bot, "drop_before", "*", times=999)
    bot.price("BTCUSDT", position.stop_price - D(50))
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG) == 0, "the stop's execution")
    bot.wait_on_the_exchange(timedelta(seconds=14))
    heal(bot)
    ended = failed(bot, position.id)

    bot.tidy(position.id)
    assert [(p.entry_quantity, p.exit_quantity, p.net_usdt) for p in [bot.position(ended.id)]] == [(D(0), D(0), D(0))]


def test_an_external_trader_adding_to_our_side_is_said_and_the_money_stays_exact(bot: Bot) -> None:
    opened = bot.open(terms())

    external_trade(bot, "BUY", Side.LONG, D("0.010"))
    bot.eventually(lambda: bot.position(opened.id).external_quantity == D("0.010"), "the external part")
    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.SL
    assert journal(bot, "external_fill") != []


def test_an_external_trader_adding_and_taking_away_again_changes_nothing(bot: Bot) -> None:
    opened = bot.open(terms())

    external_trade(bot, "BUY", Side.LONG, D("0.010"))
    bot.eventually(lambda: bot.position(opened.id).external_quantity == D("0.010"), "the external part")
    external_trade(bot, "SELL", Side.LONG, D("0.010"))
    bot.eventually(lambda: bot.position(opened.id).external_quantity == 0, "the external part gone")

    assert bot.position(opened.id).phase is Phase.OPEN
    bot.price("BTCUSDT", opened.target_price)
    assert bot.closed(opened.id).reason is CloseReason.TP


def test_a_close_takes_only_our_own_part_of_a_shared_position(bot: Bot) -> None:
    opened = bot.open(terms())
    external_trade(bot, "BUY", Side.LONG, D("0.010"))
    bot.eventually(lambda: bot.position(opened.id).external_quantity == D("0.010"), "the external part")

    bot.ask("close", opened.id)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.MANUAL
    assert bot.on_exchange("BTCUSDT", Side.LONG) == D("0.010")
    bot.tidy(opened.id)
    external_trade(bot, "SELL", Side.LONG, D("0.010"))


def test_an_external_trader_taking_part_of_ours_is_recorded_and_the_rest_stays_protected(bot: Bot) -> None:
    opened = bot.open(terms(amount="200"))

    external_trade(bot, "SELL", Side.LONG, D("0.010"))
    bot.eventually(lambda: bot.position(opened.id).exit_quantity == D("0.010"), "what was taken")

    assert bot.position(opened.id).phase is Phase.OPEN
    assert len(stops(bot)) == 1
    bot.price("BTCUSDT", opened.target_price)
    assert bot.closed(opened.id).reason is CloseReason.TP


def test_no_entry_goes_onto_a_position_that_somebody_else_holds(bot: Bot) -> None:
    external_trade(bot, "BUY", Side.LONG, D("0.010"))

    reply = bot.ask("open_trade", terms())

    assert reply == "Nothing was sent: the account holds a position there that this bot did not open."
    assert entered(bot) == []
    external_trade(bot, "SELL", Side.LONG, D("0.010"))


def test_a_position_somebody_else_holds_keeps_a_reopening_waiting(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(minutes=5), maximum=1)))
    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)
    external_trade(bot, "BUY", Side.LONG, D("0.010"))
    bot.wait_on_the_exchange(timedelta(minutes=5))
    bot.eventually(lambda: bot.position(first.id).reopen_not_before, "the reopening")

    external_trade(bot, "SELL", Side.LONG, D("0.010"))

    assert bot.position_after(first.id).sequence == 2
    assert len(entered(bot)) == 2


def test_leverage_changed_behind_our_back_is_put_right_before_the_entry(bot: Bot) -> None:
    external_client(bot.exchange).futures_change_leverage(symbol="BTCUSDT", leverage=3)

    opened = bot.open(terms(leverage=10))

    assert bot.position(opened.id).leverage == 10


def test_hedge_mode_switched_off_behind_our_back_opens_nothing_bare(bot: Bot) -> None:
    external_client(bot.exchange).futures_change_position_mode(dualSidePosition="false")

    reply = bot.ask("open_trade", terms())
    bot.eventually(
        lambda: not reply.endswith("is being opened.") or bot.positions()[-1].phase is not Phase.ENTERING, "an end"
    )

    assert [p.phase for p in bot.positions() if p.phase is Phase.OPEN and not stops(bot)] == []


def test_an_account_without_room_for_stops_refuses_the_entry_with_a_sentence(bot: Bot) -> None:
    for number in range(198):
        place_external_stop(bot, f"external-{number}", "20000", quantity="0.001")
    bot.eventually(
        lambda: (
            (at := bot.monitor.health().last_check_at) and at.timestamp() * 1000 > bot.exchange.requests()[-1]["at"] - 1
        ),
        "a full check",
    )

    reply = bot.ask("open_trade", terms())

    assert reply == "Nothing was sent: the exchange has no room for another stop and target."
    assert entered(bot) == []
    assert bot.positions() == []


def test_where_stop_and_target_count_as_one_the_target_goes_with_our_quantity(
    database_url: str, tmp_path: Path
) -> None:
    keyed = ("--prices", "hold", "--switch", "close_position_key_includes_family=false")
    exchange = PracticeExchange(tmp_path / "keyed.state", *keyed)
    exchange.start()
    try:
        with running_bot(database_url, exchange) as bot:
            opened = bot.open(terms())
            size = {row["orderType"]: D(row["quantity"]) for row in bot.resting() if not row["closePosition"]}
            bot.price("BTCUSDT", opened.target_price)
            closed = bot.closed(opened.id)
            check(bot)
    finally:
        exchange.stop()

    assert size == {"TAKE_PROFIT_MARKET": opened.quantity}
    assert closed.reason is CloseReason.TP
