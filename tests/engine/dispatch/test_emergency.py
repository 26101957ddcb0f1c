"""Without the database: which committed stop may be sent all the same, and for what."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import ConditionalOrder, ConditionalStatus
from domain.terms import OrderState, Phase, Purpose
from engine.dispatch.emergency import LEASE_GOOD_FOR_SECONDS, first_stops, may_act, questions, replacements
from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.reports import AccountRead, Cancelled, Observation, OrderAck, OrderStatusReport, Received
from engine.state.row_mapping import intent_of
from engine.state.staged_stop import StagedStop, spare_stops
from storage.mapping import reopen_rule, trade_terms
from tests.engine.building import BATCH, STOP_PRICE, D, OpenTrade, add_order, held
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> Iterator[OpenTrade]:
    """Give an open trade with its stop at rest and a spare, nothing received since the last commit."""
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.OPEN)
        add_order(session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None)
        remember(trade)
        yield trade


def remember(trade: OpenTrade) -> None:
    trade.begin_cycle()
    trade.state.spare_stops = spare_stops(trade.rows, BATCH)


def staged(trade: OpenTrade) -> int:
    return next(iter(trade.rows.staged_ids()))


def hear(trade: OpenTrade, *reports: Observation) -> None:
    trade.state.received += [Received(report, BATCH + 1) for report in reports]


def status(trade: OpenTrade, status: ConditionalStatus) -> OrderStatusReport:
    """Return what the exchange says of the stop that rested, without a child."""
    return OrderStatusReport(trade.stop.id, None, conditional(trade, status), (), None)


def conditional(trade: OpenTrade, status: ConditionalStatus) -> ConditionalOrder:
    return replace(trade.stop_filled()[0], status=status, child_order_id=None, triggered_at=None)


def account(quantity: str, *resting: ConditionalOrder) -> AccountRead:
    return AccountRead((held(quantity),), resting)


def sent(trade: OpenTrade, at: float = 0.0) -> list[int]:
    tasks = replacements(trade.state, NOW, at)
    trade.state.without_database.sent_at.update({task.order_id: at for task in tasks})
    return [task.order_id for task in tasks]


def test_only_who_held_the_lease_a_moment_ago_may_act() -> None:
    assert may_act(LEASE_GOOD_FOR_SECONDS)
    assert not may_act(LEASE_GOOD_FOR_SECONDS + 0.1)
    assert not may_act(None)


def test_the_stop_of_an_entry_that_fills_is_sent_once(trade: OpenTrade) -> None:
    row = trade.rows.orders[staged(trade)]
    terms = trade_terms(trade.position, reopen_rule(trade.rows.plan_of(trade.position)))
    trade.state.staged_stops[trade.entry.id] = StagedStop(row.id, intent_of(row), terms, D("0.0005"))

    hear(trade, OrderAck(trade.entry.id, code=-2019), Cancelled(trade.stop.id))
    unfilled = first_stops(trade.state, NOW, 0.0)
    hear(trade, OrderAck(trade.entry.id, order=trade.stop_filled()[1]))
    filled = first_stops(trade.state, NOW, 0.0)

    assert unfilled == []
    assert [task.order_id for task in filled] == [row.id]
    assert first_stops(trade.state, NOW, 0.0) == []


@pytest.mark.parametrize("ended", [ConditionalStatus.CANCELED, ConditionalStatus.EXPIRED, ConditionalStatus.REJECTED])
def test_a_stop_that_is_said_to_be_gone_is_replaced_at_the_price_it_had(
    trade: OpenTrade, ended: ConditionalStatus
) -> None:
    hear(trade, status(trade, ended), account("0.03"))

    tasks = replacements(trade.state, NOW, 0.0)

    assert [(task.order_id, task.intent.trigger_price) for task in tasks] == [(staged(trade), STOP_PRICE)]


def test_one_that_no_list_shows_is_replaced(trade: OpenTrade) -> None:
    hear(trade, account("0.03"))

    assert sent(trade) == [staged(trade)]


def test_one_that_rests_is_not(trade: OpenTrade) -> None:
    assert sent(trade) == []
    hear(trade, account("0.03", conditional(trade, ConditionalStatus.NEW)))
    assert sent(trade) == []


def test_a_list_asked_for_before_the_last_commit_says_nothing(trade: OpenTrade) -> None:
    trade.state.received = [Received(account("0.03"), BATCH)]

    assert sent(trade) == []


def test_nothing_is_sent_where_the_trade_has_ended(trade: OpenTrade) -> None:
    fired, child, fill = trade.stop_filled()
    hear(trade, OrderStatusReport(trade.stop.id, child, fired, (fill,), None), account("0"))

    assert sent(trade) == []


def test_what_is_left_of_a_trade_of_which_a_part_was_closed_is_protected_where_nobody_else_is(
    trade: OpenTrade,
) -> None:
    target = add_order(trade.session, trade.position, Purpose.TARGET, OrderState.WORKING, quantity=None)
    remember(trade)
    hear(trade, OrderAck(target.id, order=trade.stop_filled()[1]), account("0.01"))

    assert sent(trade) == [staged(trade)]


def test_a_part_that_may_be_somebody_elses_is_left_alone(trade: OpenTrade) -> None:
    target = add_order(trade.session, trade.position, Purpose.TARGET, OrderState.WORKING, quantity=None)
    trade.position.external_quantity = D("0.01")
    remember(trade)
    hear(trade, OrderAck(target.id, order=trade.stop_filled()[1]), account("0.01"))

    assert sent(trade) == []


def test_it_is_sent_again_every_second_until_it_is_answered(trade: OpenTrade) -> None:
    hear(trade, account("0.03"))
    spare = staged(trade)

    assert sent(trade, at=0.0) == [spare]
    assert sent(trade, at=0.9) == []
    hear(trade, OrderAck(spare, text="no answer"))
    assert sent(trade, at=1.0) == [spare]
    hear(trade, OrderAck(spare, conditional=conditional(trade, ConditionalStatus.NEW)))
    assert sent(trade, at=2.0) == []


def test_a_clear_refusal_waits_for_the_database(trade: OpenTrade) -> None:
    hear(trade, account("0.03"))
    spare = staged(trade)
    sent(trade, at=0.0)

    hear(trade, OrderAck(spare, code=-2021))
    assert sent(trade, at=1.0) == []
    hear(trade, OrderAck(spare, code=-1008, executed_nothing=True))
    assert sent(trade, at=2.0) == [spare]


class TestOwnQuantity:
    """Beside what others hold, a spare has our own quantity, and two of them would take theirs."""

    @pytest.fixture
    def trade(self, session_factory: sessionmaker[Session]) -> Iterator[OpenTrade]:
        with session_factory() as session:
            trade = OpenTrade(session, phase=Phase.OPEN, own_part_only=True, external_quantity=D("0.02"))
            add_order(session, trade.position, Purpose.INTERIM, OrderState.STAGED)
            remember(trade)
            yield trade

    def test_it_needs_proof_that_the_stop_is_gone(self, trade: OpenTrade) -> None:
        hear(trade, account("0.05"))
        unlisted = sent(trade)
        hear(trade, status(trade, ConditionalStatus.CANCELED))

        assert unlisted == []
        assert sent(trade) == [staged(trade)]

    def test_it_needs_a_position_that_still_holds_all_of_ours(self, trade: OpenTrade) -> None:
        hear(trade, status(trade, ConditionalStatus.CANCELED))
        unread = sent(trade)
        hear(trade, account("0.02"))

        assert (unread, sent(trade)) == ([], [])

    def test_it_is_not_sent_again_while_nothing_is_known_of_it(self, trade: OpenTrade) -> None:
        hear(trade, status(trade, ConditionalStatus.CANCELED), account("0.05"))
        sent(trade, at=0.0)
        hear(trade, OrderAck(staged(trade), text="no answer"))

        assert sent(trade, at=5.0) == []


def test_the_account_is_asked_about_every_two_seconds_and_a_trade_whose_stop_is_gone_at_once(trade: OpenTrade) -> None:
    assert questions(trade.state, 0.0) == [ReadAccount()]
    assert questions(trade.state, 1.9) == []
    hear(trade, status(trade, ConditionalStatus.CANCELED))
    assert questions(trade.state, 1.9) == [ReadSymbol("BTCUSDT", with_resting=True, urgent=True)]
    assert ReadAccount() in questions(trade.state, 2.0)


def test_without_a_spare_nothing_is_asked(trade: OpenTrade) -> None:
    trade.state.spare_stops = {}

    assert questions(trade.state, 0.0) == []
