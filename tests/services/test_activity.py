"""The journal as Activity reads it."""

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Severity, Side
from services.history.activity import load_activity, load_position_name, load_position_names
from tests.services.building import add_account, add_journal, add_plan, add_position


def test_entries_of_the_account_and_of_the_bot_come_newest_first(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account, other = add_account(session), add_account(session, alias="other")
        add_journal(session, account, "first")
        add_journal(session, other, "foreign")
        add_journal(session, None, "second")

    with session_factory() as session:
        entries = load_activity(session, account.id)

    assert [entry.text for entry in entries] == ["second", "first"]


def test_an_entry_names_its_position(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        position = add_position(session, add_plan(session, account, side=Side.SHORT))
        add_journal(session, account, "bought", position_id=position.id, details={"price": "1.5"})
        add_journal(session, account, "else")

    with session_factory() as session:
        entries = load_activity(session, account.id, position_id=position.id)

    assert [(entry.position_name, entry.details) for entry in entries] == [("BTCUSDT SHORT", {"price": "1.5"})]


def test_gravity_means_this_or_graver(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        for severity in Severity:
            add_journal(session, account, severity.value, severity=severity)

    with session_factory() as session:
        entries = load_activity(session, account.id, severity=Severity.WARNING)

    assert [entry.text for entry in entries] == ["DANGER", "WARNING"]


def test_pages_follow_each_other_without_gap_or_repeat(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        for number in range(5):
            add_journal(session, account, str(number))

    with session_factory() as session:
        first = load_activity(session, account.id, limit=2)
        second = load_activity(session, account.id, before_id=first[-1].id, limit=2)

    assert [entry.text for entry in (*first, *second)] == ["4", "3", "2", "1"]


def test_trades_to_choose_from_are_the_accounts_newest_first(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account, other = add_account(session), add_account(session, alias="other")
        first = add_position(session, add_plan(session, account))
        second = add_position(session, add_plan(session, account, side=Side.SHORT))
        foreign = add_position(session, add_plan(session, other))

    with session_factory() as session:
        names = load_position_names(session, account.id, limit=10)

        assert [(name.id, name.side) for name in names] == [(second.id, Side.SHORT), (first.id, Side.LONG)]
        assert len(load_position_names(session, account.id, limit=1)) == 1
        assert load_position_name(session, account.id, first.id) == names[1]
        assert load_position_name(session, account.id, foreign.id) is None
        assert load_position_name(session, account.id, 999) is None
