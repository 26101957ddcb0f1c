"""A trade as it would turn out if it were opened now: the figures that the form shows and its checks judge."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.exchange import Balance, CommissionRates, ExchangePosition
from domain.pricing.brackets import EntryFill, exit_price_for, safest_far_stop
from domain.pricing.exact import to_decimal
from domain.pricing.liquidation import Leg, held_account, liquidation_price
from domain.pricing.pnl import unrealised
from domain.pricing.sizing import entry_quantity
from domain.terms import LeverageBracket, Side, SymbolRules, TradeTerms


@dataclass(frozen=True, slots=True)
class MarketNow:
    """Prices of one symbol at one moment, USDT per unit."""

    bid: Decimal
    ask: Decimal
    mark: Decimal


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a trade is judged against.

    other_side_leverage is the leverage of the symbol's opposite side where that is open, ours or external. positions
    are all that the account holds, of every symbol. free_conditional_slots is how many stops and targets the exchange
    still takes, None = not known.
    """

    market: MarketNow
    rules: SymbolRules
    brackets: tuple[LeverageBracket, ...]
    rates: CommissionRates
    balance: Balance
    other_side_leverage: int | None = None
    positions: tuple[ExchangePosition, ...] = ()
    free_conditional_slots: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The expected entry, and what follows from it; stop and target as asked for, possible or not.

    farthest_stop is the last price, on the stop's side, before liquidation, zero or the symbol's bounds; None = none.
    """

    entry: EntryFill
    margin: Decimal
    needed_margin: Decimal
    stop: Decimal
    target: Decimal
    liquidation: Decimal | None
    farthest_stop: Decimal | None


def expected_entry_price(side: Side, market: MarketNow) -> Decimal:
    """Return the price a market order would meet first: the ask for LONG, the bid for SHORT."""
    return market.ask if side is Side.LONG else market.bid


def worst_value_price(side: Side, market: MarketNow) -> Decimal:
    """Return the higher of expected entry and mark: what the exchange may value the position at."""
    return max(expected_entry_price(side, market), market.mark)


def draft_trade(terms: TradeTerms, situation: Situation) -> Draft | None:
    """Return the trade as it would turn out now, or None when the amount buys less than the smallest quantity."""
    market, rules = situation.market, situation.rules
    price = expected_entry_price(terms.side, market)
    quantity = entry_quantity(terms.amount_usdt, terms.leverage, price, rules)
    if not quantity:
        return None
    taker = situation.rates.taker
    fee = to_decimal(Fraction(quantity) * Fraction(price) * Fraction(taker))
    entry = EntryFill(terms.side, quantity, price, fee)
    liquidation = _liquidation(entry, situation)
    return Draft(
        entry=entry,
        margin=to_decimal(Fraction(quantity) * Fraction(price) / terms.leverage),
        needed_margin=_needed_margin(entry, terms.leverage, market),
        stop=exit_price_for(entry, -terms.sl_usdt, terms.basis, taker, rules.tick_size),
        target=exit_price_for(entry, terms.tp_usdt, terms.basis, taker, rules.tick_size),
        liquidation=liquidation,
        farthest_stop=safest_far_stop(terms.side, rules, liquidation, mark_price=None),
    )


def _needed_margin(entry: EntryFill, leverage: int, market: MarketNow) -> Decimal:
    """Return what must be free: initial margin at the dearer price, the entry fee, and what is lost to the mark."""
    quantity = Fraction(entry.quantity)
    value = quantity * Fraction(worst_value_price(entry.side, market))
    open_loss = -unrealised(entry.side, entry.quantity, entry.average_price, market.mark)
    return to_decimal(value / leverage + Fraction(entry.commission_usdt) + max(Fraction(open_loss), Fraction(0)))


def _liquidation(entry: EntryFill, situation: Situation) -> Decimal | None:
    """Return where the exchange would close this trade, beside everything that the account holds already."""
    symbol = situation.rules.symbol
    account = held_account(situation.balance.cross_wallet_usdt - entry.commission_usdt, situation.positions)
    other = tuple(leg for leg in account.legs(symbol) if leg.side is not entry.side)
    return liquidation_price(
        entry.side,
        account.behind(symbol),
        (Leg(entry.side, entry.quantity, entry.average_price), *other),
        situation.brackets,
        situation.market.mark,
    )
