"""Instructions: one row for each request, however often it is pressed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Basis, InstructionKind, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_from_json
from services.errors import NotRecorded
from services.trading.instructions import Instruction, Instructions
from storage.bot_tables import InstructionRow
from storage.tables import PositionRow
from tests.services.building import NOW, Clock, D, SteadyFeed, add_account, add_plan, add_position, bot_health

TERMS = TradeTerms("BTCUSDT", Side.LONG, D("150"), 20, D("15"), D("10"), Basis.NET, ReopenRule(enabled=True))


@pytest.fixture
def position(session_factory: sessionmaker[Session]) -> PositionRow:
    with session_factory.begin() as session:
        return add_position(session, add_plan(session, add_account(session)))


@pytest.fixture
def feed(position: PositionRow) -> SteadyFeed:
    return SteadyFeed(bot_health(position.account_id))


def rows(session_factory: sessionmaker[Session]) -> list[InstructionRow]:
    with session_factory() as session:
        return list(session.scalars(select(InstructionRow).order_by(InstructionRow.id)))


def test_open_is_written_with_exact_terms_and_lapses_after_a_minute(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    answer = Instructions(session_factory, feed, Clock()).open_trade("a", TERMS)

    row = rows(session_factory)[0]
    assert (answer.instruction_id, answer.done, answer.outcome) == ("a", False, None)
    assert (row.kind, row.created_at, row.lapses_at) == (InstructionKind.OPEN, NOW, NOW + timedelta(seconds=60))
    assert terms_from_json(row.terms) == TERMS
    assert feed.wakes == 1


def test_pressed_twice_is_one_row_with_the_first_terms(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    desk = Instructions(session_factory, feed, Clock())
    desk.open_trade("a", TERMS)
    with session_factory.begin() as session:
        row = session.get_one(InstructionRow, "a")
        row.consumed_at, row.outcome = NOW, "BTCUSDT LONG is being opened."

    again = desk.open_trade("a", TERMS)

    assert len(rows(session_factory)) == 1
    assert (again.done, again.outcome) == (True, "BTCUSDT LONG is being opened.")


def test_pressed_at_the_same_time_is_one_row(session_factory: sessionmaker[Session], feed: SteadyFeed) -> None:
    desk = Instructions(session_factory, feed, Clock())

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: desk.open_trade("a", TERMS), range(16)))

    assert len(rows(session_factory)) == 1
    assert {answer.instruction_id for answer in answers} == {"a"}


@pytest.mark.parametrize("kind", InstructionKind)
def test_only_what_opens_and_what_is_external_lapses(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow, kind: InstructionKind
) -> None:
    lapsing = {"OPEN", "REOPEN_NOW", "ADOPT", "CLOSE_FOREIGN"}

    Instructions(session_factory, feed, Clock()).give(Instruction("a", kind, position.id, position.plan_id))

    assert (rows(session_factory)[0].lapses_at is not None) == (kind.value in lapsing)


def test_an_instruction_that_nobody_took_up_is_said_to_be_dropped(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    clock = Clock()
    desk = Instructions(session_factory, feed, clock)
    desk.open_trade("a", TERMS)

    clock.pass_seconds(119)
    in_time = desk.answer("a")
    clock.pass_seconds(2)
    too_late = desk.answer("a")

    assert not in_time.done
    assert too_late.done
    assert "Nothing was sent" in (too_late.outcome or "")


def test_terms_that_make_no_sense_are_answered_and_not_written(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    bad = TradeTerms("", Side.LONG, D(0), 0, D("-1"), D("NaN"), Basis.NET, ReopenRule(enabled=False))

    answer = Instructions(session_factory, feed, Clock()).open_trade("a", bad)

    assert answer.done
    assert "The stake must be more than 0 USDT." in (answer.outcome or "")
    assert rows(session_factory) == []
    assert feed.wakes == 0


def test_without_an_account_nothing_is_written(session_factory: sessionmaker[Session]) -> None:
    answer = Instructions(session_factory, SteadyFeed(bot_health()), Clock()).open_trade("a", TERMS)

    assert answer.done
    assert "Nothing was sent" in (answer.outcome or "")


def test_a_position_that_does_not_exist_is_answered_in_words(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    answer = Instructions(session_factory, feed, Clock()).give(Instruction("a", InstructionKind.CLOSE, 999))

    assert answer.done
    assert "no such position" in (answer.outcome or "")


def test_new_protection_keeps_every_digit(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow
) -> None:
    desk = Instructions(session_factory, feed, Clock())

    desk.edit_protection("a", position.id, D("0.00000123"), None)

    assert rows(session_factory)[0].terms == {"stop_price": "0.00000123", "target_price": None}


@pytest.mark.parametrize(("stop", "target"), [(None, None), (D("0"), None), (D("100"), D("-1")), (D("NaN"), None)])
def test_protection_without_a_price_is_refused(
    session_factory: sessionmaker[Session],
    feed: SteadyFeed,
    position: PositionRow,
    stop: Decimal | None,
    target: Decimal | None,
) -> None:
    answer = Instructions(session_factory, feed, Clock()).edit_protection("a", position.id, stop, target)

    assert answer.done
    assert rows(session_factory) == []


def test_part_of_a_position_is_asked_for_as_a_fraction(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow
) -> None:
    Instructions(session_factory, feed, Clock()).close_part("a", position.id, D("0.25"))

    row = rows(session_factory)[0]
    assert (row.kind, row.position_id, row.terms) == (InstructionKind.CLOSE, position.id, {"share": "0.25"})


@pytest.mark.parametrize("share", [D(0), D(1), D("-0.5"), D("NaN")])
def test_no_part_and_the_whole_are_not_parts(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow, share: Decimal
) -> None:
    answer = Instructions(session_factory, feed, Clock()).close_part("a", position.id, share)

    assert "Nothing was sent" in (answer.outcome or "")
    assert rows(session_factory) == []


def test_external_position_is_named_by_pair_and_side(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow
) -> None:
    desk = Instructions(session_factory, feed, Clock())

    desk.ignore_external("a", "XLMUSDT", Side.SHORT)

    assert rows(session_factory)[0].terms == {"symbol": "XLMUSDT", "side": "SHORT"}


def test_adopting_keeps_what_may_be_won_and_lost(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow
) -> None:
    Instructions(session_factory, feed, Clock()).adopt("a", "XLMUSDT", Side.LONG, D("15.50"), D("10"))

    row = rows(session_factory)[0]
    assert row.kind is InstructionKind.ADOPT
    assert row.terms == {"symbol": "XLMUSDT", "side": "LONG", "tp_usdt": "15.50", "sl_usdt": "10"}


def test_adopting_without_a_stop_is_refused(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow
) -> None:
    answer = Instructions(session_factory, feed, Clock()).adopt("a", "XLMUSDT", Side.LONG, D("15"), D(0))

    assert "must be more than 0" in (answer.outcome or "")
    assert rows(session_factory) == []


def test_next_round_is_asked_for_with_exact_terms(
    session_factory: sessionmaker[Session], feed: SteadyFeed, position: PositionRow
) -> None:
    Instructions(session_factory, feed, Clock()).edit_plan("a", position.plan_id, TERMS)

    row = rows(session_factory)[0]
    assert (row.kind, row.plan_id) == (InstructionKind.EDIT_PLAN, position.plan_id)
    assert terms_from_json(row.terms) == TERMS


def test_a_silent_database_says_that_nothing_was_written(
    engine: Engine, session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    desk = Instructions(session_factory, feed, Clock())

    with engine.begin() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("LOCK TABLE instructions IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(NotRecorded, match="was not written down"):
            desk.open_trade("a", TERMS)

    with session_factory() as session:
        assert session.scalar(select(func.count()).select_from(InstructionRow)) == 0
    assert feed.wakes == 0
