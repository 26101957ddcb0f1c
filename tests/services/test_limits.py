"""Limits through services: what is used, what bites, in the same words on the form as in the bar."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import Balance
from domain.risk.limits import CoolDown, LimitKind, RiskLimits
from domain.risk.uses import ReachedLimit
from domain.terms import Basis, CloseReason, Phase, Side
from services.errors import LimitsRefused
from services.trading.limits import Limits, can_lift
from storage.account_epochs import AccountEpochRow
from storage.bot_tables import JournalRow
from storage.preferences import load_calendar, save_time_zone
from storage.risk import lift_all, note_equity, save_limits, save_reached
from storage.risk_figures import load_risk_facts, net_at_stop
from storage.tables import AccountRow, PositionRow
from tests.services.building import NOW, Clock, SteadyFeed, add_account, add_plan, add_position, bot_health
from tests.services.test_snapshot import counted_statements

D = Decimal


class Trader:
    """One account with its limits part, and trades that close as a test says."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions
        self.session = sessions()
        self.account: AccountRow = add_account(self.session)
        self.session.commit()
        self.clock = Clock()
        balance = Balance("SgsR", D("1000"), D("1000"), D("0"), D("1000"))
        self.feed = SteadyFeed(bot_health(self.account.id, balance=balance))
        self.limits = Limits(sessions, self.feed, self.clock)
        self.plan = add_plan(self.session, self.account)
        self.session.commit()
        self.sequence = 1

    def close_trade(self, net: str, ago: timedelta = timedelta(0), **changes: object) -> PositionRow:
        values = {
            "phase": Phase.CLOSED,
            "close_reason": CloseReason.SL,
            "closed_at": self.clock() - ago,
            "net_usdt": D(net),
            "sequence": self.sequence,
        }
        self.sequence += 1
        row = add_position(self.session, self.plan, **(values | changes))
        self.session.commit()
        return row

    def bites(self) -> list[LimitKind]:
        return [bite.kind for bite in self.limits.bites()]


@pytest.fixture
def trader(session_factory: sessionmaker[Session]) -> Iterator[Trader]:
    trader = Trader(session_factory)
    yield trader
    trader.session.close()


def test_the_days_loss_is_reached_at_exactly_its_number(trader: Trader) -> None:
    trader.limits.save(RiskLimits(day_loss_usdt=D("15.03")))
    trader.close_trade("-10")
    trader.close_trade("-5.02")
    below = trader.bites()

    trader.close_trade("-0.01")

    assert (below, trader.bites()) == ([], [LimitKind.DAY_LOSS])
    view = trader.limits.view()
    assert view is not None
    (use,) = view.uses
    assert (use.used, use.limit, use.reached) == (D("15.03"), D("15.03"), True)
    assert view.bites[0].sentence == (
        "Today's loss of 15.03 USDT has reached your limit of 15.03 USDT. "
        "New trades can open again on Mon 23 Nov at 00:00."
    )


def test_yesterday_does_not_count(trader: Trader) -> None:
    trader.limits.save(RiskLimits(day_loss_usdt=D("5"), week_loss_usdt=D("100")))

    trader.close_trade("-50", ago=timedelta(hours=12, seconds=1))  # NOW is noon

    assert trader.bites() == []


def test_what_is_lifted_counts_anew(trader: Trader) -> None:
    trader.limits.save(RiskLimits(losses_in_a_row=2))
    trader.close_trade("-1")
    trader.close_trade("-1")
    before = trader.bites()
    with trader.sessions.begin() as session:
        save_reached(session, trader.account.id, ReachedLimit(LimitKind.LOSSES, None, trader.clock(), D(2), D(2)))

    trader.clock.pass_seconds(1)
    trader.limits.lift(LimitKind.LOSSES, None)
    lifted = trader.bites()
    trader.close_trade("-1")
    once_more = trader.bites()
    trader.close_trade("-1")

    assert (before, lifted, once_more) == ([LimitKind.LOSSES], [], [])
    assert trader.bites() == [LimitKind.LOSSES]


def test_a_new_chapter_counts_its_own_trades_alone(trader: Trader) -> None:
    limits = RiskLimits(
        day_loss_usdt=D("5"), week_loss_usdt=D("8"), losses_in_a_row=2, plan_losses_in_a_row=2, drawdown_usdt=None
    )
    trader.limits.save(limits)
    for _ in range(3):
        trader.close_trade("-6", ago=timedelta(hours=1))
    before = set(trader.bites())
    with trader.sessions.begin() as session:
        save_reached(session, trader.account.id, ReachedLimit(LimitKind.DAY_LOSS, None, trader.clock(), D(18), D(5)))
        trader.clock.pass_seconds(1)
        session.add(AccountEpochRow(account_id=trader.account.id, began_at=trader.clock()))
        lift_all(session, trader.account.id, trader.clock())

    anew = trader.bites()
    trader.close_trade("-4")
    one_loss = trader.bites()
    trader.close_trade("-4")

    assert before == {LimitKind.DAY_LOSS, LimitKind.WEEK_LOSS, LimitKind.LOSSES}
    assert (anew, one_loss) == ([], [])
    assert set(trader.bites()) == before


def test_a_press_that_a_browser_says_twice_lifts_once(trader: Trader) -> None:
    with trader.sessions.begin() as session:
        save_reached(session, trader.account.id, ReachedLimit(LimitKind.DAY_GOAL, None, trader.clock(), D(15), D(5)))
    trader.clock.pass_seconds(1)

    trader.limits.lift(LimitKind.DAY_GOAL, None)
    trader.limits.lift(LimitKind.DAY_GOAL, None)

    assert len(trader.session.scalars(select(JournalRow.id)).all()) == 1
    trader.clock.pass_seconds(120)
    with pytest.raises(LimitsRefused):
        trader.limits.lift(LimitKind.DAY_GOAL, None)


def test_lifting_what_does_not_hold_is_refused(trader: Trader) -> None:
    with pytest.raises(LimitsRefused, match="no longer holds"):
        trader.limits.lift(LimitKind.DAY_LOSS, None)


def test_a_reached_limit_holds_although_a_win_makes_room(trader: Trader) -> None:
    trader.limits.save(RiskLimits(day_loss_usdt=D("5")))
    trader.close_trade("-6")
    with trader.sessions.begin() as session:
        save_reached(session, trader.account.id, ReachedLimit(LimitKind.DAY_LOSS, None, trader.clock(), D(6), D(5)))
    trader.close_trade("100", close_reason=CloseReason.TP)

    held = trader.bites()
    trader.clock.pass_seconds(12 * 3600)  # midnight

    assert (held, trader.bites()) == ([LimitKind.DAY_LOSS], [])


def test_losses_in_a_row_of_a_plan_hold_that_plan_only(trader: Trader) -> None:
    trader.limits.save(RiskLimits(plan_losses_in_a_row=2))
    trader.close_trade("-1")
    trader.close_trade("-1")

    view = trader.limits.view()

    assert view is not None
    assert view.bites == ()  # other plans may open
    assert [(use.plan_id, use.reached) for use in view.uses] == [(trader.plan.id, True)]


def test_the_wait_after_a_loss_doubles(trader: Trader) -> None:
    trader.limits.save(RiskLimits(cool_down=CoolDown(timedelta(minutes=5), timedelta(minutes=30))))
    trader.close_trade("-1", ago=timedelta(minutes=11))
    trader.close_trade("-1", ago=timedelta(minutes=9))  # the second in a row: 10 minutes

    waiting = trader.bites()
    trader.clock.pass_seconds(60)

    assert (waiting, trader.bites()) == ([LimitKind.COOL_DOWN], [])


def test_open_positions_count_with_their_stops_and_margin(trader: Trader) -> None:
    trader.limits.save(RiskLimits(open_positions=1, total_margin_usdt=D("151"), open_risk_usdt=D("1000")))

    trader.close_trade("0", phase=Phase.OPEN, close_reason=None, closed_at=None, net_usdt=None)

    assert trader.bites() == [LimitKind.OPEN_POSITIONS]


def test_drawdown_counts_from_the_peak_until_it_is_reset(trader: Trader) -> None:
    with trader.sessions.begin() as session:
        note_equity(session, trader.account.id, D("1100"), NOW)
    trader.limits.save(RiskLimits(drawdown_usdt=D("100")))
    reached = trader.bites()

    trader.limits.reset_peak()

    assert (reached, trader.bites()) == ([LimitKind.DRAWDOWN], [])


def test_changes_are_lines_of_the_journal(trader: Trader) -> None:
    trader.limits.save(RiskLimits(day_loss_usdt=D("50")))
    trader.limits.save(RiskLimits(day_loss_usdt=D("100"), losses_in_a_row=3))
    trader.limits.save(RiskLimits(day_loss_usdt=D("100"), losses_in_a_row=3))

    texts = trader.session.scalars(
        select(JournalRow.text).where(JournalRow.event == "limit_changed").order_by(JournalRow.id)
    ).all()
    assert texts == [
        "You changed your limits: Loss per day 50 instead of no limit.",
        "You changed your limits: Loss per day 100 instead of 50; Losses in a row, all plans 3 instead of no limit.",
    ]


def test_limits_that_make_no_sense_are_refused(trader: Trader) -> None:
    with pytest.raises(LimitsRefused, match="more than 0 USDT"):
        trader.limits.save(RiskLimits(day_loss_usdt=D("-5")))

    view = trader.limits.view()
    assert view is not None
    assert view.limits == RiskLimits()


def test_another_zone_counts_from_its_next_midnight(trader: Trader) -> None:
    with trader.sessions.begin() as session:
        save_time_zone(session, "Europe/Berlin", NOW)
    with trader.sessions() as session:
        calendar = load_calendar(session)

    assert calendar.zone_at(NOW).key == "UTC"
    assert calendar.day(NOW).ends_at == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def test_slippage_of_the_accounts_own_stops_is_counted(trader: Trader) -> None:
    for lost in ("-10", "-10.2", "-13"):
        trader.close_trade(lost, sl_usdt=D(10), basis=Basis.NET)

    with trader.sessions() as session:
        facts = load_risk_facts(session, trader.account.id, NOW, equity_usdt=D(0), mark_price=lambda symbol: None)

    assert facts.figures.slippage_fraction == D("0.3")


@pytest.mark.parametrize(
    ("side", "stop", "net"),
    [
        # 0.1 BTC from 60000, 3 USDT paid, 0.05 % to close: 50 USDT lost and 2.9975 paid at 59500
        (Side.LONG, "59500", "-55.975"),
        (Side.LONG, "60500", "43.975"),
        (Side.SHORT, "60500", "-56.025"),
    ],
)
def test_net_at_the_stop_counts_the_fees_of_both_ways(trader: Trader, side: Side, stop: str, net: str) -> None:
    row = trader.close_trade(
        "0",
        phase=Phase.OPEN,
        close_reason=None,
        closed_at=None,
        net_usdt=None,
        side=side,
        entry_quantity=D("0.1"),
        exit_quantity=D(0),
        entry_price=D("60000"),
        stop_price=D(stop),
        taker_rate=D("0.0005"),
        gross_usdt=D(0),
        fees_usdt=D("3"),
        funding_usdt=D(0),
    )

    assert net_at_stop(row) == D(net)


def test_an_entry_under_way_counts_with_what_was_asked(trader: Trader) -> None:
    row = trader.close_trade(
        "0",
        phase=Phase.ENTERING,
        close_reason=None,
        closed_at=None,
        net_usdt=None,
        sl_usdt=D(10),
        basis=Basis.GROSS,
        amount_usdt=D(100),
        leverage=10,
        taker_rate=D("0.0005"),
        entry_price=None,
    )

    assert net_at_stop(row) == D("-11.000")


def test_only_what_time_or_hand_lifts_can_be_lifted(trader: Trader) -> None:
    trader.limits.save(RiskLimits(day_loss_usdt=D(1), open_positions=1))
    trader.close_trade("-1")
    trader.close_trade("0", phase=Phase.OPEN, close_reason=None, closed_at=None, net_usdt=None)

    view = trader.limits.view()

    assert view is not None
    assert {use.kind: can_lift(use) for use in view.uses} == {
        LimitKind.DAY_LOSS: True,
        LimitKind.OPEN_POSITIONS: False,
    }


def test_limits_are_one_accounts_own(trader: Trader) -> None:
    other = add_account(trader.session, alias="other")
    trader.session.commit()
    trader.limits.save(RiskLimits(day_loss_usdt=D(1)))

    with trader.sessions.begin() as session:
        save_limits(session, other.id, RiskLimits(day_loss_usdt=D(7)), NOW)

    view = trader.limits.view()
    assert view is not None
    assert view.limits.day_loss_usdt == D(1)


def test_while_no_limit_is_set_no_figure_is_read(trader: Trader, engine: Engine) -> None:
    trader.close_trade("-10")
    with trader.sessions() as session, counted_statements(engine) as statements:
        bites = trader.limits.bites_in(session, trader.account.id)

    assert bites == ()
    assert len(statements) == 1
    assert "risk_limits" in statements[0]
