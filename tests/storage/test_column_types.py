from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from database import save_account, save_journal
from domain.terms import Severity
from storage.bot_tables import JournalRow
from storage.income_tables import EquityRow

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_money_keeps_every_digit(session_factory: sessionmaker[Session]) -> None:
    exact = Decimal("12345678901234567890.123456789012345678")
    with session_factory.begin() as session:
        account = save_account(session, "practice", "a", NOON)
        session.add(
            EquityRow(account_id=account.id, at=NOON, wallet_usdt=exact, unrealised_usdt=-exact, available_usdt=exact)
        )

    with session_factory() as session:
        row = session.scalars(select(EquityRow)).one()
    assert (row.wallet_usdt, row.unrealised_usdt) == (exact, -exact)


@pytest.mark.parametrize("wrong", [1.5, 3, "1.5", Decimal("NaN"), Decimal("Infinity")])
def test_money_is_never_anything_but_a_finite_decimal(session_factory: sessionmaker[Session], wrong: object) -> None:
    with pytest.raises(StatementError, match="finite Decimal"), session_factory.begin() as session:
        account = save_account(session, "practice", "a", NOON)
        row = EquityRow(account_id=account.id, at=NOON, wallet_usdt=Decimal(1), unrealised_usdt=Decimal(1))
        row.available_usdt = wrong  # type: ignore[assignment]
        session.add(row)


def test_a_moment_needs_its_time_zone(session_factory: sessionmaker[Session]) -> None:
    with pytest.raises(StatementError, match="time zone"), session_factory.begin() as session:
        save_account(session, "practice", "a", datetime(2026, 1, 1))  # noqa: DTZ001


def test_words_outside_the_enum_are_refused_by_the_database(session_factory: sessionmaker[Session]) -> None:
    with pytest.raises(IntegrityError, match="severity_is_known"), session_factory.begin() as session:
        session.execute(
            text(
                "INSERT INTO journal (at, severity, event, text, details, announced) "
                "VALUES (now(), 'BAD', 'e', 't', '{}', false)"
            )
        )


def test_a_word_outside_its_set_is_refused_before_it_is_sent(session_factory: sessionmaker[Session]) -> None:
    row = JournalRow(at=NOON, severity="BAD", event="e", text="t", details={})

    with pytest.raises(StatementError, match="not among the defined enum values"), session_factory.begin() as session:
        session.add(row)


def test_a_word_comes_back_as_its_member(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_journal(session, at=NOON, severity=Severity.GOOD, event="e", text="t")

    with session_factory() as session:
        assert session.scalars(select(JournalRow.severity)).one() is Severity.GOOD
