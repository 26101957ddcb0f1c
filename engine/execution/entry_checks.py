"""Whether an entry may be sent now: room, key, terms and prices, judged from what was just read."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.exchange import RequestUsage
from domain.exit_plan import ExitPlan
from domain.position_key import PositionKey
from domain.preview.draft import MarketNow
from domain.preview.preview import Preview, preview
from domain.pricing.brackets import triggers_clear_of_mark
from domain.reopening import EntryRefusal
from engine.requests.reports import EntryFacts
from engine.state.backoff import ENTRY_FACTS_FRESH_FOR_SECONDS, FULL_CHECK_FRESH_FOR
from engine.state.exchange_state import ExchangeState
from engine.state.row_mapping import key_of
from storage.tables import PositionRow

CONDITIONAL_ORDERS_MAX = 200
SLOTS_FOR_A_TRADE = 3
ORDERS_FOR_A_TRADE = 4
WEIGHT_SHARE_FOR_ENTRIES = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class EntryRejected:
    """An entry that may not be sent now; until is when a limit that holds it back lifts, None where nobody knows."""

    why: EntryRefusal
    sentence: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountSetting:
    """What is known of the account and the connection while a cycle lasts."""

    hedge: bool
    opening_paused: bool
    usage: RequestUsage | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What of ours lives where an entry is to go: another trade, one on the other side, orders that are not final."""

    live: PositionRow | None
    opposite: PositionRow | None
    earlier_orders_open: bool


def check_entry(
    facts: EntryFacts,
    exchange: ExchangeState,
    account: AccountSetting,
    neighbours: Neighbours,
    now: datetime,
    monotonic_now: float,
) -> EntryRejected | Preview:
    """Return why these terms may not be sent now, or the figures to send them with.

    Args:
        facts: read for this entry.
        exchange: what is known of the account besides.
        account: how the account is set.
        neighbours: our own trades around it.
        now: exchange time.
        monotonic_now: seconds, by the clock of facts.read_at.
    """
    terms = facts.terms
    rejected = _room(exchange, account, now, slots_for(terms.exits)) or _key_taken(facts, neighbours, monotonic_now)
    if rejected is not None:
        return rejected
    if terms.symbol not in exchange.rules:
        return EntryRejected(EntryRefusal.TERMS_REFUSED, f"{terms.symbol} is not traded here.")
    figures, refusals = preview(
        terms,
        MarketNow(facts.book.bid, facts.book.ask, facts.mark_price),
        exchange.rules[terms.symbol],
        facts.brackets,
        facts.rates,
        facts.balance,
        other_side_leverage=facts.settings.leverage if _other_side_open(facts) else None,
        positions=facts.positions,
        free_conditional_slots=CONDITIONAL_ORDERS_MAX - len(exchange.resting),
    )
    if refusals or figures is None:
        lasting = [refusal.cause for refusal in refusals if not refusal.cause.is_passing]
        why = (lasting or [refusal.cause for refusal in refusals] or [EntryRefusal.TERMS_REFUSED])[0]
        return EntryRejected(why, " ".join(refusal.message for refusal in refusals))
    return _prices_apart(facts, figures, exchange.rules[terms.symbol].tick_size) or figures


def slots_for(exits: ExitPlan) -> int:
    """Return how many conditional orders a trade needs at once: its stop, one to move it over, and its targets."""
    return SLOTS_FOR_A_TRADE - 1 + max(1, len(exits.targets))


def _room(exchange: ExchangeState, account: AccountSetting, now: datetime, slots: int) -> EntryRejected | None:
    """Room before risk: what the stop, the target and a close will need must be free."""
    if not account.hedge:
        return EntryRejected(EntryRefusal.MODE_WRONG, "the account is not in hedge mode.")
    checked = exchange.last_full_check_at
    if checked is None or now - checked > FULL_CHECK_FRESH_FOR:
        sentence = "the account could not be checked in the last 10 seconds."
        return EntryRejected(EntryRefusal.NO_FRESH_CHECK, sentence)
    if len(exchange.resting) + slots > CONDITIONAL_ORDERS_MAX:
        sentence = "the exchange has no room for another stop and target."
        return EntryRejected(EntryRefusal.NO_ROOM_FOR_STOPS, sentence)
    return None if account.usage is None else _request_room(account.usage, now)


def _request_room(usage: RequestUsage, now: datetime) -> EntryRejected | None:
    if usage.blocked_until is not None and usage.blocked_until > now:
        return EntryRejected(EntryRefusal.NO_ROOM_FOR_REQUESTS, "the exchange asked for a pause.")
    full = (
        (usage.weight_1m or 0) > WEIGHT_SHARE_FOR_ENTRIES * usage.weight_limit_1m
        or (usage.orders_10s or 0) + ORDERS_FOR_A_TRADE > usage.orders_limit_10s
        or (usage.orders_1m or 0) + ORDERS_FOR_A_TRADE > usage.orders_limit_1m
    )
    sentence = "the exchange's request limits are nearly used up."
    return EntryRejected(EntryRefusal.NO_ROOM_FOR_REQUESTS, sentence) if full else None


def _key_taken(facts: EntryFacts, neighbours: Neighbours, monotonic_now: float) -> EntryRejected | None:
    key = PositionKey(facts.terms.symbol, facts.terms.side)
    if monotonic_now - facts.read_at > ENTRY_FACTS_FRESH_FOR_SECONDS:
        return EntryRejected(EntryRefusal.NO_FRESH_CHECK, "the exchange answered too slowly.")
    if neighbours.live is not None:
        return EntryRejected(EntryRefusal.POSITION_NOT_EMPTY, f"{key} is open already.")
    opposite = neighbours.opposite
    if opposite is not None and opposite.leverage != facts.terms.leverage:
        return _leverage_taken(key, opposite.leverage)
    if any(key_of(position) == key for position in facts.positions):
        sentence = "the account holds a position there that this bot did not open."
        return EntryRejected(EntryRefusal.POSITION_NOT_EMPTY, sentence)
    if neighbours.earlier_orders_open:
        return EntryRejected(EntryRefusal.EARLIER_ORDERS_OPEN, "an order of the trade before is not finished yet.")
    if facts.settings.leverage != facts.terms.leverage:
        return _leverage_taken(key, facts.settings.leverage)
    return None


def _leverage_taken(key: PositionKey, leverage: int) -> EntryRejected:
    sentence = f"the other side of {key.symbol} is open at {leverage}x; both sides share it."
    return EntryRejected(EntryRefusal.LEVERAGE_TAKEN, sentence)


def _other_side_open(facts: EntryFacts) -> bool:
    key = PositionKey(facts.terms.symbol, facts.terms.side).opposite
    return any(key_of(position) == key for position in facts.positions)


def _prices_apart(facts: EntryFacts, figures: Preview, tick: Decimal) -> EntryRejected | None:
    """On test venues mark and last price drift apart; stops fire by the mark."""
    if triggers_clear_of_mark(facts.terms.side, figures.stop_price, figures.target_price, facts.mark_price, tick):
        return None
    return EntryRejected(EntryRefusal.PRICES_APART, "market price and mark price are too far apart at the moment.")
