"""The statement of one trade adds up to its result."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Purpose
from services.history.statement import load_statement
from storage.tables import OrderRow
from tests.services.building import NOW, D, add_account, add_closed, add_fill, add_income, add_plan, add_position


def test_statement_adds_up_to_the_result(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        trade = add_closed(
            session,
            add_plan(session, account),
            "14.35",
            NOW,
            1,
            gross_usdt=D("17"),
            fees_usdt=D("2.4"),
            funding_usdt=D("-0.25"),
        )
        add_fill(session, trade, 2, opening=False, commission=D("1.2"), realized_pnl=D("17"), traded_at=NOW)
        add_fill(session, trade, 1)
        add_income(session, trade, 9, "-0.25")

    with session_factory() as session:
        statement = load_statement(session, account.id, trade.id)

    assert statement is not None
    assert [fill.trade_id for fill in statement.fills] == [1, 2]
    gross = sum(fill.realized_pnl for fill in statement.fills)
    fees = sum(fill.commission for fill in statement.fills)
    funding = sum(share.amount for share in statement.income)
    assert gross - fees + funding == statement.position.net_usdt


def test_statement_lists_orders_and_whose_fills_they_were(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        trade = add_closed(session, add_plan(session, account), "5", NOW, 1)
        order = OrderRow(
            account_id=account.id,
            position_id=trade.id,
            client_order_id="t1-abc123-1-e-1",
            purpose=Purpose.ENTRY,
            attempt=1,
            symbol=trade.symbol,
            side=trade.side,
            quantity=D("0.03"),
            state=OrderState.FILLED,
            executed_quantity=D("0.03"),
            created_at=NOW - timedelta(hours=1),
        )
        never_sent = OrderRow(
            account_id=account.id,
            position_id=trade.id,
            client_order_id="t1-abc123-1-s-2",
            purpose=Purpose.STOP,
            attempt=2,
            symbol=trade.symbol,
            side=trade.side,
            state=OrderState.WITHDRAWN,
            executed_quantity=D(0),
            created_at=NOW - timedelta(minutes=59),
        )
        session.add_all([order, never_sent])
        session.flush()
        add_fill(session, trade, 1, order_id=order.id)
        add_fill(session, trade, 2, opening=False, traded_at=NOW)

    with session_factory() as session:
        statement = load_statement(session, account.id, trade.id)

    assert statement is not None
    assert [(row.purpose, row.state, row.executed_quantity) for row in statement.orders] == [
        (Purpose.ENTRY, OrderState.FILLED, D("0.03"))
    ]
    assert [fill.ours for fill in statement.fills] == [True, False]


def test_live_and_other_accounts_trades_have_no_statement(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account, other = add_account(session), add_account(session, alias="other")
        live = add_position(session, add_plan(session, account))
        closed = add_closed(session, add_plan(session, other), "5", NOW, 1)

    with session_factory() as session:
        assert load_statement(session, account.id, live.id) is None
        assert load_statement(session, account.id, closed.id) is None
        assert load_statement(session, account.id, 999) is None


def test_slippage_is_the_fills_against_the_trigger(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        trade = add_closed(session, add_plan(session, account), "-7", NOW, 1, gross_usdt=D("-6"), fees_usdt=D("1"))
        stop = OrderRow(
            account_id=account.id,
            position_id=trade.id,
            client_order_id="t1-abc123-1-s-1",
            purpose=Purpose.STOP,
            attempt=1,
            symbol=trade.symbol,
            side=trade.side,
            trigger_price=D("99810"),
            state=OrderState.FILLED,
            executed_quantity=D("0.03"),
            created_at=NOW - timedelta(hours=1),
        )
        session.add(stop)
        session.flush()
        add_fill(session, trade, 1, commission=D("0.5"))
        for trade_id, price in ((2, "99800"), (3, "99806")):
            add_fill(
                session,
                trade,
                trade_id,
                order_id=stop.id,
                opening=False,
                price=D(price),
                quantity=D("0.015"),
                commission=D("0.25"),
                realized_pnl=D("-3"),
                traded_at=NOW,
            )

    with session_factory() as session:
        statement = load_statement(session, account.id, trade.id)

    assert statement is not None
    assert statement.slippage_usdt == D("-0.21")  # 10 and 4 below the trigger, 0.015 each
    assert statement.orders[0].average_price == D("99803")
    assert [fill.client_order_id for fill in statement.fills[1:]] == ["t1-abc123-1-s-1"] * 2
    assert statement.adds_up


def test_a_statement_whose_fills_are_not_all_read_does_not_add_up(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        trade = add_closed(session, add_plan(session, account), "5", NOW, 1)
        lost = add_closed(session, add_plan(session, account), None, NOW, 1)

    with session_factory() as session:
        statement, unknown = (load_statement(session, account.id, one.id) for one in (trade, lost))

    assert statement is not None
    assert statement.adds_up is False
    assert statement.slippage_usdt is None
    assert unknown is not None
    assert unknown.adds_up is None
