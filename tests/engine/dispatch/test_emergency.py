"""Without the database: which committed stop or close may be sent all the same, and for what."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import ConditionalOrder, ConditionalStatus
from domain.terms import OrderState, Phase, Purpose
from engine.dispatch.emergency import LEASE_GOOD_FOR_SECONDS, closes, first_stops, may_act, questions, replacements
from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.orders import QueryOrder, SendOrder
from engine.requests.reports import AccountRead, Cancelled, Observation, OrderAck, OrderStatusReport, Received
from engine.state.row_mapping import intent_of, sent_order
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
        for attempt in (1, 2):
            add_order(session, trade.position, Purpose.CLOSE, OrderState.STAGED, attempt=attempt)
        remember(trade)
        yield trade


def remember(trade: OpenTrade) -> None:
    trade.begin_cycle()
    trade.state.spare_stops = spare_stops(trade.rows, BATCH)


def staged(trade: OpenTrade) -> int:
    return trade.state.spare_stops[trade.position.id].stops[0].order_id


def staged_closes(trade: OpenTrade) -> list[int]:
    return [close.order_id for close in trade.state.spare_stops[trade.position.id].closes]


def hear(trade: OpenTrade, *reports: Observation, batch: int = BATCH + 1) -> None:
    trade.state.received += [Received(report, batch) for report in reports]


def status(trade: OpenTrade, status: ConditionalStatus) -> OrderStatusReport:
    """Return what the exchange says of the stop that rested, without a child."""
    return OrderStatusReport(trade.stop.id, None, conditional(trade, status), (), None)


def conditional(trade: OpenTrade, status: ConditionalStatus) -> ConditionalOrder:
    return replace(trade.stop_filled()[0], status=status, child_order_id=None, triggered_at=None)


def account(quantity: str, *resting: ConditionalOrder) -> AccountRead:
    return AccountRead((held(quantity),), resting)


def sent(trade: OpenTrade, at: float = 0.0, batch: int = BATCH + 1) -> list[int]:
    return note(trade, replacements(trade.state, seconds(at)), batch)


def closed(trade: OpenTrade, at: float, batch: int = BATCH + 1) -> list[int]:
    return note(trade, closes(trade.state, seconds(at)), batch)


def seconds(at: float) -> datetime:
    return NOW + timedelta(seconds=at)


def note(trade: OpenTrade, tasks: list[SendOrder], batch: int) -> list[int]:
    for task in tasks:
        trade.state.without_database.note_sent(task.order_id, task.request_timestamp, batch)
    return [task.order_id for task in tasks]


def test_only_who_held_the_lease_a_moment_ago_may_act() -> None:
    assert may_act(LEASE_GOOD_FOR_SECONDS)
    assert not may_act(LEASE_GOOD_FOR_SECONDS + 0.1)
    assert not may_act(None)


def test_the_stop_of_an_entry_that_fills_is_sent_once(trade: OpenTrade) -> None:
    row = trade.rows.orders[staged(trade)]
    terms = trade_terms(trade.position, reopen_rule(trade.rows.plan_of(trade.position)))
    close = trade.state.spare_stops[trade.position.id].closes[0]
    trade.state.spare_stops = {}
    trade.state.staged_stops[trade.entry.id] = StagedStop(
        row.id, intent_of(row), terms, D("0.0005"), trade.position.id, (close,)
    )

    hear(trade, OrderAck(trade.entry.id, code=-2019), Cancelled(trade.stop.id))
    unfilled = first_stops(trade.state, NOW)
    part = replace(trade.stop_filled()[1], executed_quantity=D("0.02"))
    hear(trade, OrderAck(trade.entry.id, order=part))
    filled = first_stops(trade.state, NOW)

    assert unfilled == []
    assert note(trade, filled, BATCH + 2) == [row.id]
    assert first_stops(trade.state, NOW) == []

    hear(trade, OrderAck(row.id, code=-2021), batch=BATCH + 2)
    unread = closes(trade.state, seconds(0.1))
    hear(trade, account("0.02"), batch=BATCH + 2)
    closing = closes(trade.state, seconds(0.1))

    assert unread == []
    assert [(task.order_id, task.intent.quantity) for task in closing] == [(close.order_id, D("0.02"))]


@pytest.mark.parametrize("ended", [ConditionalStatus.CANCELED, ConditionalStatus.EXPIRED, ConditionalStatus.REJECTED])
def test_a_stop_that_is_said_to_be_gone_is_replaced_at_the_price_it_had(
    trade: OpenTrade, ended: ConditionalStatus
) -> None:
    hear(trade, status(trade, ended), account("0.03"))

    tasks = replacements(trade.state, NOW)

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
    asked_before = sent(trade)
    hear(trade, account("0.01"), batch=BATCH + 2)

    assert (asked_before, sent(trade)) == ([], [staged(trade)])


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


def test_a_refused_stop_and_a_close_are_sent_in_turn(trade: OpenTrade) -> None:
    hear(trade, account("0.03"))
    spare, (first, second) = staged(trade), staged_closes(trade)
    sent(trade, at=0.0)

    hear(trade, OrderAck(spare, code=-2021))
    assert closed(trade, at=0.1, batch=BATCH + 2) == [first]
    assert closed(trade, at=0.9) == []
    assert sent(trade, at=1.0) == [spare]
    hear(trade, OrderAck(spare, code=-2021), OrderAck(first, text="no answer"), batch=BATCH + 3)
    hear(trade, account("0.03"), batch=BATCH + 2)  # asked for together with the close
    assert closed(trade, at=1.2) == []
    hear(trade, account("0.03"), batch=BATCH + 3)
    assert closed(trade, at=1.3, batch=BATCH + 4) == [second]
    hear(trade, account("0.03"), batch=BATCH + 5)
    assert closed(trade, at=3.0) == []  # no id is left, and none is sent twice


@pytest.mark.parametrize("code", [-1008, -4509, -4130, -4116])
def test_a_refusal_that_leaves_a_stop_possible_is_no_reason_to_close(trade: OpenTrade, code: int) -> None:
    hear(trade, account("0.03"))
    sent(trade, at=0.0)
    hear(trade, OrderAck(staged(trade), code=code, executed_nothing=code == -1008))

    assert closed(trade, at=9.0) == []


def test_a_stop_that_nothing_is_heard_of_for_five_seconds_is_followed_by_a_close(trade: OpenTrade) -> None:
    hear(trade, account("0.03"))
    sent(trade, at=0.0)
    sent(trade, at=4.0)

    assert closed(trade, at=4.9) == []
    assert closed(trade, at=5.1) == staged_closes(trade)[:1]


def test_a_close_that_was_not_executed_is_sent_again_under_its_id(trade: OpenTrade) -> None:
    hear(trade, account("0.03"))
    sent(trade, at=0.0)
    first = staged_closes(trade)[0]
    hear(trade, OrderAck(staged(trade), code=-2021))
    closed(trade, at=0.1, batch=BATCH + 2)
    hear(trade, OrderAck(first, code=-1008, executed_nothing=True), batch=BATCH + 2)
    hear(trade, account("0.03"), batch=BATCH + 3)

    assert closed(trade, at=1.2) == [first]


@pytest.mark.parametrize("quantity", ["0", "0.02"])
def test_nothing_is_closed_where_less_is_held_than_is_ours(trade: OpenTrade, quantity: str) -> None:
    hear(trade, account("0.03"))
    sent(trade, at=0.0)
    hear(trade, OrderAck(staged(trade), code=-2021), account(quantity))

    assert closed(trade, at=0.1) == []


def test_nothing_is_closed_again_once_a_close_has_executed(trade: OpenTrade) -> None:
    hear(trade, account("0.03"))
    sent(trade, at=0.0)
    hear(trade, OrderAck(staged(trade), code=-2021))
    (first,) = closed(trade, at=0.1, batch=BATCH + 2)
    hear(trade, OrderAck(first, order=trade.stop_filled()[1]), batch=BATCH + 2)
    hear(trade, account("0.03"), batch=BATCH + 2)

    assert (closed(trade, at=5.0), sent(trade, at=5.0)) == ([], [])


def test_where_others_hold_a_part_only_one_close_is_sent(trade: OpenTrade) -> None:
    trade.position.external_quantity = D("0.01")
    remember(trade)
    hear(trade, account("0.04"))
    sent(trade, at=0.0)
    hear(trade, OrderAck(staged(trade), code=-2021))
    first = closed(trade, at=0.1, batch=BATCH + 2)
    hear(trade, account("0.04"), batch=BATCH + 3)

    assert (first, closed(trade, at=2.0)) == (staged_closes(trade)[:1], [])


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

    def test_it_is_sent_again_under_its_id_while_the_position_holds_all_that_it_did(self, trade: OpenTrade) -> None:
        hear(trade, status(trade, ConditionalStatus.CANCELED), account("0.05"))
        sent(trade, at=0.0, batch=BATCH + 2)
        hear(trade, OrderAck(staged(trade), text="no answer"))

        assert sent(trade, at=5.0) == []  # nothing was read since
        hear(trade, account("0.04"), batch=BATCH + 3)
        assert sent(trade, at=5.0) == []  # it may have fired
        hear(trade, account("0.05"), batch=BATCH + 4)
        assert sent(trade, at=5.0) == [staged(trade)]

    def test_one_that_was_lost_before_the_database_went_is_sent_again_under_its_id(self, trade: OpenTrade) -> None:
        trade.stop.state = OrderState.CANCELLED
        lost = add_order(trade.session, trade.position, Purpose.INTERIM, OrderState.UNKNOWN, attempt=2)
        remember(trade)

        hear(trade, account("0.04"))
        fewer = sent(trade)
        hear(trade, account("0.05"))

        assert (fewer, sent(trade)) == ([], [lost.id])


def test_the_account_is_asked_about_every_two_seconds_and_a_trade_whose_stop_is_gone_at_once(trade: OpenTrade) -> None:
    assert questions(trade.state, seconds(0.0)) == [ReadAccount()]
    assert questions(trade.state, seconds(1.9)) == []
    hear(trade, status(trade, ConditionalStatus.CANCELED))
    assert questions(trade.state, seconds(1.9)) == [ReadSymbol("BTCUSDT", with_resting=True, urgent=True)]
    assert ReadAccount() in questions(trade.state, seconds(2.0))


def test_a_spare_that_vanishes_as_well_is_followed_by_the_next(trade: OpenTrade) -> None:
    second = add_order(trade.session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=3, quantity=None)
    remember(trade)
    hear(trade, account("0.03"))
    first = staged(trade)
    sent(trade, at=0.0)
    hear(trade, OrderAck(first, conditional=conditional(trade, ConditionalStatus.NEW)), batch=BATCH + 2)
    resting = sent(trade, at=1.0)
    hear(trade, account("0.03"), batch=BATCH + 3)

    assert (resting, sent(trade, at=2.0)) == ([], [second.id])


def test_a_trade_without_a_stop_when_the_database_goes_is_protected_at_once(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.UNKNOWN
    remember(trade)

    assert sent(trade) == [staged(trade)]


def test_beside_a_close_under_way_another_needs_a_position_read_after_it_and_nobody_else_there(
    trade: OpenTrade,
) -> None:
    add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN, attempt=3)
    trade.stop.state = OrderState.REJECTED
    remember(trade)
    sent(trade)
    hear(trade, OrderAck(staged(trade), code=-2021), account("0.03"))
    together = closed(trade, at=0.1)
    hear(trade, account("0.03"), batch=BATCH + 2)
    after = closed(trade, at=0.2, batch=BATCH + 3)

    trade.position.external_quantity = D("0.01")
    remember(trade)
    hear(trade, account("0.04"), batch=BATCH + 4)
    trade.state.without_database.sent_at.clear()

    assert (together, after, closed(trade, at=9.0)) == ([], staged_closes(trade)[:1], [])


def test_an_entry_whose_answer_is_missing_is_asked_about_with_the_account(trade: OpenTrade) -> None:
    row = trade.rows.orders[staged(trade)]
    terms = trade_terms(trade.position, reopen_rule(trade.rows.plan_of(trade.position)))
    trade.state.spare_stops = {}
    trade.state.staged_stops[trade.entry.id] = StagedStop(row.id, intent_of(row), terms, D(0), trade.position.id, ())
    entry = sent_order(trade.entry)
    trade.state.inbox.know([entry], [])

    assert questions(trade.state, NOW) == [QueryOrder(entry, None, urgent=True), ReadAccount()]
    hear(trade, OrderAck(trade.entry.id, code=-2019))
    assert questions(trade.state, seconds(2.0)) == [ReadAccount()]


def test_without_a_spare_nothing_is_asked(trade: OpenTrade) -> None:
    trade.state.spare_stops = {}

    assert questions(trade.state, seconds(0.0)) == []
