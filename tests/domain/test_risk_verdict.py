"""Each limit at its number, just below and just above, and what ends its hold."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.risk.figures import LossRow, OpenTrade, RiskFigures, TradeAsked, spread_percent
from domain.risk.limits import CoolDown, LimitKind, RiskLimits, TradingHours
from domain.risk.periods import Calendar, ZoneChange
from domain.risk.uses import Lift, ReachedLimit, RiskFacts, limit_uses, still_holds
from domain.risk.verdict import Bite, judge
from domain.terms import Side
from tests.domain.test_risk_periods import BERLIN, TOKYO, utc

D = Decimal
NOON = utc("2026-11-20T12:00")  # Friday, 13:00 in Berlin
MIDNIGHT = utc("2026-11-20T23:00")  # of Berlin
MONDAY = utc("2026-11-22T23:00")
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
TINY = D("0.00000001")


def asked(**changes: Any) -> TradeAsked:
    trade = TradeAsked(
        plan_id=7,
        side=Side.LONG,
        margin_usdt=D(50),
        net_at_stop_usdt=D("-20"),
        stop_price=D(100),
        liquidation_price=D(90),
        bid=D("99.95"),
        ask=D("100.05"),
    )
    return replace(trade, **changes)


def facts(limits: RiskLimits, now: datetime = NOON, **figures: Any) -> RiskFacts:
    return RiskFacts(limits, RiskFigures(**figures), Calendar(BERLIN), now)


def day(net: str | D, kind: LimitKind = LimitKind.DAY_LOSS) -> dict[str, Any]:
    return {"net_usdt": {kind: D(net)}}


def only(bites: tuple[Bite, ...]) -> Bite:
    (bite,) = bites
    return bite


def opened(*risks: str, margin: str = "50") -> dict[str, Any]:
    return {"open_trades": tuple(OpenTrade(D(margin), -D(risk)) for risk in risks)}


HUNDRED = D(100)
REACHED: list[tuple[LimitKind, RiskLimits, dict[str, Any], dict[str, Any]]] = [
    (LimitKind.DAY_LOSS, RiskLimits(day_loss_usdt=HUNDRED, count_open_risk=False), day("-99.99999999"), day("-100")),
    (
        LimitKind.WEEK_LOSS,
        RiskLimits(week_loss_usdt=HUNDRED, count_open_risk=False),
        day("-99.99999999", LimitKind.WEEK_LOSS),
        day("-100", LimitKind.WEEK_LOSS),
    ),
    (
        LimitKind.DRAWDOWN,
        RiskLimits(drawdown_usdt=HUNDRED),
        {"peak_usdt": D(1000), "equity_usdt": D("900.00000001")},
        {"peak_usdt": D(1000), "equity_usdt": D(900)},
    ),
    (LimitKind.PLAN_LOSSES, RiskLimits(plan_losses_in_a_row=3), {"plan_losses": {7: 2}}, {"plan_losses": {7: 3}}),
    (LimitKind.LOSSES, RiskLimits(losses_in_a_row=3), {"losses": LossRow(2)}, {"losses": LossRow(3)}),
    (LimitKind.OPEN_POSITIONS, RiskLimits(open_positions=2), opened("1"), opened("1", "1")),
    (
        LimitKind.TOTAL_MARGIN,
        RiskLimits(total_margin_usdt=HUNDRED),
        opened("1", margin="49.99999999"),
        opened("1", margin="100"),
    ),
    (LimitKind.OPEN_RISK, RiskLimits(open_risk_usdt=HUNDRED), opened("10", "20"), opened("40", "60")),
    (
        LimitKind.DAY_GOAL,
        RiskLimits(day_goal_usdt=HUNDRED),
        day("99.99999999", LimitKind.DAY_GOAL),
        day("100", LimitKind.DAY_GOAL),
    ),
    (
        LimitKind.CLOSE_ALL_LOSS,
        RiskLimits(close_all_loss_usdt=HUNDRED),
        {**day("-60", LimitKind.CLOSE_ALL_LOSS), "open_result_usdt": D("-39.99999999")},
        {**day("-60", LimitKind.CLOSE_ALL_LOSS), "open_result_usdt": D("-40")},
    ),
    (
        LimitKind.CLOSE_ALL_GAIN,
        RiskLimits(close_all_gain_usdt=HUNDRED),
        {**day("-60", LimitKind.CLOSE_ALL_GAIN), "open_result_usdt": D("159.99999999")},
        {**day("-60", LimitKind.CLOSE_ALL_GAIN), "open_result_usdt": D("160")},
    ),
]


@pytest.mark.parametrize(("kind", "limits", "below", "at"), REACHED, ids=[row[0].value for row in REACHED])
def test_at_exactly_the_limit_nothing_more_opens(
    kind: LimitKind, limits: RiskLimits, below: dict[str, Any], at: dict[str, Any]
) -> None:
    assert judge(facts(limits, **below), asked()).allowed
    assert judge(facts(RiskLimits(), **at), asked()).allowed

    bite = only(judge(facts(limits, **at), asked()).bites)

    assert bite.kind is kind
    assert bite.reached
    assert bite.used == bite.limit == limits.amount(kind)
    assert bite.sentence.endswith(".")


@pytest.mark.parametrize(
    ("limits", "figures", "fits", "too_much", "kind"),
    [
        # The loss so far 40, open stops 20 × 1.05, and this trade × 1.05.
        (RiskLimits(day_loss_usdt=D("103")), {**day("-40"), **opened("20")}, "40", "40.00000001", LimitKind.DAY_LOSS),
        (
            RiskLimits(week_loss_usdt=D("103")),
            {**day("-40", LimitKind.WEEK_LOSS), **opened("20")},
            "40",
            "40.00000001",
            LimitKind.WEEK_LOSS,
        ),
        # What was won today is not there any more when the stop is hit tomorrow.
        (RiskLimits(day_loss_usdt=D("105")), day("50"), "100", "100.00000001", LimitKind.DAY_LOSS),
        (RiskLimits(open_risk_usdt=D("62")), opened("20"), "40", "40.00000001", LimitKind.OPEN_RISK),
    ],
)
def test_a_trade_may_risk_what_is_left_to_the_last_digit(
    limits: RiskLimits, figures: dict[str, Any], fits: str, too_much: str, kind: LimitKind
) -> None:
    now = facts(limits, **figures)

    assert judge(now, asked(net_at_stop_usdt=-D(fits))).allowed
    bite = only(judge(now, asked(net_at_stop_usdt=-D(too_much))).bites)

    assert bite.kind is kind
    assert not bite.reached
    assert bite.lift is Lift.WITH_ROOM
    assert judge(now).allowed, "a smaller trade may still open"


def test_open_risk_is_not_counted_where_the_person_says_so() -> None:
    limits = RiskLimits(day_loss_usdt=D(10), count_open_risk=False)

    assert judge(facts(limits, **opened("500")), asked(net_at_stop_usdt=D(-500))).allowed


def test_the_accounts_own_slippage_counts() -> None:
    limits = RiskLimits(day_loss_usdt=D(100))

    assert judge(facts(limits, slippage_fraction=D("0.25")), asked(net_at_stop_usdt=D(-80))).allowed
    assert not judge(facts(limits, slippage_fraction=D("0.26")), asked(net_at_stop_usdt=D(-80))).allowed


def test_margin_may_be_used_to_the_last_digit() -> None:
    now = facts(RiskLimits(total_margin_usdt=D(100)), **opened("1"))

    assert judge(now, asked(margin_usdt=D(50))).allowed
    assert only(judge(now, asked(margin_usdt=D(50) + TINY)).bites).kind is LimitKind.TOTAL_MARGIN


@pytest.mark.parametrize(("ask", "opens"), [("100.09", True), ("100.1", False), ("100.11", False)])
def test_a_spread_at_its_limit_is_too_wide(ask: str, opens: bool) -> None:
    limits = RiskLimits(spread_percent=spread_percent(D(100), D("100.1")))  # 0.0999500… %

    verdict = judge(facts(limits), asked(bid=D(100), ask=D(ask)))

    assert verdict.allowed is opens
    if not opens:
        assert only(verdict.bites).kind is LimitKind.SPREAD


@pytest.mark.parametrize(
    ("side", "liquidation", "opens"),
    [
        (Side.LONG, "97.99", True),
        (Side.LONG, "98", False),
        (Side.LONG, "98.01", False),
        (Side.LONG, "101", False),
        (Side.SHORT, "102.01", True),
        (Side.SHORT, "102", False),
        (Side.SHORT, "99", False),
        (Side.LONG, None, True),
    ],
)
def test_a_stop_too_near_liquidation(side: Side, liquidation: str | None, opens: bool) -> None:
    price = None if liquidation is None else D(liquidation)

    verdict = judge(facts(RiskLimits(liquidation_percent=D(2))), asked(side=side, liquidation_price=price))

    assert verdict.allowed is opens
    if not opens:
        assert only(verdict.bites).kind is LimitKind.LIQUIDATION_DISTANCE


@pytest.mark.parametrize(("seconds", "opens"), [(0, False), (599, False), (599.999999, False), (600, True)])
def test_a_cool_down_lasts_its_time(seconds: float, opens: bool) -> None:
    limits = RiskLimits(cool_down=CoolDown(5 * MINUTE, 60 * MINUTE))

    verdict = judge(facts(limits, NOON + timedelta(seconds=seconds), losses=LossRow(2, NOON, 2)), asked())

    assert verdict.allowed is opens
    if not opens:
        bite = only(verdict.bites)
        assert bite.lifts_at == NOON + 10 * MINUTE
        assert bite.sentence == (
            "The bot waits after 2 losses in a row. New trades can open again at 13:10."  # in Berlin
        )


def test_a_win_does_not_shorten_the_cool_down_of_the_loss_before() -> None:
    limits = RiskLimits(cool_down=CoolDown(5 * MINUTE, 60 * MINUTE))

    assert not judge(facts(limits, NOON + 9 * MINUTE, losses=LossRow(0, NOON, 2)), asked()).allowed


def test_outside_the_hours_it_says_when_they_begin() -> None:
    limits = RiskLimits(trading_hours=TradingHours(frozenset(range(5))))

    assert judge(facts(limits, NOON), asked()).allowed
    bite = only(judge(facts(limits, MIDNIGHT), asked()).bites)

    assert bite.lifts_at == MONDAY
    assert bite.sentence == ("It is outside your trading hours. New trades can open again on Mon 23 Nov at 00:00.")


# What ends a hold


def held(kind: LimitKind, limit: str = "100", reached_at: datetime = NOON, plan_id: int | None = None) -> ReachedLimit:
    return ReachedLimit(kind, plan_id, reached_at, D(limit), D(limit))


@pytest.mark.parametrize(
    ("kind", "lifts_at", "lift"),
    [
        (LimitKind.DAY_LOSS, MIDNIGHT, Lift.AT_TIME),
        (LimitKind.WEEK_LOSS, MONDAY, Lift.AT_TIME),
        (LimitKind.DAY_GOAL, MIDNIGHT, Lift.AT_TIME),
        (LimitKind.CLOSE_ALL_LOSS, MIDNIGHT, Lift.AT_TIME),
        (LimitKind.CLOSE_ALL_GAIN, MIDNIGHT, Lift.AT_TIME),
        (LimitKind.DRAWDOWN, None, Lift.BY_HAND),
        (LimitKind.LOSSES, None, Lift.BY_HAND),
        (LimitKind.PLAN_LOSSES, None, Lift.BY_HAND),
        (LimitKind.OPEN_POSITIONS, None, Lift.WITH_ROOM),
        (LimitKind.TOTAL_MARGIN, None, Lift.WITH_ROOM),
        (LimitKind.OPEN_RISK, None, Lift.WITH_ROOM),
    ],
)
def test_when_a_reached_limit_lifts(kind: LimitKind, lifts_at: datetime | None, lift: Lift) -> None:
    limits, at = next((limits, at) for named, limits, _, at in REACHED if named is kind)

    bite = only(judge(facts(limits, **at), asked()).bites)

    assert (bite.lifts_at, bite.lift) == (lifts_at, lift)
    if bite.lifts_at is not None:
        assert str(bite.lifts_at.tzinfo) == BERLIN
        assert "New trades can open again" in bite.sentence


def test_a_day_that_lost_enough_stays_lost_until_midnight() -> None:
    limits = RiskLimits(day_loss_usdt=D(100))
    won_back = replace(facts(limits, **day("-20")), holding=(held(LimitKind.DAY_LOSS),))

    before = judge(replace(won_back, now=MIDNIGHT - MOMENT), asked())
    after = judge(replace(won_back, now=MIDNIGHT), asked())

    assert only(before.bites).sentence == (
        "Today's loss of 100.00 USDT has reached your limit of 100.00 USDT. New trades can open again on Sat 21 Nov "
        "at 00:00."
    )
    assert before.newly_reached == ()
    assert after.allowed


@pytest.mark.parametrize(
    ("limit", "net", "holds"),
    [
        ("100", "-20", True),  # untouched
        ("50", "-20", True),  # lowered since
        ("150", "-20", False),  # raised above what is used
        ("150", "-150", True),
        (None, "-20", False),  # taken away
    ],
)
def test_a_held_limit_follows_its_changes(limit: str | None, net: str, holds: bool) -> None:
    changed = RiskLimits(day_loss_usdt=None if limit is None else D(limit))
    now = replace(facts(changed, **day(net)), holding=(held(LimitKind.DAY_LOSS),))

    assert judge(now).allowed is not holds


def test_a_limit_lowered_below_what_is_used_bites_at_once() -> None:
    assert judge(facts(RiskLimits(day_loss_usdt=D(100)), **day("-60"))).allowed
    assert not judge(facts(RiskLimits(day_loss_usdt=D(60)), **day("-60"))).allowed


def test_a_plans_losses_stop_that_plan_only() -> None:
    limits = RiskLimits(plan_losses_in_a_row=3)
    now = facts(limits, plan_losses={7: 3, 8: 2})

    assert not judge(now, asked(plan_id=7)).allowed
    assert judge(now, asked(plan_id=8)).allowed
    assert judge(now, asked(plan_id=None)).allowed
    assert judge(now).allowed
    assert [row.plan_id for row in judge(now).newly_reached] == [7]


def test_a_clock_that_goes_back_lifts_nothing() -> None:
    limits = RiskLimits(day_loss_usdt=D(100))
    row = held(LimitKind.DAY_LOSS, reached_at=MIDNIGHT + MINUTE)

    assert still_holds(row, facts(limits, MIDNIGHT - MINUTE))


def test_a_change_of_zone_does_not_cut_the_hold_short() -> None:
    limits = RiskLimits(day_loss_usdt=D(100))
    calendar = Calendar(TOKYO, (ZoneChange("UTC", utc("2026-11-19T20:00")),))
    row = held(LimitKind.DAY_LOSS, reached_at=utc("2026-11-19T18:00"))  # 20 November in Tokyo
    now = RiskFacts(limits, RiskFigures(), calendar, utc("2026-11-20T15:00"), (row,))  # midnight in Tokyo

    assert not judge(now).allowed
    assert judge(replace(now, now=utc("2026-11-21T00:00"))).allowed


# What has to be recorded and done


@pytest.mark.parametrize(("kind", "limits", "below", "at"), REACHED, ids=[row[0].value for row in REACHED])
def test_reaching_is_recorded_once(
    kind: LimitKind, limits: RiskLimits, below: dict[str, Any], at: dict[str, Any]
) -> None:
    first = judge(facts(limits, **at))
    again = judge(replace(facts(limits, **at), holding=first.newly_reached))

    assert judge(facts(limits, **below)).newly_reached == ()
    assert again.newly_reached == ()
    if kind in (LimitKind.OPEN_POSITIONS, LimitKind.TOTAL_MARGIN, LimitKind.OPEN_RISK):
        assert first.newly_reached == ()
    else:
        (row,) = first.newly_reached
        assert (row.kind, row.reached_at, row.limit) == (kind, NOON, limits.amount(kind))


def test_everything_is_closed_once_and_only_if_asked_for() -> None:
    lost = {**day("-100"), "open_result_usdt": D(0)}
    quiet = judge(facts(RiskLimits(day_loss_usdt=D(100)), **lost))
    closing = facts(RiskLimits(day_loss_usdt=D(100), close_all_after=frozenset({LimitKind.DAY_LOSS})), **lost)

    first = judge(closing)
    again = judge(replace(closing, holding=first.newly_reached))

    assert quiet.close_everything == again.close_everything == ()
    assert first.close_everything == (LimitKind.DAY_LOSS,)


def test_closing_at_a_gain_needs_no_further_word() -> None:
    limits, at = next((limits, at) for kind, limits, _, at in REACHED if kind is LimitKind.CLOSE_ALL_GAIN)

    assert judge(facts(limits, **at)).close_everything == (LimitKind.CLOSE_ALL_GAIN,)


def test_the_whole_account_counts_only_if_asked_for() -> None:
    figures = {**day("-60"), "external_usdt": {LimitKind.DAY_LOSS: D("-40")}}

    assert judge(facts(RiskLimits(day_loss_usdt=D(100)), **figures)).allowed
    assert not judge(facts(RiskLimits(day_loss_usdt=D(100), whole_account=True), **figures)).allowed


def test_bars_show_what_is_used() -> None:
    limits = RiskLimits(day_loss_usdt=D(100), open_positions=5, spread_percent=D(1))

    uses = limit_uses(facts(limits, **day("-40"), **opened("1", "1")))

    assert [(use.kind, use.used, use.limit, use.reached) for use in uses] == [
        (LimitKind.DAY_LOSS, D(40), D(100), False),
        (LimitKind.OPEN_POSITIONS, D(2), D(5), False),
    ]


def test_a_trade_beyond_what_is_left_is_told_with_all_its_parts() -> None:
    now = facts(RiskLimits(day_loss_usdt=D(100)), **day("-40"), **opened("20"))

    assert only(judge(now, asked(net_at_stop_usdt=D(-60))).bites).sentence == (
        "Today's loss is 40.00 USDT, the stops of open trades could cost 21.00 USDT and this trade could cost "
        "63.00 USDT: together 124.00 USDT, more than your limit of 100.00 USDT a day."
    )
    alone = facts(RiskLimits(day_loss_usdt=D(100)))
    assert only(judge(alone, asked(net_at_stop_usdt=D(-100))).bites).sentence == (
        "This trade could cost 105.00 USDT, more than your limit of 100.00 USDT a day."
    )
