"""What the form shows before anything is sent."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from domain.exchange import Balance, CommissionRates, ExchangePosition
from domain.exit_plan_checks import check_exits
from domain.exits.moves import ExitPrices
from domain.exits.targets import net_of_targets, partial_targets
from domain.numbers import number_refusal
from domain.preview.draft import Draft, MarketNow, Situation, draft_trade
from domain.preview.refusals import Refusal, refusals
from domain.pricing.brackets import bracket_after_fill, net_at, within_price_bounds
from domain.pricing.exact import to_decimal
from domain.pricing.pnl import break_even_win_rate
from domain.terms import LeverageBracket, ReopenRule, SymbolRules, TradeTerms

__all__ = ["MarketNow", "Preview", "Refusal", "preview", "rounds_in_a_day"]

_DAY = timedelta(hours=24)
_SHORTEST_ROUND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Preview:
    """A trade as it would turn out if opened now: USDT, exact; prices in USDT per unit.

    net_* are after the fees of both ways, negative at the stop. Distances are fractions:
    of the entry, signed by the price's direction, for stop and target; of the mark, unsigned, for liquidation.
    worst_day_usdt is what 24 hours of nothing but losses could cost (<= 0), never more than the wallet, in
    worst_day_rounds trades. notes say in plain words what the exchange's limits change.
    """

    quantity: Decimal
    position_value: Decimal
    margin: Decimal
    entry_price_estimate: Decimal
    entry_fee: Decimal
    exit_fee_at_target: Decimal
    exit_fee_at_stop: Decimal
    stop_price: Decimal
    target_price: Decimal
    net_at_target: Decimal
    net_at_stop: Decimal
    liquidation_price: Decimal | None
    break_even_win_rate: Decimal
    free_margin_after: Decimal
    stop_distance_fraction: Decimal
    target_distance_fraction: Decimal
    liquidation_distance_fraction: Decimal | None
    worst_day_usdt: Decimal
    worst_day_rounds: int
    notes: tuple[str, ...]
    targets: int = 1  # how many take profit; with several, target_price is the last, and the results are of all


def preview(
    terms: TradeTerms,
    market: MarketNow,
    rules: SymbolRules,
    brackets: tuple[LeverageBracket, ...],
    rates: CommissionRates,
    balance: Balance,
    other_side_leverage: int | None = None,
    positions: tuple[ExchangePosition, ...] = (),
    free_conditional_slots: int | None = None,
) -> tuple[Preview | None, tuple[Refusal, ...]]:
    """Return how a trade would turn out if it were opened now, and why it cannot be.

    Args:
        terms: what was typed; any numbers.
        market: the symbol's prices now; the entry is expected at the ask (LONG) or the bid (SHORT).
        rules: the symbol's limits on the venue traded.
        brackets: its leverage table, in rising order.
        rates: the account's fees for it.
        balance: the account's USDT now.
        other_side_leverage: leverage of the symbol's other side if that is open, ours or external: they share it.
        positions: everything that the account holds, for the liquidation price.
        free_conditional_slots: stops and targets the exchange still takes; None = not known.

    Returns:
        The figures, also when the trade is refused, or None when there is nothing to show (too small to buy
        anything, no price, a stop or target at no possible price); and the refusals, empty = it may be sent.
    """
    situation = Situation(
        market,
        rules,
        brackets,
        rates,
        balance,
        other_side_leverage,
        positions,
        free_conditional_slots,
    )
    refused = refusals(terms, situation)
    return preview_figures(terms, situation, refused), refused


def preview_figures(terms: TradeTerms, situation: Situation, refused: tuple[Refusal, ...]) -> Preview | None:
    """Return how a trade would turn out, None when there is nothing to show; a refused stop is shown as asked for."""
    if not _is_computable(terms, situation.market):
        return None
    draft = draft_trade(terms, situation)
    if draft is None or draft.stop <= 0 or not within_price_bounds(draft.target, situation.rules):
        return None
    return _figures(terms, draft, situation, stop_refused=any(refusal.field == "sl_usdt" for refusal in refused))


def rounds_in_a_day(rule: ReopenRule) -> int:
    """Return how many losing trades fit in 24 hours: each one waits for the delay, the maximum caps them."""
    if not (rule.enabled and rule.after_stop):
        return 1
    rounds = ceil(_DAY / max(rule.delay, _SHORTEST_ROUND))
    return rounds if rule.maximum is None else min(rounds, 1 + max(rule.maximum, 0))


def _is_computable(terms: TradeTerms, market: MarketNow) -> bool:
    numbers = (terms.amount_usdt, terms.tp_usdt, terms.sl_usdt)
    return (
        all(number_refusal(number) is None for number in numbers)
        and terms.leverage >= 1
        and min(market.bid, market.ask, market.mark) > 0
    )


def _figures(terms: TradeTerms, draft: Draft, situation: Situation, stop_refused: bool) -> Preview:
    entry, taker, mark = draft.entry, situation.rates.taker, situation.market.mark
    placed = bracket_after_fill(entry, terms, situation.rules, taker, draft.liquidation, mark)
    # A refused stop is shown where it was asked for: the refusal beside it says what is wrong with that.
    stop, notes = (draft.stop, ()) if stop_refused else (placed.stop_price, placed.notes)
    net_stop = net_at(entry, stop, taker)
    taken = _taken(terms, draft, situation, stop)
    value = Fraction(entry.quantity) * Fraction(entry.average_price)
    rounds, worst_day = _worst_day(terms.reopen, net_stop, situation.balance.wallet_usdt)
    return Preview(
        quantity=entry.quantity,
        position_value=to_decimal(value),
        margin=draft.margin,
        entry_price_estimate=entry.average_price,
        entry_fee=entry.commission_usdt,
        exit_fee_at_target=taken.fee,
        exit_fee_at_stop=_fee(entry.quantity, stop, taker),
        stop_price=stop,
        target_price=taken.price,
        net_at_target=taken.net,
        net_at_stop=net_stop,
        liquidation_price=draft.liquidation,
        break_even_win_rate=break_even_win_rate(taken.net, -net_stop),
        free_margin_after=situation.balance.available_usdt - draft.margin - entry.commission_usdt,
        stop_distance_fraction=_distance(stop, entry.average_price),
        target_distance_fraction=_distance(taken.price, entry.average_price),
        liquidation_distance_fraction=None if draft.liquidation is None else abs(_distance(draft.liquidation, mark)),
        worst_day_usdt=worst_day,
        worst_day_rounds=rounds,
        notes=notes,
        targets=taken.number,
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is taken if every target is reached, and the price of the last."""

    price: Decimal
    net: Decimal
    fee: Decimal
    number: int = 1


def _taken(terms: TradeTerms, draft: Draft, situation: Situation, stop: Decimal) -> _Taken:
    entry, taker = draft.entry, situation.rates.taker
    prices = ExitPrices(entry, terms.basis, taker, situation.rules.tick_size)
    # Exits that make no sense are refused beside their section.
    parts = () if check_exits(terms.exits) else partial_targets(terms.exits, prices, situation.rules, stop).parts
    if not parts:
        price = draft.target
        return _Taken(price, net_at(entry, price, taker), _fee(entry.quantity, price, taker))
    left, fee = entry.quantity, Decimal(0)
    for part in parts:
        quantity = left if part.quantity is None else part.quantity
        fee += _fee(quantity, part.price, taker)
        left -= quantity
    return _Taken(parts[-1].price, net_of_targets(prices, parts), fee, len(parts))


def _worst_day(rule: ReopenRule, net_at_stop: Decimal, wallet_usdt: Decimal) -> tuple[int, Decimal]:
    """Return how many losses a day can hold and what they cost; when the wallet is empty it is over."""
    rounds = rounds_in_a_day(rule)
    if net_at_stop >= 0 or wallet_usdt <= 0:
        return rounds, Decimal(0)
    affordable = ceil(Fraction(wallet_usdt) / -Fraction(net_at_stop))
    rounds = min(rounds, affordable)
    return rounds, max(rounds * net_at_stop, -wallet_usdt)


def _fee(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    return to_decimal(Fraction(quantity) * Fraction(price) * Fraction(rate))


def _distance(price: Decimal, base: Decimal) -> Decimal:
    return to_decimal(Fraction(price) / Fraction(base) - 1)
