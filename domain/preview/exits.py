"""Moving exits of a trade that is not open yet: what keeps them from working, and what they will do, in numbers."""

from dataclasses import dataclass
from decimal import Decimal

from domain.exit_plan import ExitPlan, MoveReason
from domain.exit_plan_checks import check_exits
from domain.exits.moves import ExitPrices, exit_levels, net_at_mark, trail_distance
from domain.exits.targets import net_of_targets, partial_targets
from domain.preview.preview import Preview
from domain.preview.refusals import Refusal
from domain.pricing.brackets import EntryFill
from domain.pricing.exact import to_decimal
from domain.terms import SymbolRules, TradeTerms
from domain.wording import format_price, format_quantity, format_usdt

EXITS_FIELD = "exits"


@dataclass(frozen=True, slots=True)
class ExitLine:
    """A step of the exits on the chart; field names the amount that it stands at, title says what happens there.

    word begins its label while it is moved, before that amount.
    """

    field: str
    title: str
    word: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class ExitsShown:
    """What the exits of a trade will do, in sentences and as lines on its chart."""

    sentences: tuple[str, ...] = ()
    lines: tuple[ExitLine, ...] = ()


def expected_exit_prices(terms: TradeTerms, figures: Preview, taker_rate: Decimal, rules: SymbolRules) -> ExitPrices:
    """Return what turns amounts of the exits into prices if the trade were opened now."""
    entry = EntryFill(terms.side, figures.quantity, figures.entry_price_estimate, figures.entry_fee)
    return ExitPrices(entry, terms.basis, taker_rate, rules.tick_size)


def exit_refusals(terms: TradeTerms, prices: ExitPrices | None, rules: SymbolRules) -> tuple[Refusal, ...]:
    """Return what is wrong with the exits that move, beside what cannot be split; prices None = not known."""
    wrong = check_exits(terms.exits, terms.tp_usdt if terms.tp_usdt.is_finite() else None)
    if not wrong and prices is not None:
        wrong = partial_targets(terms.exits, prices, rules, prices.at_result(-terms.sl_usdt)).problems
    return tuple(Refusal(EXITS_FIELD, words) for words in wrong)


def exit_lines(plan: ExitPlan, prices: ExitPrices) -> tuple[ExitLine, ...]:
    """Return the steps and targets of a plan as lines on the chart."""
    lines = []
    if plan.break_even_after_usdt is not None:
        lines.append(
            ExitLine(
                "even_after", "Break-even from here", "Break-even at", prices.at_result(plan.break_even_after_usdt)
            )
        )
    for place, step in enumerate(plan.lock_ins, start=1):
        keep = f"Keep {format_usdt(step.keep_usdt, signed=True)}"
        lines.append(
            ExitLine(f"lock_after_{place}", f"{keep} from here", f"{keep} at", prices.at_result(step.after_usdt))
        )
    if plan.trail is not None and plan.trail.after_usdt is not None:
        lines.append(ExitLine("trail_after", "Trails from here", "Trails at", prices.at_result(plan.trail.after_usdt)))
    for place, target in enumerate(plan.targets, start=1):
        word = f"Target {place}"
        title = f"{word} {format_usdt(target.at_usdt, signed=True)}"
        lines.append(ExitLine(f"target_at_{place}", title, word, prices.at_result(target.at_usdt)))
    return tuple(lines)


def exit_sentences(plan: ExitPlan, prices: ExitPrices, rules: SymbolRules, stop_price: Decimal) -> tuple[str, ...]:
    """Return what the exits of a trade will do, one sentence each, with prices and what each stop nets."""
    tick = prices.tick_size
    sentences = []
    for level in exit_levels(plan, prices):
        at = format_price(level.trigger_price, tick)
        if level.stop_price is None:
            sentences.append(f"Once the price is at {at}, the stop trails.")
            continue
        of_target = level.reason is MoveReason.TARGET_REACHED
        when = f"When the target at {at} is reached" if of_target else f"If the price goes to {at}"
        sentences.append(f"{when}, the stop goes to {_stop(level.stop_price, prices)}.")
    if plan.trail is not None:
        distance = to_decimal(trail_distance(plan.trail, prices, prices.entry.average_price))
        behind = format_price(distance, tick)
        sentences.append(f"The trailing stop stays about {behind} behind the best price and never goes back.")
    parts = partial_targets(plan, prices, rules, stop_price).parts
    for part in parts:
        quantity = "the rest" if part.quantity is None else f"{format_quantity(part.quantity)} {rules.base_asset}"
        sentences.append(f"Target {part.number} closes {quantity} at {format_price(part.price, tick)}.")
    if parts:
        sentences.append(
            f"All targets together bring about {format_usdt(net_of_targets(prices, parts), signed=True)} USDT."
        )
    return tuple(sentences)


def _stop(price: Decimal, prices: ExitPrices) -> str:
    shown = format_price(price, prices.tick_size)
    if price == prices.break_even():
        return f"break-even, {shown}"
    return f"{shown}: {format_usdt(net_at_mark(prices, price), signed=True)} USDT stays"
