"""What one cycle works on: it knows whether money moved, and ends with the cycle."""

from sqlalchemy.orm import Session, sessionmaker

from tests.engine.building import OpenTrade, fill_at


def test_a_cycle_that_recorded_a_fill_says_that_money_moved(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        trade.begin_cycle()
        before = trade.context.money_moved

        trade.lifecycle.accounting.record_fills(
            trade.position, trade.stop, [fill_at(2, "99700", "0.01", opening=False, exchange_order_id=9)]
        )

        assert (before, trade.context.money_moved) == (False, True)


def test_a_fill_that_is_known_already_moves_no_money(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        trade.begin_cycle()

        trade.lifecycle.accounting.record_fills(trade.position, trade.entry, [fill_at(1, "100000", "0.03")])

        assert not trade.context.money_moved
