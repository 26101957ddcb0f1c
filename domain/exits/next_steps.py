"""What the moving exits of an open trade will do next, in plain sentences."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from domain.exit_plan import ExitPlan, MoveReason
from domain.exits.moves import ExitLevel, MovingTrade, exit_levels, net_at_mark, trail_distance
from domain.exits.targets import TargetPart
from domain.pricing.exact import to_decimal
from domain.terms import SymbolRules
from domain.wording import format_price, format_quantity, format_usdt

WHILE_OFF = "While the bot is off, the last stop stands on the exchange and does not move."


def steps_left(plan: ExitPlan, trade: MovingTrade) -> tuple[ExitLevel, ...]:
    """Return the steps at which the stop has yet to move, the next one first.

    A step that would not bring the stop nearer to profit than it rests is none.
    """
    sign, followed, left = trade.prices.entry.side.sign, 0, []
    for level in exit_levels(plan, trade.prices):
        if level.reason is MoveReason.TARGET_REACHED:
            followed += 1
            ahead = followed > trade.targets_reached
        else:
            ahead = sign * (level.trigger_price - trade.best_mark) > 0
        if ahead and (level.stop_price is None or sign * (level.stop_price - trade.stop) > 0):
            left.append(level)
    return tuple(sorted(left, key=lambda level: sign * level.trigger_price))


def next_sentences(
    plan: ExitPlan, trade: MovingTrade, targets: Sequence[TargetPart], rules: SymbolRules
) -> tuple[str, ...]:
    """Return what happens next, one sentence each: the next step of the stop, how it trails, the next target.

    Args:
        plan: what the person asked for.
        trade: as it is now.
        targets: that are left, the next one first.
        rules: of its symbol.
    """
    steps = steps_left(plan, trade)
    sentences = [step_words(steps[0], trade, rules.tick_size)] if steps else []
    sentences += _trailing(plan, trade, rules.tick_size)
    if targets:
        part = targets[0]
        quantity = "the rest" if part.quantity is None else f"{format_quantity(part.quantity)} {rules.base_asset}"
        at = format_price(part.price, rules.tick_size)
        sentences.append(f"At {at} target {part.number} of {len(plan.targets)} closes {quantity}.")
    return tuple(sentences)


def step_words(level: ExitLevel, trade: MovingTrade, tick: Decimal) -> str:
    """Return a step in words: "At 64 210.0 the stop moves to break-even, 63 105.2."."""
    at = format_price(level.trigger_price, tick)
    if level.stop_price is None:
        return f"At {at} the stop begins to trail."
    when = f"When the target at {at} is reached," if level.reason is MoveReason.TARGET_REACHED else f"At {at}"
    to = format_price(level.stop_price, tick)
    if level.stop_price == trade.prices.break_even():
        return f"{when} the stop moves to break-even, {to}."
    kept = format_usdt(net_at_mark(trade.prices, level.stop_price), signed=True)
    return f"{when} the stop moves to {to}: {kept} USDT stays."


def _trailing(plan: ExitPlan, trade: MovingTrade, tick: Decimal) -> Iterator[str]:
    trail, sign = plan.trail, trade.prices.entry.side.sign
    if trail is None:
        return
    begins_at = None if trail.after_usdt is None else trade.prices.at_result(trail.after_usdt)
    if begins_at is not None and sign * (begins_at - trade.best_mark) > 0:
        return
    best = format_price(trade.best_mark, tick)
    behind = format_price(to_decimal(trail_distance(trail, trade.prices, trade.best_mark)), tick)
    if trade.by_person is not None and sign * (trade.best_mark - trade.by_person.best_mark) <= 0:
        yield f"The stop trails {behind} behind again once the price is beyond {best}, because you moved it."
    else:
        yield f"The stop trails {behind} behind the best price, {best} so far."
