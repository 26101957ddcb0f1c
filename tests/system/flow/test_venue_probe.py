"""Measuring the exchange by a press: a report, a pair that nobody trades, and nothing left whatever happens."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from domain.terms import OrderState, Purpose
from domain.venue_probe.questions import NOT_TRIED, Question
from services.accounts.venue_probe import ProbeReport
from storage.venue_probes import VenueProbeRow
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import STOP_OR_TARGET, cause, heal, sent
from tests.system.flow.bot import Bot, running_bot, terms

D = Decimal


def measured(bot: Bot) -> ProbeReport:
    """Ask for a measurement and return its report."""
    before = bot.services.venue_probes.state().report
    bot.ask("probe_venue")

    def report() -> ProbeReport | None:
        state = bot.services.venue_probes.state()
        fresh = state.report is not None and (before is None or state.report.measured_at > before.measured_at)
        return state.report if fresh else None

    return bot.eventually(report, "the report", within=40)


def answers(report: ProbeReport) -> dict[str, str]:
    found: dict[str, str] = json.loads(report.file)["answers"]
    return found


def probes_orders(bot: Bot) -> list[str]:
    ledger = bot.exchange.ledger()
    orders = [r["clientOrderId"] for r in ledger["orders"] if r["status"] in ("NEW", "PARTIALLY_FILLED")]
    stops = [r["clientAlgoId"] for r in ledger["algoOrders"] if r["algoStatus"] == "NEW"]
    return [name for name in orders + stops if name.startswith("p1-")]


def test_a_press_measures_in_a_pair_nobody_trades_and_trades_answer_the_rest(bot: Bot) -> None:
    first = bot.open(terms())
    bot.price("BTCUSDT", first.stop_price)
    bot.closed(first.id)
    closed = bot.open(terms())
    bot.ask("close", closed.id)
    bot.closed(closed.id)
    second = bot.open(terms(symbol="ETHUSDT"))

    report = measured(bot)

    assert report.symbol not in ("BTCUSDT", "ETHUSDT")
    found = answers(report)
    assert {name for name, answer in found.items() if answer == "not_measured"} == set(NOT_TRIED)
    assert (found[Question.CLOSERS], found[Question.CHILD_TYPE]) == ("family", "MARKET")
    assert (found[Question.CLOSER_TIME], found[Question.CLOSING_ORDERS]) == ("GTE_GTC", "reduce_only")
    assert probes_orders(bot) == []
    assert not bot.services.venue_probes.state().under_way
    assert bot.position(second.id).protected_at is not None
    assert any("Measured how the exchange behaves" in entry.text for entry in bot.services.activity.entries())


def test_what_a_killed_probe_left_is_found_and_taken_away_at_the_next_start(
    database_url: str, exchange: PracticeExchange
) -> None:
    with running_bot(database_url, exchange) as bot:
        cause(bot, "drop_before", "DELETE *", times=10_000)
        bot.ask("probe_venue")
        bot.eventually(lambda: probes_orders(bot), "an order of the probe")
    with running_bot(database_url, exchange) as bot:
        assert bot.services.venue_probes.state().under_way
        heal(bot)
        bot.eventually(lambda: probes_orders(bot) == [], "nothing left")
        bot.wait_on_the_exchange(timedelta(seconds=70))
        bot.eventually(lambda: not bot.services.venue_probes.state().under_way, "the probe finished")
        assert exchange.ledger()["positions"] == []


def test_a_probe_whose_orders_fail_stops_no_trade(bot: Bot) -> None:
    cause(bot, "html_502", "GET /fapi/v1/openOrders", times=10_000)
    bot.ask("probe_venue")

    opened = bot.open(terms())

    assert bot.position(opened.id).protected_at is not None
    heal(bot)


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[PracticeExchange]:
    switches = ("duplicate_algo_id_code=-4015", "close_position_key_includes_family=false")
    exchange = PracticeExchange(
        tmp_path / "state.json", "--prices", "hold", "--seed", "1", *(p for s in switches for p in ("--switch", s))
    )
    exchange.start()
    yield exchange
    exchange.kill()


def test_the_bot_behaves_by_what_was_measured(database_url: str, odd: PracticeExchange) -> None:
    with running_bot(database_url, odd) as bot:
        first = bot.open(terms())
        found = answers(measured(bot))
        second = bot.open(terms(symbol="ETHUSDT"))
        # The answer to a stop is lost, and sent again under the same number it is refused with the odd code.
        cause(bot, "drop_after", STOP_OR_TARGET)
        third = bot.open(terms(symbol="SOLUSDT"))

        assert (found[Question.CLOSERS], found[Question.DUPLICATE_ID]) == ("direction", "-4015")
        targets = {p: sent(bot, p, Purpose.TARGET) for p in (first.id, second.id)}
        assert targets[first.id][0].answer_code == -4130
        assert [(o.state, o.quantity is None) for o in targets[second.id]] == [(OrderState.WORKING, False)]
        assert bot.position(third.id).protected_at is not None


def test_a_probe_is_a_row_before_its_first_order(bot: Bot) -> None:
    cause(bot, "delay", "POST /fapi/v1/order", seconds=1)
    bot.ask("probe_venue")

    def row() -> VenueProbeRow | None:
        with bot.sessions() as session:
            return session.query(VenueProbeRow).first()

    begun = bot.eventually(row, "the row")

    assert begun.finished_at is None
    bot.eventually(lambda: not bot.services.venue_probes.state().under_way, "the end", within=40)
