"""Figures over closed positions, as SQL computes them."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import CloseReason, Phase, Side
from services.history.queries import load_closed
from services.history.roll_ups import load_symbols
from services.history.statistics import CURVE_POINTS, load_breakdown, load_equity_curve, load_totals
from services.history.views import (
    ClosedPosition,
    DayResult,
    EquityCurve,
    HistoryBreakdown,
    HistoryFilter,
    HistorySort,
    HistoryTotals,
)
from storage.tables import AccountRow, PlanRow
from tests.services.building import NOW, D, add_account, add_closed, add_plan, add_position

ALL = HistoryFilter()


@dataclass(frozen=True)
class Seen:
    """What History shows of a filter."""

    rows: tuple[ClosedPosition, ...]
    totals: HistoryTotals
    equity_curve: EquityCurve
    shares: HistoryBreakdown
    symbols: tuple[str, ...]


def history(
    session_factory: sessionmaker[Session],
    account: AccountRow,
    wanted: HistoryFilter = ALL,
    after: ClosedPosition | None = None,
    limit: int = 100,
    timezone: str = "UTC",
) -> Seen:
    with session_factory() as session:
        return Seen(
            load_closed(session, account.id, wanted, after, limit),
            load_totals(session, account.id, wanted),
            load_equity_curve(session, account.id, wanted, timezone),
            load_breakdown(session, account.id, wanted),
            load_symbols(session, account.id),
        )


def order_of(
    session_factory: sessionmaker[Session], account: AccountRow, sort: HistorySort, descending: bool
) -> list[int]:
    with session_factory() as session:
        rows = load_closed(session, account.id, ALL, None, 100, sort, descending)
    return [row.sequence for row in rows]


def add_results(session: Session, plan: PlanRow, *nets: str | None) -> None:
    """Insert closed trades an hour apart, the last one closed now."""
    for place, net in enumerate(nets):
        add_closed(session, plan, net, NOW - timedelta(hours=len(nets) - 1 - place), place + 1)


@pytest.fixture
def account(session_factory: sessionmaker[Session]) -> AccountRow:
    with session_factory.begin() as session:
        return add_account(session)


@pytest.fixture
def plan(session_factory: sessionmaker[Session], account: AccountRow) -> PlanRow:
    with session_factory.begin() as session:
        return add_plan(session, account)


def test_totals_of_wins_and_losses(session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "15", "-10", "-10", "20", "0")

    totals = history(session_factory, account).totals

    assert (totals.trades, totals.won, totals.lost) == (5, 2, 2)
    assert totals.net_usdt == D("15")
    assert totals.gross_usdt - totals.fees_usdt + totals.funding_usdt == totals.net_usdt
    assert totals.win_rate_percent == D("50")
    assert totals.profit_factor == D("35") / D("20")
    assert totals.average_net == D("3")
    assert (totals.average_win, totals.average_loss) == (D("17.5"), D("-10"))
    assert totals.average_seconds_open == pytest.approx(3600)


def test_longest_losing_streak_ends_at_a_win_and_at_a_zero(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "-1", "-1", "3", "-1", "-1", "-1", "0", "-1")

    assert history(session_factory, account).totals.longest_losing_streak == 3


def test_max_drawdown_is_from_the_best_moment(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "10", "-4", "5", "-9", "-3", "20")

    assert history(session_factory, account).totals.max_drawdown == D("12")  # from 11 down to −1


def test_a_first_loss_is_a_fall_from_zero(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "-7", "2")

    assert history(session_factory, account).totals.max_drawdown == D("7")


def test_figures_agree_with_a_plain_walk_over_random_results(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    random = Random(7)
    nets = [D(random.randint(-1000, 1000)) / 100 for _ in range(300)]
    with session_factory.begin() as session:
        add_results(session, plan, *(str(net) for net in nets))

    totals = history(session_factory, account).totals

    running = best = drawdown = D(0)
    streak = longest = 0
    for net in nets:
        running += net
        best = max(best, running)
        drawdown = max(drawdown, best - running)
        streak = streak + 1 if net < 0 else 0
        longest = max(longest, streak)
    assert (totals.net_usdt, totals.max_drawdown, totals.longest_losing_streak) == (running, drawdown, longest)


def test_nothing_closed_gives_empty_figures_not_errors(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    page = history(session_factory, account)

    assert (page.rows, page.equity_curve, page.shares, page.symbols) == (
        (),
        EquityCurve((), ()),
        HistoryBreakdown((), ()),
        (),
    )
    assert page.totals.net_usdt == 0
    assert page.totals.win_rate_percent is None
    assert page.totals.profit_factor is None
    assert page.totals.average_seconds_open is None
    assert page.totals.max_drawdown == 0


def test_an_unknown_result_is_a_row_but_not_in_the_sums(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "5", None, "6")

    page = history(session_factory, account)

    assert [row.net_usdt for row in page.rows] == [D("6"), None, D("5")]
    assert page.rows[1].reason is CloseReason.LOST
    assert page.totals.trades == 2
    assert page.totals.net_usdt == D("11")
    assert (page.totals.unknown, page.totals.closed) == (1, 3)


def test_results_that_may_still_change_are_counted(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "5", None)
        add_closed(session, plan, "1", NOW, 9, result_final=False)

    totals = history(session_factory, account).totals

    assert (totals.not_final, totals.net_usdt) == (1, D(6))


@pytest.mark.parametrize(
    ("sort", "descending", "trades"),
    [
        (HistorySort.CLOSED, True, [3, 2, 1]),
        (HistorySort.CLOSED, False, [1, 2, 3]),
        (HistorySort.RESULT, True, [1, 3, 2]),  # unknown last, whichever way
        (HistorySort.RESULT, False, [3, 1, 2]),
        (HistorySort.OPEN_FOR, True, [3, 2, 1]),
        (HistorySort.RUN, False, [1, 2, 3]),
        (HistorySort.PAIR, True, [3, 2, 1]),  # all the same: by time
        (HistorySort.PAIR, False, [1, 2, 3]),
    ],
)
def test_trades_are_sorted_over_all_of_them(
    session_factory: sessionmaker[Session],
    account: AccountRow,
    plan: PlanRow,
    sort: HistorySort,
    descending: bool,
    trades: list[int],
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "5", None)
        add_closed(session, plan, "-1", NOW + timedelta(hours=1), 3, opened_at=NOW - timedelta(hours=3))

    assert order_of(session_factory, account, sort, descending) == trades


def test_pages_follow_each_other_newest_first_and_totals_stay_those_of_all(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "1", "2", "3", "4", "5")

    first = history(session_factory, account, limit=2)
    second = history(session_factory, account, after=first.rows[-1], limit=2)

    assert [row.net_usdt for row in (*first.rows, *second.rows)] == [D(5), D(4), D(3), D(2)]
    assert first.totals == second.totals


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", list(HistorySort))
def test_pages_found_by_their_key_are_the_whole_list(
    session_factory: sessionmaker[Session], account: AccountRow, sort: HistorySort, descending: bool
) -> None:
    with session_factory.begin() as session:
        btc, eth = add_plan(session, account), add_plan(session, account, symbol="ETHUSDT")
        # Equal figures, equal moments and unknown results, on the seams of the pages too.
        for number, net in enumerate(("1", "1", None, "-2", "1", None, "3", "-2", None, "0", "1")):
            at = NOW - timedelta(hours=number // 2)
            add_closed(session, (btc, eth)[number % 2], net, at, number // 2)
    with session_factory() as session:
        whole = load_closed(session, account.id, ALL, None, 100, sort, descending)
        walked: list[ClosedPosition] = []
        while piece := load_closed(session, account.id, ALL, walked[-1] if walked else None, 2, sort, descending):
            walked += piece

    assert len(whole) == 11
    assert walked == list(whole)


def test_filters_narrow_rows_and_totals_alike(session_factory: sessionmaker[Session], account: AccountRow) -> None:
    with session_factory.begin() as session:
        btc = add_plan(session, account)
        eth = add_plan(session, account, symbol="ETHUSDT", side=Side.SHORT)
        add_closed(session, btc, "1", NOW - timedelta(days=10), 1)
        add_closed(session, btc, "-2", NOW - timedelta(days=1), 2)
        add_closed(session, eth, "4", NOW, 1)

    def net(wanted: HistoryFilter) -> list[object]:
        page = history(session_factory, account, wanted)
        assert sum(row.net_usdt or 0 for row in page.rows) == page.totals.net_usdt
        return [row.net_usdt for row in page.rows]

    assert net(HistoryFilter(symbol="BTCUSDT")) == [D(-2), D(1)]
    assert net(HistoryFilter(side=Side.SHORT)) == [D(4)]
    assert net(HistoryFilter(reason=CloseReason.SL)) == [D(-2)]
    assert net(HistoryFilter(since=NOW - timedelta(days=1))) == [D(4), D(-2)]
    assert net(HistoryFilter(until=NOW)) == [D(-2), D(1)]
    assert history(session_factory, account, HistoryFilter(symbol="BTCUSDT")).symbols == ("BTCUSDT", "ETHUSDT")


def test_live_failed_and_other_accounts_positions_are_not_history(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_position(session, plan)
        add_position(session, add_plan(session, account), phase=Phase.FAILED)
        add_results(session, add_plan(session, add_account(session, alias="other")), "5")

    assert history(session_factory, account).rows == ()


def test_result_over_time_is_thinned_and_ends_at_the_total(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, *["1"] * 1203)

    points = history(session_factory, account, limit=1).equity_curve.points

    assert len(points) <= CURVE_POINTS
    assert (points[-1].at, points[-1].result) == (NOW, D(1203))
    assert [point.result for point in points] == sorted(point.result for point in points)
    assert [point.at for point in points] == sorted(point.at for point in points)


def test_days_begin_at_midnight_of_the_zone(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_closed(session, plan, "1", NOW.replace(hour=22), 1)
        add_closed(session, plan, "2", NOW.replace(hour=23), 2)

    in_utc = history(session_factory, account).equity_curve.days
    in_helsinki = history(session_factory, account, timezone="Europe/Helsinki").equity_curve.days

    assert in_utc == (DayResult(date(2026, 11, 22), D(3), 2),)
    assert in_helsinki == (DayResult(date(2026, 11, 23), D(3), 2),)


def test_a_row_carries_the_terms_it_ran_under(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "5")

    terms = history(session_factory, account).rows[0].terms

    assert (terms.symbol, terms.side, terms.amount_usdt, terms.leverage) == ("BTCUSDT", Side.LONG, D(150), 20)
    assert (terms.tp_usdt, terms.sl_usdt, terms.reopen.delay) == (D(15), D(10), timedelta(minutes=5))


def test_streaks_and_extremes(session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "1", "2", "0", "3", "4", "5", "-9", "-1")

    totals = history(session_factory, account).totals

    assert (totals.longest_winning_streak, totals.longest_losing_streak) == (3, 2)
    assert (totals.best_net, totals.worst_net) == (D(5), D(-9))


def test_drawdowns_follow_the_running_result(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "-2", "10", "-4", "5")

    assert [point.drawdown for point in history(session_factory, account).equity_curve.points] == [
        D(2),
        D(0),
        D(4),
        D(0),
    ]


def test_thinned_drawdowns_keep_the_maximum(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, *["1"] * 700, "-50", "60", *["1"] * 700)

    page = history(session_factory, account, limit=1)

    assert len(page.equity_curve.points) <= CURVE_POINTS
    assert max(point.drawdown for point in page.equity_curve.points) == page.totals.max_drawdown == D(50)


def test_shares_of_pairs_and_sides_add_up_to_the_total(
    session_factory: sessionmaker[Session], account: AccountRow, plan: PlanRow
) -> None:
    with session_factory.begin() as session:
        add_results(session, plan, "6", "-2", None)
        add_results(session, add_plan(session, account, symbol="ETHUSDT", side=Side.SHORT), "7", "1")

    page = history(session_factory, account)

    assert [(share.name, share.trades, share.net_usdt) for share in page.shares.pairs] == [
        ("ETHUSDT", 2, D(8)),
        ("BTCUSDT", 2, D(4)),
    ]
    assert [share.name for share in page.shares.sides] == ["SHORT", "LONG"]
    assert sum(share.net_usdt for share in page.shares.sides) == page.totals.net_usdt
    assert (page.shares.pairs[1].profit_factor, page.shares.pairs[1].average_net) == (D(3), D(2))
    assert page.shares.pairs[0].profit_factor is None
