"""How a trade would turn out if it were opened now: fresh prices, the account's rows, and the rules of the form."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from binance_client import BinanceTestnetClient
from domain.bot_status import MonitorHealth
from domain.exchange import ExchangePosition
from domain.position_key import PositionKey
from domain.preview.amounts import Quote
from domain.preview.draft import MarketNow, Situation
from domain.preview.exits import ExitsShown, exit_lines, exit_refusals, exit_sentences, expected_exit_prices
from domain.preview.limits import limit_refusals, trade_asked
from domain.preview.preview import Preview, preview_figures
from domain.preview.refusals import Refusal, refusals
from domain.preview.requested import RequestedTrade, requested_refusals
from domain.terms import FINAL_STATES, LIVE_PHASES, Purpose, SymbolRules, TradeTerms
from domain.venues import Venue
from exchange.errors import KeysRejected, TradingError
from services.account import current_account_id
from services.cache import ttl_cached
from services.errors import reading
from services.feed import MonitorFeed
from services.trading.limits import Limits
from services.trading.market import Market
from storage.tables import OrderRow, PositionRow

MARKET_TTL = timedelta(seconds=1)
SETTINGS_TTL = timedelta(seconds=10)
POSITIONS_TTL = timedelta(seconds=5)  # weight 5, for a liquidation price that moves with the whole account
CONDITIONAL_SLOTS = (
    200  # Source: Binance USDⓈ-M Futures documentation, "New Algo Order" (limit of open conditional orders)
)
_CONDITIONAL = (Purpose.STOP, Purpose.TARGET, Purpose.INTERIM)
_SILENT = (
    "The exchange does not answer right now, so the bot cannot say how this trade would turn out. It keeps trying."
)
_KEYS = "The exchange does not accept the API keys in use. See Settings."


@dataclass(frozen=True, slots=True)
class AccountNow:
    """What the account holds, and how many stops and targets the exchange still takes.

    held names the leverage of each pair and side, ours or external; None = only the exchange knows it.
    """

    held: dict[PositionKey, int | None]
    free_conditional_slots: int


class Previews:
    """Gathers what a verdict needs and asks the rules for it."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        feed: MonitorFeed,
        market: Market,
        limits: Limits,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._feed = feed
        self._market = market
        self._limits = limits
        self._market_now = ttl_cached(MARKET_TTL, key=_venue_and_symbol, timer=timer)(_fetch_market_now)
        self._positions = ttl_cached(POSITIONS_TTL, key=_venue_only, timer=timer)(_fetch_positions)
        self._set_leverage = ttl_cached(SETTINGS_TTL, key=_venue_and_symbol, timer=timer)(_fetch_leverage)

    def preview(
        self, terms: TradeTerms, requested: RequestedTrade | None = None
    ) -> tuple[Preview | None, tuple[Refusal, ...]]:
        """Return the figures, or None where there is nothing to show, and why it cannot be sent (empty = it can).

        A silent exchange is one of the refusals, beside the pair. With the requested trade that the terms come
        from, each number that works is one of its fields as it is filled in, else USDT.

        Raises:
            NotReadable: the database does not answer.
        """
        rules = self._market.symbol_rules(terms.symbol)
        if rules is None or not rules.trading:
            words = f"{terms.symbol} cannot be traded here at the moment. Choose another pair."
            return None, (Refusal("symbol", words),)
        try:
            return self._preview(terms, requested, rules, self._market.client(), self._feed.health())
        except KeysRejected:
            return None, (Refusal("symbol", _KEYS),)
        except TradingError:
            return None, (Refusal("symbol", _SILENT),)

    def quote(self, symbol: str) -> Quote | None:
        """Return what turns prices and percents into USDT, as fresh as a preview; None while it cannot be known."""
        rules = self._market.symbol_rules(symbol)
        if rules is None:
            return None
        try:
            client, health = self._market.client(), self._feed.health()
            balance = health.balance or client.fetch_balance()
            taker = client.fetch_commission_rates(symbol).taker
            return Quote(self._market_now(client, health.venue, symbol), rules, taker, balance.available_usdt)
        except TradingError:
            return None

    def exits(self, terms: TradeTerms, figures: Preview) -> ExitsShown:
        """Return what the moving exits of a trade will do, in numbers; nothing while the fees are not known."""
        rules = self._market.symbol_rules(terms.symbol)
        try:
            taker = self._market.client().fetch_commission_rates(terms.symbol).taker
        except TradingError:
            return ExitsShown()
        if rules is None or exit_refusals(terms, None, rules):
            return ExitsShown()
        prices = expected_exit_prices(terms, figures, taker, rules)
        sentences = exit_sentences(terms.exits, prices, rules, figures.stop_price)
        return ExitsShown(sentences, exit_lines(terms.exits, prices))

    def _preview(
        self,
        terms: TradeTerms,
        requested: RequestedTrade | None,
        rules: SymbolRules,
        client: BinanceTestnetClient,
        health: MonitorHealth,
    ) -> tuple[Preview | None, tuple[Refusal, ...]]:
        with reading(self._sessions) as session:
            account = load_account_now(session, health)
        other = PositionKey(terms.symbol, terms.side).opposite
        market = self._market_now(client, health.venue, terms.symbol)
        situation = Situation(
            market,
            rules,
            client.fetch_leverage_brackets(terms.symbol),
            client.fetch_commission_rates(terms.symbol),
            health.balance or client.fetch_balance(),
            other_side_leverage=self._leverage(client, health.venue, account, other),
            positions=self._positions(client, health.venue),
            free_conditional_slots=account.free_conditional_slots,
        )
        refused = refusals(terms, situation) if requested is None else requested_refusals(requested, situation)
        figures = preview_figures(terms, situation, refused)
        taker = situation.rates.taker
        prices = None if figures is None else expected_exit_prices(terms, figures, taker, rules)
        refused = (*refused, *exit_refusals(terms, prices, rules))
        if figures is not None:
            refused = (*self._beyond_limits(terms, figures, market, health), *refused)
        if PositionKey(terms.symbol, terms.side) in account.held:
            return figures, (_taken(terms), *refused)
        return figures, refused

    def _beyond_limits(
        self, terms: TradeTerms, shown: Preview, market: MarketNow, health: MonitorHealth
    ) -> tuple[Refusal, ...]:
        """Return what the limits have against it, in the words the engine would use after the press."""
        with reading(self._sessions) as session:
            account_id = current_account_id(session, health)
            if account_id is None:
                return ()
            facts = self._limits.facts(session, account_id)
        return limit_refusals(facts, trade_asked(terms, shown, market, plan_id=None))

    def _leverage(
        self, client: BinanceTestnetClient, venue: Venue, account: AccountNow, key: PositionKey
    ) -> int | None:
        """Return the leverage of what is held there, None for nothing."""
        if key not in account.held:
            return None
        return account.held[key] or self._set_leverage(client, venue, key.symbol)


def load_account_now(session: Session, health: MonitorHealth) -> AccountNow:
    """Return what the account holds, from rows and from what the monitor saw of external activity."""
    account_id = current_account_id(session, health)
    live = select(PositionRow).where(PositionRow.account_id == account_id, PositionRow.phase.in_(LIVE_PHASES))
    held: dict[PositionKey, int | None] = {
        PositionKey(position.symbol, position.side): None for position in health.external_positions
    }
    held |= {PositionKey(row.symbol, row.side): row.leverage for row in session.scalars(live)}
    resting = session.scalar(
        select(func.count())
        .select_from(OrderRow)
        .where(
            OrderRow.account_id == account_id,
            OrderRow.state.not_in(FINAL_STATES),
            OrderRow.purpose.in_(_CONDITIONAL),
        )
    )
    return AccountNow(held, CONDITIONAL_SLOTS - (resting or 0))


def _taken(terms: TradeTerms) -> Refusal:
    words = (
        f"There is already an open {terms.side.value} in {terms.symbol} on this account, and the exchange would merge "
        "the two. Close that one first, or choose another pair or the other direction."
    )
    return Refusal("side", words)


def _venue_and_symbol(_: BinanceTestnetClient, venue: Venue, symbol: str) -> tuple[Venue, str]:
    """Return what tells cached answers apart: any client of a venue gets the same ones."""
    return venue, symbol


def _venue_only(_: BinanceTestnetClient, venue: Venue) -> Venue:
    return venue


def _fetch_positions(client: BinanceTestnetClient, _: Venue) -> tuple[ExchangePosition, ...]:
    return tuple(client.fetch_positions())


def _fetch_market_now(client: BinanceTestnetClient, _: Venue, symbol: str) -> MarketNow:
    book = client.fetch_book_ticker(symbol)
    return MarketNow(bid=book.bid, ask=book.ask, mark=client.fetch_mark_price(symbol))


def _fetch_leverage(client: BinanceTestnetClient, _: Venue, symbol: str) -> int:
    return client.fetch_symbol_settings(symbol).leverage
