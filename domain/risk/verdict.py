"""Whether limits let a trade open: the one rule that the form asks before the press and the engine after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from domain.pricing.exact import to_decimal
from domain.risk import sentences
from domain.risk.figures import TradeAsked, liquidation_percent, open_risk, spread_percent, total_margin, trade_risk
from domain.risk.limits import CAN_CLOSE_ALL, HOLDING, LimitKind, RiskLimits
from domain.risk.uses import Lift, LimitUse, ReachedLimit, RiskFacts, limit_uses, net_counted, row_holding


@dataclass(frozen=True, slots=True)
class Bite:
    """A limit that lets a trade not open, or none at all.

    reached tells a limit that is reached, so that nothing opens, from one that only this trade would pass. lifts_at
    is an aware moment in the person's zone, None = by hand or with room (lift).
    """

    kind: LimitKind
    plan_id: int | None
    used: Decimal | None
    limit: Decimal | None
    reached: bool
    lift: Lift
    lifts_at: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a trade may open (no bites), and what has to be recorded and done.

    newly_reached are rows to keep; close_everything names the limits for whose sake everything open is to be closed.
    """

    bites: tuple[Bite, ...]
    newly_reached: tuple[ReachedLimit, ...]
    close_everything: tuple[LimitKind, ...]

    @property
    def allowed(self) -> bool:
        """Whether the trade may open."""
        return not self.bites


def judge(facts: RiskFacts, trade: TradeAsked | None = None, *, plan_id: int | None = None) -> Verdict:
    """Return what the limits say.

    Args:
        facts: limits, the ledger's figures, and what holds already.
        trade: the trade asked for; None asks only whether anything may open at all.
        plan_id: without a trade, the plan that would open it: its own row of losses counts too.

    Returns:
        A limit is reached at exactly its number: then nothing opens. A trade may use what is left to the last cent.
        With count_open_risk the day's and the week's loss is counted as if every stop, this trade's too, were hit
        with the account's own slippage; used of such a bite is the loss so far and the open stops.
    """
    uses = limit_uses(facts)
    plans = (None, plan_id if trade is None else trade.plan_id)
    bites = [_reached_bite(use, facts) for use in uses if use.reached and use.plan_id in plans]
    if trade is not None:
        bites += _trade_bites(facts, trade, {bite.kind for bite in bites})
    newly = tuple(_new_rows(uses, facts))
    closing = [row.kind for row in newly if _closes_all(row.kind, facts.limits)]
    return Verdict(tuple(bites), newly, tuple(closing))


def _trade_bites(facts: RiskFacts, trade: TradeAsked, reached: set[LimitKind]) -> Iterator[Bite]:
    """Return the limits that are not reached but that this trade would pass or does not keep."""
    open_trades, limits = facts.figures.open_trades, facts.limits
    risk = trade_risk(trade.net_at_stop_usdt, facts.figures.slippage_fraction)
    for kind in (LimitKind.DAY_LOSS, LimitKind.WEEK_LOSS):
        if limits.count_open_risk and kind not in reached:
            yield from _loss_bite(kind, facts, risk)
    used, limit = total_margin(open_trades), limits.total_margin_usdt
    if limit is not None and LimitKind.TOTAL_MARGIN not in reached and _sum(used, trade.margin_usdt) > Fraction(limit):
        words = sentences.trade_margin_sentence(used, trade.margin_usdt, limit)
        yield _too_much(LimitKind.TOTAL_MARGIN, used, limit, words)
    used, limit = open_risk(open_trades), limits.open_risk_usdt
    if limit is not None and LimitKind.OPEN_RISK not in reached and _sum(used, risk) > Fraction(limit):
        words = sentences.trade_open_risk_sentence(used, risk, limit)
        yield _too_much(LimitKind.OPEN_RISK, used, limit, words)
    yield from _market_bites(limits, trade)


def _loss_bite(kind: LimitKind, facts: RiskFacts, risk: Decimal) -> Iterator[Bite]:
    """Return that the loss so far, every open stop and this trade's risk could together pass the limit."""
    limit = facts.limits.amount(kind)
    if limit is None:
        return
    # What was won does not count against it: the trade may be stopped in a period that has won nothing yet.
    lost = max(Decimal(0), net_counted(kind, facts).copy_negate())
    at_stops = trade_risk(open_risk(facts.figures.open_trades).copy_negate(), facts.figures.slippage_fraction)
    used = to_decimal(Fraction(lost) + Fraction(at_stops))
    if _sum(used, risk) > Fraction(limit):
        words = sentences.trade_loss_sentence(kind, lost, at_stops, risk, limit)
        yield _too_much(kind, used, limit, words)


def _market_bites(limits: RiskLimits, trade: TradeAsked) -> Iterator[Bite]:
    spread, widest = spread_percent(trade.bid, trade.ask), limits.spread_percent
    if widest is not None and spread >= widest:
        words = sentences.reached_sentence(LimitKind.SPREAD, spread, widest, "Wait until it is smaller.")
        yield _too_much(LimitKind.SPREAD, spread, widest, words)
    least = limits.liquidation_percent
    if least is None or trade.liquidation_price is None:
        return
    away = liquidation_percent(trade.side, trade.stop_price, trade.liquidation_price)
    if away <= least:
        then = "Use a lower leverage, a smaller amount or a nearer stop."
        words = sentences.reached_sentence(LimitKind.LIQUIDATION_DISTANCE, away, least, then)
        yield _too_much(LimitKind.LIQUIDATION_DISTANCE, away, least, words)


def _too_much(kind: LimitKind, used: Decimal, limit: Decimal, sentence: str) -> Bite:
    return Bite(kind, None, used, limit, False, Lift.WITH_ROOM, None, sentence)


def _reached_bite(use: LimitUse, facts: RiskFacts) -> Bite:
    zone = facts.calendar.zone_at(facts.now if use.lifts_at is None else use.lifts_at)
    lifts_at = None if use.lifts_at is None else use.lifts_at.astimezone(zone)
    then = _how_it_lifts(use.kind, lifts_at, facts.now)
    if use.kind is LimitKind.TRADING_HOURS:
        sentence = sentences.hours_sentence(then)
    elif use.kind is LimitKind.COOL_DOWN:
        sentence = sentences.cool_down_sentence(facts.figures.losses.losses_at_last, then)
    else:
        used, limit = _as_reached(use, facts)
        sentence = sentences.reached_sentence(use.kind, used, limit, then)
    return Bite(use.kind, use.plan_id, use.used, use.limit, True, use.lift, lifts_at, sentence)


def _as_reached(use: LimitUse, facts: RiskFacts) -> tuple[Decimal, Decimal]:
    """Return the figures that a sentence names: those of now, or of when it was reached if less is used since."""
    assert use.used is not None
    assert use.limit is not None
    row = row_holding(use.kind, use.plan_id, facts)
    return (use.used, use.limit) if row is None or use.used >= use.limit else (row.used, row.limit)


def _how_it_lifts(kind: LimitKind, lifts_at: datetime | None, now: datetime) -> str:
    if lifts_at is not None:
        return f"New trades can open again {sentences.moment_words(lifts_at, now)}."
    if kind is LimitKind.PLAN_LOSSES:
        return "The plan opens no trade until you lift this limit."
    if kind in HOLDING:
        return "No trade opens until you lift this limit."
    if kind is LimitKind.TRADING_HOURS:
        return "No day is chosen."
    return "A trade has to close first."


def _new_rows(uses: tuple[LimitUse, ...], facts: RiskFacts) -> Iterator[ReachedLimit]:
    for use in uses:
        if use.reached and use.kind in HOLDING and row_holding(use.kind, use.plan_id, facts) is None:
            assert use.used is not None
            assert use.limit is not None
            yield ReachedLimit(use.kind, use.plan_id, facts.now, use.used, use.limit)


def _closes_all(kind: LimitKind, limits: RiskLimits) -> bool:
    if kind in (LimitKind.CLOSE_ALL_LOSS, LimitKind.CLOSE_ALL_GAIN):
        return True
    return kind in limits.close_all_after and kind in CAN_CLOSE_ALL


def _sum(one: Decimal, other: Decimal) -> Fraction:
    return Fraction(one) + Fraction(other)
