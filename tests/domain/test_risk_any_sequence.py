"""No sequence of entries, fills, closes, edits, lifts and changes lets an entry pass a limit."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.risk.figures import (
    OF_THE_DAY,
    OF_THE_WEEK,
    ClosedTrade,
    OpenTrade,
    RiskFigures,
    TradeAsked,
    counting_from,
    loss_row,
    net_between,
)
from domain.risk.limits import CoolDown, LimitKind, RiskLimits
from domain.risk.periods import Calendar, ZoneChange
from domain.risk.uses import ReachedLimit, RiskFacts
from domain.risk.verdict import judge
from domain.terms import Side
from tests.domain.test_risk_periods import BERLIN, ZONES

D = Decimal
START = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)  # the clocks of Berlin go back two days later
FOREVER = datetime(2100, 1, 1, tzinfo=UTC)
SLIPPAGE = D("0.05")


@dataclass
class Account:
    """A model of an account: rows only, from which everything is counted anew at each step, as after a restart."""

    limits: RiskLimits
    now: datetime = START
    changes: tuple[ZoneChange, ...] = ()
    live: list[tuple[int, D]] = field(default_factory=list)  # plan, net at the stop
    closed: list[tuple[int, ClosedTrade]] = field(default_factory=list)
    reached: list[ReachedLimit] = field(default_factory=list)
    lifted: dict[tuple[LimitKind, int | None], datetime] = field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        return Calendar(BERLIN, self.changes)

    def since(self, kind: LimitKind, plan: int | None = None) -> list[ClosedTrade]:
        begins = counting_from(kind, self.calendar, self.now, self.lifted.get((kind, plan)))
        return [
            trade
            for of_plan, trade in self.closed
            if (begins is None or trade.closed_at >= begins) and plan in (None, of_plan)
        ]

    def facts(self) -> RiskFacts:
        nets = {kind: net_between(self.since(kind), START, FOREVER) for kind in (*OF_THE_DAY, *OF_THE_WEEK)}
        figures = RiskFigures(
            net_usdt=nets,
            losses=loss_row(self.since(LimitKind.LOSSES)),
            plan_losses={plan: loss_row(self.since(LimitKind.PLAN_LOSSES, plan)).losses for plan in range(3)},
            open_trades=tuple(OpenTrade(D(10), net) for _, net in self.live),
            slippage_fraction=SLIPPAGE,
        )
        return RiskFacts(self.limits, figures, self.calendar, self.now, tuple(self.reached))

    def look(self) -> None:
        self.reached += judge(self.facts()).newly_reached

    def asked(self, plan: int, net_at_stop: D) -> TradeAsked:
        return TradeAsked(plan, Side.LONG, D(10), net_at_stop, D(100), None, D(100), D(100))

    def open(self, plan: int, net_at_stop: D) -> bool:
        allowed = judge(self.facts(), self.asked(plan, net_at_stop)).allowed
        if allowed:
            self.live.append((plan, net_at_stop))
        return allowed

    def open_all_that_fits(self, plan: int) -> None:
        """Open with the largest risk of whole cents that is allowed, up to 200 USDT."""
        fits, too_much = 0, 20_001
        while too_much - fits > 1:
            cents = (fits + too_much) // 2
            if judge(self.facts(), self.asked(plan, D(-cents) / 100)).allowed:
                fits = cents
            else:
                too_much = cents
        if fits:
            self.open(plan, D(-fits) / 100)

    def close(self, place: int, won: D | None) -> None:
        """Close a live trade: with what it won, or at its stop with all the slippage that is allowed for."""
        if not self.live:
            return
        plan, net_at_stop = self.live.pop(place % len(self.live))
        net = won if won is not None else min(net_at_stop * (1 + SLIPPAGE), net_at_stop)
        self.closed.append((plan, ClosedTrade(self.now, len(self.closed), net)))


waits = st.sampled_from([0, 1, 60, 7200, 40_000, 86_400]).map(lambda seconds: timedelta(seconds=seconds))
losses = st.integers(1, 60).map(lambda usdt: D(-usdt))
opening = st.tuples(st.just("open"), st.integers(0, 2), losses)
closing = st.tuples(st.just("close"), st.integers(0, 5), st.none() | st.integers(0, 90).map(D))
edit_to_profit = st.tuples(st.just("nearer"), st.integers(0, 5), st.integers(0, 50).map(D))
waiting = st.tuples(st.just("wait"), waits, st.none())
moving = st.tuples(st.just("zone"), st.sampled_from(ZONES), st.none())
edit_away = st.tuples(st.just("farther"), st.integers(0, 5), losses)
lifting = st.tuples(st.just("lift"), st.sampled_from([LimitKind.DAY_LOSS, LimitKind.LOSSES]), st.none())
limiting = st.tuples(st.just("limit"), st.integers(10, 200).map(D), st.none())
looking = st.tuples(st.just("look"), st.none(), st.none())

filling = st.tuples(st.just("fill"), st.integers(0, 2), st.none())
stopping_all = st.tuples(st.just("stop all"), st.none(), st.none())

quiet_steps = st.one_of(opening, filling, closing, closing, stopping_all, edit_to_profit, waiting, moving, looking)
any_step = st.one_of(quiet_steps, edit_away, lifting, limiting)


def take(account: Account, step: tuple[str, Any, Any]) -> None:
    name, one, other = step
    if name == "close":
        account.close(one, other)
    elif name == "fill":
        account.open_all_that_fits(one)
    elif name == "stop all":
        while account.live:
            account.close(0, None)
    elif name in ("nearer", "farther") and account.live:
        place = one % len(account.live)
        plan, net = account.live[place]
        account.live[place] = (plan, max(net, net + other) if name == "nearer" else net + other)
    elif name == "wait":
        account.now += one
    elif name == "zone":
        account.changes += (ZoneChange(one, account.now),)
    elif name == "lift":
        account.lifted[(one, None)] = account.now
        account.reached = [row for row in account.reached if row.kind is not one]
    elif name == "limit":
        account.limits = replace(account.limits, day_loss_usdt=one)
    elif name == "look":
        account.look()


# A day that won much is followed by one on which every stop is hit.
WON_THEN_STOPPED = [
    ("open", 0, D(-10)),
    ("close", 0, D(50)),
    ("fill", 0, None),
    ("wait", timedelta(days=1), None),
    ("stop all", None, None),
]


@settings(max_examples=300)
@example(WON_THEN_STOPPED, D(100), D(400))
@given(st.lists(quiet_steps, min_size=5, max_size=60), st.integers(20, 150).map(D), st.integers(60, 400).map(D))
def test_no_day_and_no_week_loses_more_than_its_limit(steps: list[tuple[str, Any, Any]], day: D, week: D) -> None:
    account = Account(RiskLimits(day_loss_usdt=day, week_loss_usdt=week))

    for step in steps:
        if step[0] == "open":
            account.open(step[1], step[2])
        take(account, step)

    calendar = account.calendar
    for period_of, limit in ((calendar.day, day), (calendar.week, week)):
        lost: dict[datetime, D] = {}
        for _, trade in account.closed:
            begins = period_of(trade.closed_at).begins_at
            lost[begins] = lost.get(begins, D(0)) - trade.net_usdt
            assert lost[begins] <= limit


@settings(max_examples=300)
@given(st.lists(any_step, min_size=5, max_size=60), st.booleans())
def test_nothing_opens_while_a_limit_is_reached(steps: list[tuple[str, Any, Any]], count_open_risk: bool) -> None:
    cool_down = CoolDown(timedelta(minutes=10), timedelta(hours=1))
    limits = RiskLimits(
        day_loss_usdt=D(80),
        count_open_risk=count_open_risk,
        plan_losses_in_a_row=2,
        losses_in_a_row=4,
        open_positions=3,
        cool_down=cool_down,
    )
    account = Account(limits)

    for step in steps:
        if step[0] != "open":
            take(account, step)
            continue
        live = len(account.live)
        account.look()
        if not account.open(step[1], step[2]):
            continue
        limit = account.limits.day_loss_usdt
        assert limit is not None
        assert live < 3
        assert -sum(trade.net_usdt for trade in account.since(LimitKind.DAY_LOSS)) < limit
        assert in_a_row(account.since(LimitKind.LOSSES)) < 4
        assert in_a_row(account.since(LimitKind.PLAN_LOSSES, step[1])) < 2
        assert not any(row.kind is LimitKind.LOSSES for row in account.reached)
        last = max((trade.closed_at for trade in account.since(LimitKind.LOSSES) if trade.net_usdt < 0), default=None)
        assert last is None or account.now >= last + cool_down.first


def in_a_row(trades: list[ClosedTrade]) -> int:
    """Count the losses at the end, by hand."""
    count = 0
    for trade in reversed(trades):
        if trade.net_usdt > 0:
            return count
        count += trade.net_usdt < 0
    return count
