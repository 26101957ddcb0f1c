"""What a person may ask for and read: the operations behind buttons, tables and charts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session, sessionmaker

from config import Config
from domain.exchange import Candle
from domain.preview.amounts import Quote
from domain.preview.presets import TradePreset
from domain.preview.preview import Preview, Refusal
from domain.terms import InstructionKind, Severity, Side, SymbolRules, TradeTerms
from domain.venues import Venue
from services.access.access import Access
from services.account import current_account_id
from services.accounts.credentials import KeyDesk
from services.accounts.practice import PracticeDesk, PracticeState, PriceMode
from services.dashboard.positions import load_fill_marks
from services.dashboard.snapshot import SnapshotKeeper
from services.dashboard.views import FillMark, InstructionAnswer, JournalEntry, KeyCheck, KeyStatus, RunName, Snapshot
from services.errors import DATABASE_SILENT, NotReadable
from services.feed import MonitorFeed
from services.history.activity import load_activity, load_run_name, load_run_names
from services.history.export import load_csv, load_workbook
from services.history.queries import load_closed, load_curves, load_shares, load_symbols, load_totals
from services.history.statement import load_statement
from services.history.views import (
    ClosedPosition,
    HistoryCurves,
    HistoryFilter,
    HistoryShares,
    HistorySort,
    HistoryTotals,
    Statement,
)
from services.trading.instructions import Instruction, InstructionDesk
from services.trading.market import MarketDesk
from services.trading.presets import PresetDesk
from services.trading.preview import PreviewDesk

UTC_ZONE = ZoneInfo("UTC")


def zone_of(timezone: str | None) -> ZoneInfo:
    """Return the zone of an IANA name, UTC for none or one that is not known."""
    try:
        return ZoneInfo(timezone) if timezone else UTC_ZONE
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC_ZONE


class Services:
    """The only thing pages call. May be shared by all viewers' threads; every instruction is a row, never an order.

    Whatever reads the database raises NotReadable while it is silent, except snapshot(), which shows its last rows on.
    """

    def __init__(
        self, config: Config, sessions: sessionmaker[Session], feed: MonitorFeed, now: Callable[[], datetime]
    ) -> None:
        self.access = Access(config, sessions, lambda: datetime.now(UTC))
        self._sessions = sessions
        self._feed = feed
        self._snapshots = SnapshotKeeper(sessions, feed, now)
        self._market = MarketDesk(feed, now)
        self._previews = PreviewDesk(sessions, feed, self._market, now)
        self._presets = PresetDesk(sessions, now)
        self._desk = InstructionDesk(sessions, feed, now)
        self._keys = KeyDesk(config, sessions, feed, now)
        self._practice = PracticeDesk(lambda: feed.health().venue, lambda: self._keys.exchange().rest_url)

    def snapshot(self) -> Snapshot:
        """Return the picture all live parts share; see SnapshotKeeper.snapshot."""
        return self._snapshots.snapshot()

    def fills(self, position_id: int) -> tuple[FillMark, ...]:
        """Return the fills of one run, oldest first; empty when it is not on this account."""
        with self._reading() as session:
            account_id = self._account_id(session)
            return () if account_id is None else load_fill_marks(session, account_id, position_id)

    def candles(self, symbol: str, interval: str, limit: int) -> tuple[Candle, ...]:
        """Return the latest candles; see MarketDesk.candles. Raises ExchangeUnreachable."""
        return self._market.candles(symbol, interval, limit)

    def symbols(self) -> tuple[str, ...]:
        """Return the pairs that can be traded now."""
        return self._market.symbols()

    def symbol_rules(self, symbol: str) -> SymbolRules | None:
        """Return the exchange's limits for one pair, None when it is not listed or not read yet."""
        return self._market.symbol_rules(symbol)

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        """Return (mark price, age in seconds) as streamed, None when never seen."""
        return self._feed.mark_price(symbol)

    def preview(self, terms: TradeTerms) -> tuple[Preview | None, tuple[Refusal, ...]]:
        """Return how a trade would turn out and why it cannot be sent; see PreviewDesk.preview."""
        return self._previews.preview(terms)

    def quote(self, symbol: str) -> Quote | None:
        """Return what turns prices and percents into USDT; None while it cannot be known."""
        return self._previews.quote(symbol)

    def presets(self) -> tuple[TradePreset, ...]:
        """Return the forms saved under a name."""
        return self._presets.load()

    def save_preset(self, preset: TradePreset) -> None:
        """Keep a form under its name, in place of one of the same name; may raise PresetRefused."""
        self._presets.save(preset)

    def delete_preset(self, name: str) -> None:
        """Forget the form of that name."""
        self._presets.delete(name)

    def open_trade(self, instruction_id: str, terms: TradeTerms) -> InstructionAnswer:
        """Ask for a trade; lapses after a minute."""
        return self._desk.open_trade(instruction_id, terms)

    def close_position(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Ask to close a position at market; never lapses."""
        return self._give(instruction_id, InstructionKind.CLOSE, position_id=position_id)

    def close_part(self, instruction_id: str, position_id: int, share: Decimal) -> InstructionAnswer:
        """Ask to close a fraction (0 to 1) of a position at market; the rest stays protected. Never lapses."""
        return self._fresh(self._desk.close_part(instruction_id, position_id, share))

    def close_foreign(self, instruction_id: str, symbol: str, side: Side) -> InstructionAnswer:
        """Ask to close at market a position this bot did not open."""
        return self._fresh(self._desk.foreign(instruction_id, InstructionKind.CLOSE_FOREIGN, symbol, side))

    def ignore_foreign(self, instruction_id: str, symbol: str, side: Side) -> InstructionAnswer:
        """Say that a position this bot did not open is to be left alone and not asked about again."""
        return self._fresh(self._desk.foreign(instruction_id, InstructionKind.IGNORE_FOREIGN, symbol, side))

    def adopt(
        self, instruction_id: str, symbol: str, side: Side, tp_usdt: Decimal, sl_usdt: Decimal
    ) -> InstructionAnswer:
        """Ask to take over a position this bot did not open; amounts in USDT won or lost, both > 0."""
        return self._fresh(self._desk.adopt(instruction_id, symbol, side, tp_usdt, sl_usdt))

    def edit_plan(self, instruction_id: str, plan_id: int, terms: TradeTerms) -> InstructionAnswer:
        """Ask that a plan's next run opens on these terms; pair and direction stay."""
        return self._fresh(self._desk.edit_plan(instruction_id, plan_id, terms))

    def reopen_now(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Ask to open the next run after this closed one without waiting; lapses after a minute."""
        return self._give(instruction_id, InstructionKind.REOPEN_NOW, position_id=position_id)

    def skip_reopen(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Ask not to open again after this closed run."""
        return self._give(instruction_id, InstructionKind.SKIP_REOPEN, position_id=position_id)

    def write_off(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Say that a position the exchange no longer knows is lost; its result stays unknown."""
        return self._give(instruction_id, InstructionKind.WRITE_OFF, position_id=position_id)

    def pause_plan(self, instruction_id: str, plan_id: int) -> InstructionAnswer:
        """Ask that a plan opens no further runs."""
        return self._give(instruction_id, InstructionKind.PAUSE_PLAN, plan_id=plan_id)

    def resume_plan(self, instruction_id: str, plan_id: int) -> InstructionAnswer:
        """Ask that a paused plan goes on."""
        return self._give(instruction_id, InstructionKind.RESUME_PLAN, plan_id=plan_id)

    def pause_opening(self, instruction_id: str) -> InstructionAnswer:
        """Ask that nothing new is opened; open positions stay protected."""
        return self._give(instruction_id, InstructionKind.PAUSE_ALL)

    def resume_opening(self, instruction_id: str) -> InstructionAnswer:
        """Ask that opening goes on."""
        return self._give(instruction_id, InstructionKind.RESUME_ALL)

    def edit_protection(
        self, instruction_id: str, position_id: int, stop_price: Decimal | None, target_price: Decimal | None
    ) -> InstructionAnswer:
        """Ask for other trigger prices; None leaves that one where it is."""
        return self._fresh(self._desk.edit_protection(instruction_id, position_id, stop_price, target_price))

    def instruction(self, instruction_id: str) -> InstructionAnswer:
        """Return what became of an instruction."""
        return self._desk.answer(instruction_id)

    def closed_positions(
        self,
        wanted: HistoryFilter,
        offset: int,
        limit: int,
        sort: HistorySort = HistorySort.CLOSED,
        descending: bool = True,
    ) -> tuple[ClosedPosition, ...]:
        """Return one page of closed positions; see load_closed."""
        with self._reading() as session:
            return load_closed(session, self._account_id(session), wanted, offset, limit, sort, descending)

    def history_totals(self, wanted: HistoryFilter) -> HistoryTotals:
        """Return the figures over the whole filter."""
        with self._reading() as session:
            return load_totals(session, self._account_id(session), wanted)

    def history_curves(self, wanted: HistoryFilter, timezone: str | None = None) -> HistoryCurves:
        """Return how the result of the filter grew; days begin at midnight of timezone (UTC)."""
        with self._reading() as session:
            return load_curves(session, self._account_id(session), wanted, zone_of(timezone).key)

    def history_shares(self, wanted: HistoryFilter) -> HistoryShares:
        """Return the figures of each pair and each side."""
        with self._reading() as session:
            return load_shares(session, self._account_id(session), wanted)

    def history_symbols(self) -> tuple[str, ...]:
        """Return the pairs that closed anything, in alphabetical order."""
        with self._reading() as session:
            return load_symbols(session, self._account_id(session))

    def statement(self, position_id: int) -> Statement | None:
        """Return everything of one closed run, None when there is no such run on this account."""
        with self._reading() as session:
            return load_statement(session, self._account_id(session), position_id)

    def export_csv(self, wanted: HistoryFilter, timezone: str | None = None) -> bytes:
        """Return every closed position of the filter as CSV; local times are those of timezone (UTC)."""
        with self._reading() as session:
            return load_csv(session, self._account_id(session), wanted, zone_of(timezone))

    def export_workbook(self, wanted: HistoryFilter, timezone: str | None = None) -> bytes:
        """Return every closed position of the filter as an Excel workbook; local times are those of timezone (UTC)."""
        with self._reading() as session:
            return load_workbook(session, self._account_id(session), wanted, zone_of(timezone))

    def run_names(self, limit: int = 100) -> tuple[RunName, ...]:
        """Return the newest runs to choose from, newest first."""
        with self._reading() as session:
            return load_run_names(session, self._account_id(session), limit)

    def run_name(self, position_id: int) -> RunName | None:
        """Return one run to name it by, None when there is none of that id."""
        with self._reading() as session:
            return load_run_name(session, self._account_id(session), position_id)

    def activity(
        self,
        position_id: int | None = None,
        severity: Severity | None = None,
        before_id: int | None = None,
        limit: int = 200,
    ) -> tuple[JournalEntry, ...]:
        """Return journal entries, newest first: of one position, of this gravity or more, older than before_id."""
        with self._reading() as session:
            return load_activity(
                session,
                self._account_id(session),
                position_id=position_id,
                severity=severity,
                before_id=before_id,
                limit=limit,
            )

    def key_status(self) -> KeyStatus:
        """Return what may be shown of keys and venue."""
        return self._keys.status()

    def check_and_save_keys(self, api_key: str, api_secret: str, venue: Venue, leave_parked: bool = False) -> KeyCheck:
        """Check keys with the exchange and store those that work; may raise LivePositionsAsk."""
        return self._keys.check_and_save(api_key, api_secret, venue, leave_parked)

    def delete_keys(self, leave_parked: bool = False) -> None:
        """Delete the saved keys; may raise LivePositionsAsk."""
        self._keys.delete(leave_parked)

    def choose_venue(self, venue: Venue, leave_parked: bool = False) -> None:
        """Choose where to trade; may raise VenueFixed or LivePositionsAsk."""
        self._keys.choose_venue(venue, leave_parked)

    def practice_state(self) -> PracticeState:
        """Return how the practice exchange stands; may raise PracticeRefused."""
        return self._practice.state()

    def practice_set_price(self, symbol: str, price: Decimal) -> None:
        """Set a price on the practice exchange; may raise PracticeRefused."""
        self._practice.set_price(symbol, price)

    def practice_prices(self, mode: PriceMode) -> None:
        """Let prices walk or hold on the practice exchange; may raise PracticeRefused."""
        self._practice.prices(mode)

    def practice_advance(self, seconds: int) -> None:
        """Move the practice exchange's clock on; may raise PracticeRefused."""
        self._practice.advance(seconds)

    def _give(
        self,
        instruction_id: str,
        kind: InstructionKind,
        position_id: int | None = None,
        plan_id: int | None = None,
    ) -> InstructionAnswer:
        return self._fresh(self._desk.give(Instruction(instruction_id, kind, position_id, plan_id)))

    def _fresh(self, answer: InstructionAnswer) -> InstructionAnswer:
        """Let the next picture be made anew after something was asked for."""
        self._snapshots.forget()
        return answer

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        try:
            with self._sessions() as session:
                yield session
        except DATABASE_SILENT as error:
            raise NotReadable from error

    def _account_id(self, session: Session) -> int | None:
        return current_account_id(session, self._feed.health())
