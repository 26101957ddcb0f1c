"""Believable trades on a served application: opened by instruction, closed by moving prices."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.terms import Basis, InstructionKind, OrderState, Phase, Purpose, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_to_json
from storage.bot_tables import JournalRow
from storage.connections import create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from storage.income_tables import EquityRow
from storage.tables import AccountRow, FillRow, OrderRow, PositionRow
from tests.browser.serving import Served
from tests.support.instructions import write_instruction
from tests.support.waiting import eventually

Found = TypeVar("Found")
D = Decimal
WITHIN_SECONDS = 40.0
ONCE = ReopenRule(enabled=False, delay=timedelta(0))
AGAIN = ReopenRule(enabled=True, delay=timedelta(minutes=15), maximum=20)
IN_FIXED_ORDER = (PositionRow.symbol, PositionRow.side, PositionRow.id)  # trades of a round open in any order
OPENING_EVENTS = ("opening", "opened", "protected")


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade and whether its price will go to the target, to the stop, or stay while a hand closes it."""

    terms: TradeTerms
    ends_at: Purpose


def trade(symbol: str, side: Side, amount: str, leverage: int, target: str, stop: str, ends_at: Purpose) -> Trade:
    """Return a closed-once trade from plain numbers, USDT."""
    return Trade(TradeTerms(symbol, side, D(amount), leverage, D(target), D(stop), Basis.NET, ONCE), ends_at)


PAST = (
    (
        trade("LTCUSDT", Side.SHORT, "80", 10, "8", "6", Purpose.STOP),
        trade("ETHUSDT", Side.SHORT, "120", 20, "12", "8", Purpose.TARGET),
        trade("SOLUSDT", Side.LONG, "100", 15, "10", "8", Purpose.STOP),
        trade("BNBUSDT", Side.LONG, "100", 10, "8", "6", Purpose.TARGET),
        trade("XRPUSDT", Side.SHORT, "80", 15, "9", "6", Purpose.TARGET),
        trade("DOGEUSDT", Side.LONG, "60", 10, "6", "5", Purpose.STOP),
        trade("LINKUSDT", Side.LONG, "80", 10, "7", "5", Purpose.TARGET),
        trade("AVAXUSDT", Side.SHORT, "80", 10, "8", "6", Purpose.TARGET),
    ),
    (
        trade("BTCUSDT", Side.SHORT, "150", 20, "12", "10", Purpose.CLOSE),
        trade("ETHUSDT", Side.LONG, "120", 20, "12", "8", Purpose.TARGET),
        trade("SOLUSDT", Side.SHORT, "100", 15, "10", "8", Purpose.TARGET),
        trade("BNBUSDT", Side.SHORT, "100", 10, "8", "6", Purpose.STOP),
        trade("LTCUSDT", Side.LONG, "80", 10, "8", "6", Purpose.TARGET),
        trade("ADAUSDT", Side.LONG, "60", 10, "6", "5", Purpose.TARGET),
        trade("DOGEUSDT", Side.SHORT, "60", 10, "6", "5", Purpose.TARGET),
        trade("LINKUSDT", Side.SHORT, "80", 10, "7", "5", Purpose.STOP),
    ),
    (
        trade("ETHUSDT", Side.LONG, "120", 20, "12", "8", Purpose.STOP),
        trade("SOLUSDT", Side.LONG, "100", 15, "10", "8", Purpose.TARGET),
        trade("XRPUSDT", Side.LONG, "80", 15, "9", "6", Purpose.STOP),
        trade("AVAXUSDT", Side.LONG, "80", 10, "8", "6", Purpose.TARGET),
        trade("ADAUSDT", Side.SHORT, "60", 10, "6", "5", Purpose.CLOSE),
        trade("LTCUSDT", Side.SHORT, "80", 10, "8", "6", Purpose.TARGET),
        trade("BNBUSDT", Side.LONG, "100", 10, "8", "6", Purpose.TARGET),
    ),
)
PRESENT = (
    TradeTerms("BTCUSDT", Side.LONG, D(150), 20, D(30), D(15), Basis.NET, AGAIN),
    TradeTerms("ETHUSDT", Side.SHORT, D(120), 20, D(24), D(12), Basis.NET, AGAIN),
    TradeTerms("SOLUSDT", Side.LONG, D(100), 15, D(20), D(10), Basis.NET, AGAIN),
    TradeTerms("XRPUSDT", Side.SHORT, D(80), 15, D(16), D(8), Basis.NET, AGAIN),
    TradeTerms("BNBUSDT", Side.LONG, D(100), 10, D(14), D(7), Basis.NET, AGAIN),
    TradeTerms("LINKUSDT", Side.LONG, D(80), 10, D(12), D(6), Basis.GROSS, ONCE),
)
# It waits longer than taking the pictures takes: else it would open in the midst of them.
LATER = ReopenRule(enabled=True, delay=timedelta(hours=1), maximum=20)
WAITING = TradeTerms("AVAXUSDT", Side.LONG, D(80), 10, D(8), D(6), Basis.NET, LATER)
# What another hand trades on the same account: more of one open position, and a position of its own.
EXTERNAL_ORDERS = (("BTCUSDT", "BUY", "LONG", "0.004"), ("DOGEUSDT", "SELL", "SHORT", "4000"))
# Which way the price of each open trade drifts: for or against it.
DRIFTS = {
    "BTCUSDT": D("1.2"),
    "ETHUSDT": D("-0.8"),
    "SOLUSDT": D("-0.6"),
    "XRPUSDT": D("-1.0"),
    "BNBUSDT": D("0.8"),
    "LINKUSDT": D("-0.3"),
}


class TradingDay:
    """Trades through one served application's database and its practice exchange."""

    def __init__(self, application: Served, chance: random.Random) -> None:
        self.application = application
        self.chance = chance
        self.postgres = EmbeddedPostgres.start(application.folder / "data")
        self.engine = create_database_engine(self.postgres.url, "pictures", 2)
        self.sessions = sessions(self.engine)

    def close(self) -> None:
        """Give up the share in the database."""
        self.engine.dispose()
        self.postgres.stop()

    def make_history(self, now: datetime, span: timedelta) -> None:
        """Trade the past, then spread its times over span."""
        for trades in PAST:
            self._play(trades)
        with self.sessions.begin() as session:
            positions = list(session.scalars(select(PositionRow).order_by(*IN_FIXED_ORDER)))
            self.chance.shuffle(positions)
            for number, position in enumerate(positions):
                self._move_back(session, position, now - self._age(len(positions) - 1 - number, len(positions), span))
            self._redraw_wallet(session)

    def _age(self, later_trades: int, trades: int, span: timedelta) -> timedelta:
        """Return how long ago a position closed: the last four within two hours, the others ever more thinly before."""
        if later_trades < 4:
            return timedelta(minutes=11 + 27 * later_trades + self.chance.randint(0, 9))
        share: float = (later_trades / trades) ** 1.6
        return span * share + timedelta(minutes=self.chance.randint(0, 500))

    def open_trades(self) -> None:
        """Open what the pictures show, and let one trade win that then waits to open again."""
        self._play((Trade(WAITING, Purpose.TARGET),))
        with self.sessions.begin() as session:
            waiting = session.scalars(select(PositionRow).order_by(PositionRow.id.desc()).limit(1)).one()
            assert waiting.closed_at is not None
            self._move_back(session, waiting, waiting.closed_at)
            self._write_journal_in_order(session)
        for terms in PRESENT:
            self._open(terms)
        for terms in PRESENT:
            self._until_protected(terms)

    def let_prices_move(self, rounds: int, step: Decimal) -> None:
        """Lead the prices of the open trades a little for or against them, the same way each time.

        They stay where they are then, so that no stop or target is reached while pictures are taken.
        """
        entries = {terms.symbol: self._until_protected(terms).entry_price for terms in PRESENT}
        rules = self._ticks()
        for number in range(1, rounds + 1):
            for symbol, entry in entries.items():
                assert entry is not None
                noise = D(str(round(self.chance.uniform(-1.2, 1.2), 3)))
                moved = entry * (1 + step * (DRIFTS[symbol] * number * 5 / rounds + noise))
                self.application.set_price(symbol, moved.quantize(rules[symbol]))
            time.sleep(0.5)

    def let_others_trade(self) -> None:
        """Let somebody else add to a position of the bot and open one that the bot knows nothing of."""
        for symbol, side, position_side, quantity in EXTERNAL_ORDERS:
            order = {"symbol": symbol, "side": side, "positionSide": position_side, "quantity": quantity}
            self.application.control("position", {"account": "practice", **order})

    def _play(self, trades: tuple[Trade, ...]) -> None:
        for played in trades:
            self._open(played.terms)
        for played in trades:
            position = self._until_protected(played.terms)
            if played.ends_at is Purpose.CLOSE:
                self._ask(InstructionKind.CLOSE, position.id)
                continue
            price = position.target_price if played.ends_at is Purpose.TARGET else position.stop_price
            assert price is not None
            self.application.set_price(position.symbol, price)
        for played in trades:
            self._until(partial(self._tidy, terms=played.terms), f"{played.terms.symbol} closed")

    def _open(self, terms: TradeTerms) -> None:
        self._ask(InstructionKind.OPEN, None, terms)

    def _ask(self, kind: InstructionKind, position_id: int | None, terms: TradeTerms | None = None) -> None:
        now = datetime.now(UTC)
        written = terms_to_json(terms) if terms else None
        with self.sessions.begin() as session:
            write_instruction(session, kind, now, position_id=position_id, terms=written)

    def _until_protected(self, terms: TradeTerms) -> PositionRow:
        return self._until(lambda session: self._protected(session, terms), f"{terms.symbol} protected")

    def _protected(self, session: Session, terms: TradeTerms) -> PositionRow | None:
        position = self._newest(session, terms)
        if position is None or position.phase is not Phase.OPEN:
            return None
        orders = session.scalars(select(OrderRow).where(OrderRow.position_id == position.id))
        working = {order.purpose for order in orders if order.state is OrderState.WORKING}
        return position if {Purpose.STOP, Purpose.TARGET} <= working else None

    def _tidy(self, session: Session, terms: TradeTerms) -> bool:
        position = self._newest(session, terms)
        if position is None or position.phase is not Phase.CLOSED:
            return False
        return all(
            order.final_at for order in session.scalars(select(OrderRow).where(OrderRow.position_id == position.id))
        )

    def _newest(self, session: Session, terms: TradeTerms) -> PositionRow | None:
        place = (PositionRow.symbol == terms.symbol, PositionRow.side == terms.side)
        return session.scalar(select(PositionRow).where(*place).order_by(PositionRow.id.desc()).limit(1))

    def _until(self, look: Callable[[Session], Found | None], what: str) -> Found:
        def look_now() -> Found | None:
            with self.sessions() as session:
                return look(session)

        return eventually(look_now, lambda: f"{what}; {self.application.health()}", WITHIN_SECONDS)

    def _ticks(self) -> dict[str, Decimal]:
        with self.sessions() as session:
            stops = session.execute(select(PositionRow.symbol, PositionRow.stop_price)).all()
        return {symbol: D(1).scaleb(int(stop.as_tuple().exponent)) for symbol, stop in stops if stop is not None}

    def _move_back(self, session: Session, position: PositionRow, closed_at: datetime) -> None:
        """Give a closed position an earlier place in time, and a life as long as such a trade takes."""
        assert position.closed_at is not None
        back = closed_at - position.closed_at
        longer = timedelta(minutes=self.chance.randint(14, 420))
        opening = back - longer
        for row in session.scalars(select(OrderRow).where(OrderRow.position_id == position.id)):
            row.created_at += opening
            if row.final_at is not None:
                row.final_at += opening if row.purpose is Purpose.ENTRY else back
        for fill in session.scalars(select(FillRow).where(FillRow.position_id == position.id)):
            fill.traded_at += opening if fill.opening else back
        for entry in session.scalars(select(JournalRow).where(JournalRow.position_id == position.id)):
            entry.at += opening if entry.event in OPENING_EVENTS else back
        position.created_at += opening
        position.opened_at = position.opened_at + opening if position.opened_at else None
        position.closed_at = closed_at
        position.result_final = True

    def _write_journal_in_order(self, session: Session) -> None:
        """Number the journal's lines by their new times: the page shows them in the order they were written."""
        lines = list(session.scalars(select(JournalRow).order_by(JournalRow.at, JournalRow.id)))
        columns = [column.key for column in JournalRow.__table__.columns if column.key != "id"]
        session.add_all(JournalRow(**{name: getattr(line, name) for name in columns}) for line in lines)
        session.flush()
        for line in lines:
            session.delete(line)

    def _redraw_wallet(self, session: Session) -> None:
        """Let the wallet's past follow the trades at their new places in time."""
        account_id = session.scalars(select(AccountRow.id)).one()
        trades = session.scalars(
            select(PositionRow).where(PositionRow.closed_at.is_not(None)).order_by(PositionRow.closed_at)
        )
        wallet = session.scalars(select(EquityRow.wallet_usdt).order_by(EquityRow.id)).first() or D(10000)
        for position in trades:
            wallet += position.net_usdt or D(0)
            session.add(
                EquityRow(
                    account_id=account_id,
                    at=position.closed_at,
                    wallet_usdt=wallet,
                    unrealised_usdt=D(0),
                    available_usdt=wallet,
                )
            )
        session.execute(
            update(EquityRow).where(EquityRow.wallet_usdt == D(10000)).values(at=datetime.now(UTC) - timedelta(weeks=6))
        )
