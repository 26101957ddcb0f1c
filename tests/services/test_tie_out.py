"""The books of the exchange's days, from rows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from domain.pricing.tie_out import Agreement, DayBooks, books_agreement, wallet_agreement
from domain.terms import CloseReason
from services.history.day_rows import load_rows
from services.history.tie_out import load_days, load_first_day
from storage.account_epochs import AccountEpochRow
from storage.income_tables import IncomeRow, IncomeShareRow
from storage.tables import AccountRow, PositionRow
from tests.services.building import NOW, D, add_account, add_closed, add_equity, add_fill, add_plan
from tests.services.test_snapshot import counted_statements

TODAY = NOW.date()
LATER = NOW + timedelta(hours=12)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def account(session_factory: sessionmaker[Session]) -> AccountRow:
    with session_factory.begin() as session:
        return add_account(session)


def book(
    session: Session,
    account: AccountRow,
    tran_id: int,
    kind: str,
    amount: str,
    at: datetime,
    trade_id: int | None = None,
    asset: str = "USDT",
) -> IncomeRow:
    row = IncomeRow(
        account_id=account.id,
        income_type=kind,
        tran_id=tran_id,
        symbol="BTCUSDT",
        amount=D(amount),
        asset=asset,
        trade_id=trade_id,
        occurred_at=at,
    )
    session.add(row)
    session.flush()
    return row


def add_trade(session: Session, account: AccountRow, at: datetime) -> PositionRow:
    """Insert a trade that opened and closed at a moment: −1.2 and +9.9 less 1.3, all booked by the exchange."""
    trade = add_closed(session, add_plan(session, account), "7.4", at, 1)
    add_fill(session, trade, 1, traded_at=at)
    add_fill(session, trade, 2, traded_at=at, opening=False, realized_pnl=D("9.9"), commission=D("1.3"))
    book(session, account, 1, "COMMISSION", "-1.2", at, 1)
    book(session, account, 2, "COMMISSION", "-1.3", at, 2)
    book(session, account, 3, "REALIZED_PNL", "9.9", at, 2)
    return trade


def day_of(session_factory: sessionmaker[Session], account: AccountRow, day: date = TODAY) -> DayBooks:
    with session_factory() as session:
        (books,) = load_days(session, account.id, day, 1)
    return books


def test_a_days_trades_funding_and_transfers_add_up(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        trade = add_trade(session, account, NOW)
        funding = book(session, account, 4, "FUNDING_FEE", "-0.30000001", NOW)
        session.add(IncomeShareRow(income_id=funding.id, position_id=trade.id, amount=D("-0.2")))
        book(session, account, 5, "TRANSFER", "500", NOW)

    books = day_of(session_factory, account)

    assert (books.trades_usdt, books.external_usdt) == (D("7.2"), D("499.89999999"))
    assert books.income_usdt == D("507.09999999")
    assert books_agreement(books, LATER) is Agreement.EXACT


def test_somebody_elses_trade_is_external_whether_its_fill_is_known_or_not(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        trade = add_trade(session, account, NOW)
        add_fill(session, trade, 3, position_id=None, found_at_position_id=trade.id, commission=D("0.4"), traded_at=NOW)
        book(session, account, 6, "COMMISSION", "-0.4", NOW, 3)
        book(session, account, 7, "REALIZED_PNL", "-20", NOW, 99)

    books = day_of(session_factory, account)

    assert (books.trades_usdt, books.external_usdt, books.income_usdt) == (D("7.4"), D("-20.4"), D("-13.0"))
    assert books_agreement(books, LATER) is Agreement.EXACT


def test_a_fill_without_its_booking_is_named(session_factory: sessionmaker[Session], account: AccountRow) -> None:
    with session_factory.begin() as session:
        trade = add_trade(session, account, NOW)
        add_fill(session, trade, 5, commission=D("0.7"), traded_at=NOW)

    books = day_of(session_factory, account)

    assert [(found.trade_id, found.fills_usdt, found.recorded_usdt) for found in books.unmatched] == [
        (5, D("-0.7"), D(0))
    ]
    assert books.difference_usdt == D("-0.7")
    assert books_agreement(books, NOW + timedelta(minutes=1)) is Agreement.BEING_READ
    assert books_agreement(books, LATER) is Agreement.DIFFERENT


def test_a_fee_in_another_asset_is_told_beside(session_factory: sessionmaker[Session], account: AccountRow) -> None:
    with session_factory.begin() as session:
        trade = add_closed(session, add_plan(session, account), "7.4", NOW, 1, close_reason=CloseReason.TP)
        add_fill(session, trade, 1, traded_at=NOW, commission=D("0.002"), commission_asset="BNB")
        book(session, account, 1, "COMMISSION", "-0.002", NOW, 1, "BNB")

    books = day_of(session_factory, account)

    assert books.other_assets == {"BNB": D("-0.002")}
    assert (books.trades_usdt, books.income_usdt) == (D(0), D(0))
    assert not books.unmatched


def test_the_wallet_between_two_readings_is_what_was_recorded_between_them(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        book(session, account, 1, "TRANSFER", "1", MIDNIGHT + timedelta(seconds=10))
        add_equity(session, account, "100", MIDNIGHT + timedelta(seconds=20))
        add_trade(session, account, NOW)
        add_equity(session, account, "107.4", MIDNIGHT + timedelta(days=1, seconds=30))

    wallet = day_of(session_factory, account).wallet

    assert wallet is not None
    assert (wallet.change_usdt, wallet.recorded_usdt) == (D("7.4"), D("7.4"))
    assert wallet_agreement(wallet, NOW + timedelta(days=3)) is Agreement.EXACT


def test_a_reading_taken_while_something_was_recorded_is_passed_over(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        # The reading is from before the booking, though it is dated after it.
        book(session, account, 1, "TRANSFER", "50", MIDNIGHT + timedelta(seconds=20))
        add_equity(session, account, "100", MIDNIGHT + timedelta(seconds=21))
        add_equity(session, account, "150", MIDNIGHT + timedelta(seconds=81))
        add_equity(session, account, "150", NOW)

    wallet = day_of(session_factory, account).wallet

    assert wallet is not None
    assert wallet.since == MIDNIGHT + timedelta(seconds=81)
    assert (wallet.change_usdt, wallet.recorded_usdt) == (D(0), D(0))


def test_money_that_nobody_recorded_is_a_difference(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        add_equity(session, account, "100", MIDNIGHT + timedelta(hours=1))
        add_equity(session, account, "99.99", MIDNIGHT + timedelta(hours=9))

    wallet = day_of(session_factory, account).wallet

    assert wallet is not None
    assert wallet.difference_usdt == D("-0.01")
    assert wallet_agreement(wallet, LATER) is Agreement.DIFFERENT


def test_spans_of_the_wallet_join_and_a_gap_ends_them_whatever_the_number_of_queries(
    session_factory: sessionmaker[Session], account: AccountRow, engine: Engine
) -> None:
    with session_factory.begin() as session:
        for day, wallet in ((-5, "90"), (-4, "91"), (-2, "100"), (-1, "103")):
            add_equity(session, account, wallet, MIDNIGHT + timedelta(days=day, hours=1))
        add_equity(session, account, "92", MIDNIGHT + timedelta(days=-4, hours=20))
        book(session, account, 1, "TRANSFER", "3", MIDNIGHT + timedelta(days=-2, hours=5))

    with session_factory() as session, counted_statements(engine) as one_day:
        load_days(session, account.id, TODAY, 1)
    with session_factory() as session, counted_statements(engine) as statements:
        days = load_days(session, account.id, TODAY, 6)

    spans = {(books.day - TODAY).days: books.wallet for books in days if books.wallet is not None}
    assert {day: (span.change_usdt, span.recorded_usdt) for day, span in spans.items()} == {
        -5: (D(1), D(0)),  # up to the first reading of the next day
        -4: (D(1), D(0)),  # nobody watched the next day: up to its own last reading
        -2: (D(3), D(3)),
    }
    assert len(statements) == len(one_day)


def test_days_come_newest_first_and_keep_to_their_midnights(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        book(session, account, 1, "TRANSFER", "1", MIDNIGHT - timedelta(milliseconds=1))
        book(session, account, 2, "TRANSFER", "2", MIDNIGHT)

    with session_factory() as session:
        days = load_days(session, account.id, TODAY, 3)
        first = load_first_day(session, account.id)

    assert [(books.day, books.income_usdt) for books in days] == [
        (TODAY, D(2)),
        (TODAY - timedelta(days=1), D(1)),
        (TODAY - timedelta(days=2), D(0)),
    ]
    assert first == (NOW - timedelta(days=90)).date()


def test_a_days_rows_say_whose_they_are(session_factory: sessionmaker[Session], account: AccountRow) -> None:
    with session_factory.begin() as session:
        trade = add_trade(session, account, NOW)
        funding = book(session, account, 4, "FUNDING_FEE", "-0.3", NOW + timedelta(seconds=1))
        session.add(IncomeShareRow(income_id=funding.id, position_id=trade.id, amount=D("-0.3")))
        book(session, account, 5, "TRANSFER", "500", NOW + timedelta(seconds=2))
        holder = trade.id

    with session_factory() as session:
        rows, number = load_rows(session, account.id, TODAY, 2, 10)

    assert number == 5
    assert [(row.income_type, row.amount, row.position_ids) for row in rows] == [
        ("REALIZED_PNL", D("9.9"), (holder,)),
        ("FUNDING_FEE", D("-0.3"), (holder,)),
        ("TRANSFER", D("500"), ()),
    ]


def test_what_was_before_a_reset_is_in_no_book_of_the_new_chapter(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    began_at = NOW + timedelta(hours=1)
    with session_factory.begin() as session:
        add_trade(session, account, NOW)
        add_equity(session, account, "25000", NOW - timedelta(minutes=5))
        session.add(AccountEpochRow(account_id=account.id, began_at=began_at))
        add_equity(session, account, "10000", began_at + timedelta(minutes=1))
        add_equity(session, account, "10000", began_at + timedelta(minutes=9))

    books = day_of(session_factory, account)

    assert (books.trades_usdt, books.external_usdt, books.income_usdt) == (D(0), D(0), D(0))
    assert books.wallet is not None
    assert wallet_agreement(books.wallet, NOW + timedelta(days=3)) is Agreement.EXACT
    with session_factory() as session:
        assert load_first_day(session, account.id) == began_at.date()
