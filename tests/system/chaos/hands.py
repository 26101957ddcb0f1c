"""What the steps of a schedule do: the market moves, the person asks, somebody else trades, things break."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from urllib.error import HTTPError

import requests
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from domain.risk.limits import RiskLimits
from domain.terms import LIVE_PHASES, Basis, InstructionKind, Phase, ReopenRule, ReopenState, Side, TradeTerms
from domain.terms_json import terms_to_json
from storage.tables import PositionRow
from tests.support.instructions import write_instruction
from tests.support.limits import set_limits
from tests.support.practice import PracticeExchange
from tests.system.crash.nursery import ForkedBot
from tests.system.flow.past import Past

D = Decimal
Found = TypeVar("Found")
TICKS = {"BTCUSDT": D("0.1"), "ETHUSDT": D("0.01"), "SOLUSDT": D("0.01")}
LOTS = {"BTCUSDT": D("0.002"), "ETHUSDT": D("0.050"), "SOLUSDT": D("3")}  # what an external trader trades at least
CUT_THE_BOTS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE 'bot-%'"
)


class Hands:
    """One method per kind of step, named like it."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        exchange: PracticeExchange,
        bot: Callable[[], ForkedBot],
        start_again: Callable[[], None],
        frozen_database: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._sessions = sessions
        self._exchange = exchange
        self._bot = bot
        self._start_again = start_again
        self._frozen_database = frozen_database
        # Spans of exchange time, milliseconds, in which the exchange could not be reached or the bot could not run.
        self.out_of_reach: list[tuple[int, int]] = []
        self.killed_at: list[int] = []
        self.past = Past()
        self._asked_about: dict[int, float] = {}  # positions to be written off: when it was asked last

    # The person.

    def open(
        self, symbol: str, side: str, amount: str, tp: str, sl: str, reopen: bool, exits: dict[str, Any] | None
    ) -> None:
        rule = ReopenRule(enabled=reopen, delay=timedelta(seconds=1), maximum=2)
        wanted = TradeTerms(symbol, Side(side), D(amount), 10, D(tp), D(sl), Basis.NET, rule)
        self._instruct(InstructionKind.OPEN, terms=terms_to_json(wanted) | {"exits": exits})

    def set_limits(self, limits: RiskLimits) -> None:
        set_limits(self._sessions, limits, self._exchange.now())

    def close(self, pick: float) -> None:
        self._ask_about(self._live(pick), InstructionKind.CLOSE)

    def close_part(self, pick: float, share: str) -> None:
        self._ask_about(self._live(pick), InstructionKind.CLOSE, {"share": share})

    def skip(self, pick: float) -> None:
        waiting = self._positions(PositionRow.reopen_state == ReopenState.WAITING)
        self._ask_about(_picked(waiting, pick), InstructionKind.SKIP_REOPEN)

    def reopen_now(self, pick: float) -> None:
        self._ask_about(_picked(self._positions(PositionRow.phase == Phase.CLOSED), pick), InstructionKind.REOPEN_NOW)

    def pause(self, pick: float) -> None:
        position = self._live(pick)
        if position is not None:
            self._instruct(InstructionKind.PAUSE_PLAN, plan_id=position.plan_id)

    def edit(self, pick: float, which: str, factor: str) -> None:
        position = self._live(pick)
        if position is None or position.entry_price is None:
            return
        wanted: dict[str, str | None] = {"stop_price": None, "target_price": None}
        for name, price in (("stop", position.stop_price), ("target", position.target_price)):
            if which in (name, "both") and price is not None:
                moved = price + (position.entry_price - price) * D(factor)
                wanted[f"{name}_price"] = str(moved.quantize(TICKS[position.symbol]))
        self._ask_about(position, InstructionKind.EDIT_PROTECTION, wanted)

    def take_over(self, pick: float) -> None:
        self._ask_about_key(pick, InstructionKind.ADOPT, tp_usdt="9", sl_usdt="7")

    def close_external(self, pick: float) -> None:
        self._ask_about_key(pick, InstructionKind.CLOSE_EXTERNAL)

    def ignore(self, pick: float) -> None:
        self._ask_about_key(pick, InstructionKind.IGNORE_EXTERNAL)

    # The market.

    def price(self, symbol: str, factor: str) -> None:
        mark = self._mark(symbol)
        if mark is not None:
            self._set_price(symbol, mark * D(factor))

    def price_apart(self, symbol: str, factor: str) -> None:
        mark = self._mark(symbol)
        if mark is not None:
            apart = (mark * D(factor)).quantize(TICKS[symbol])
            self._exchange.control("price", {"symbol": symbol, "mark": str(apart), "last": str(mark)})

    def fire(self, which: str, pick: float, beyond: str) -> None:
        position = self._live(pick)
        price = None if position is None else position.stop_price if which == "stop" else position.target_price
        if position is not None and price is not None:
            away = position.side.sign * (1 if which == "target" else -1)
            self._set_price(position.symbol, price * (1 + away * D(beyond)))

    def wall(self, pick: float, times: int, gap_seconds: float) -> None:
        position = self._live(pick)
        if position is None or position.stop_price is None or position.target_price is None:
            return
        for number in range(times):
            self._set_price(position.symbol, (position.target_price, position.stop_price)[number % 2])
            time.sleep(gap_seconds)

    # Somebody else on the account.

    def external_add(self, symbol: str, side: str, lots: int) -> None:
        if any((position.symbol, position.side) == (symbol, side) for position in self._gone()):
            return  # nobody could tell from outside that the bot's own quantity is not a part of it
        self._trade(symbol, Side(side), LOTS[symbol] * lots, opening=True)

    def external_leave(self, pick: float) -> None:
        key = _picked(self._shared_positions(), pick)
        if key is not None:
            symbol, side, quantity = key
            self._trade(symbol, side, quantity, opening=False)

    def external_reduce(self, pick: float, share: str) -> None:
        position = self._live(pick)
        if position is not None:
            held = position.entry_quantity - position.exit_quantity
            self._trade(position.symbol, position.side, (held * D(share)).quantize(D("0.001")), opening=False)

    def external_cancel(self, pick: float) -> None:
        resting = [row for row in self._exchange.ledger()["algoOrders"] if row["algoStatus"] == "NEW"]
        row = _picked(resting, pick)
        if row is not None:
            with suppress(HTTPError):
                self._exchange.control("cancel", {"account": "practice", "algoId": row["algoId"]})

    # What breaks.

    def fault(self, **rule: Any) -> None:
        with suppress(HTTPError):
            self._exchange.control("faults", rule)

    def refusal(self, match: str, code: int, times: int) -> None:
        self.fault(match=match, kind="refused", code=code, times=times)

    def odd_row(self, match: str, times: int) -> None:
        self.fault(match=match, kind="odd_row", times=times)

    def ban(self, match: str, seconds: float) -> None:
        self.fault(match=match, kind="banned", seconds=seconds)

    def change_tick(self, symbol: str, tick: str) -> None:
        self._exchange.control("symbol", {"symbol": symbol, "tickSize": tick})

    def change_step(self, symbol: str, step: str) -> None:
        self._exchange.control("symbol", {"symbol": symbol, "stepSize": step})

    def reset_account(self, symbol: str, side: str, lots: int) -> None:
        """Begin the account anew, holding what nobody opened; never where the bot has a trade, which is its own."""
        quantity = (1 if side == Side.LONG else -1) * LOTS[symbol] * lots
        place = {"symbol": symbol, "positionSide": side}
        taken = {(p.symbol, p.side) for p in self._positions(PositionRow.phase.in_(LIVE_PHASES))}
        free = lots and (symbol, Side(side)) not in taken
        seeded = [{**place, "positionAmt": str(quantity)}] if free else []
        answer = self._exchange.control("reseed", {"account": "practice", "positions": seeded})
        self.past.close(answer["forgotten"], self._exchange.now_ms(), seeded)

    def write_off_what_is_gone(self) -> None:
        """Answer the question about trades that a reset took; again every few seconds, as long as it is refused."""
        for position in self._gone():
            if time.monotonic() > self._asked_about.get(position.id, 0.0) + 2:
                self._asked_about[position.id] = time.monotonic()
                self._instruct(InstructionKind.WRITE_OFF, position.id)

    def _gone(self) -> list[PositionRow]:
        """Return the trades that the last reset took and the bot still counts as live."""
        if not self.past.ended_ms:
            return []
        began = datetime.fromtimestamp(self.past.ended_ms[-1] / 1000, UTC)
        return self._positions(PositionRow.phase.in_(LIVE_PHASES) & (PositionRow.created_at <= began))

    def delist(self, symbol: str, seconds: float) -> None:
        """Take a pair off the exchange, which settles what is open there, and list it again."""
        with self._unreachable():
            self._exchange.control("symbol", {"symbol": symbol, "status": "SETTLING"})
            time.sleep(seconds)
            self._exchange.control("symbol", {"symbol": symbol, "status": "TRADING"})

    def kill(self) -> None:
        self.killed_at.append(self._exchange.now_ms())
        self._bot().kill()
        self._start_again()

    def freeze(self, seconds: float) -> None:
        with self._unreachable():
            self._bot().signal(signal.SIGSTOP)
            time.sleep(seconds)
            self._bot().signal(signal.SIGCONT)

    def silence(self, seconds: float) -> None:
        with self._unreachable(), self._exchange.silent():
            time.sleep(seconds)

    def restart_exchange(self) -> None:
        with self._unreachable():
            self._exchange.kill()
            self._exchange.start()

    def cut_database(self) -> None:
        with self._sessions() as session:
            session.execute(CUT_THE_BOTS)

    def hang_database(
        self, seconds: float, meanwhile: str, pick: float, times: int = 1, between_seconds: float = 0.0
    ) -> None:
        """Let the database hang, once or again after a moment, each time with what happens meanwhile."""
        for number in range(times):
            time.sleep(between_seconds if number else 0.0)
            self._hang_once(seconds, meanwhile, pick)

    def _hang_once(self, seconds: float, meanwhile: str, pick: float) -> None:
        position = self._live(pick)  # nobody can look once it hangs
        with self._frozen_database():
            if meanwhile == "kill":
                self.kill()
            elif meanwhile == "external_cancel":
                self.external_cancel(pick)
            elif position is not None and meanwhile in ("stop", "target"):
                price = position.stop_price if meanwhile == "stop" else position.target_price
                if price is not None:
                    self._set_price(position.symbol, price)
            time.sleep(seconds)

    def refuse_stop(self, pick: float, lost_closes: int) -> None:
        """Take a stop away where the price has passed it, and lose the closes that follow."""
        position = self._live(pick)
        if position is None or position.stop_price is None:
            return
        if lost_closes:
            self.fault(match="POST /fapi/v1/order", kind="drop_before", times=lost_closes)
        for row in self._exchange.ledger()["algoOrders"]:
            ours = (row["symbol"], row["positionSide"]) == (position.symbol, position.side)
            if ours and row["algoStatus"] == "NEW" and row["orderType"] == "STOP_MARKET":
                with suppress(HTTPError):
                    self._exchange.control("cancel", {"account": "practice", "algoId": row["algoId"]})
        self._set_price(position.symbol, position.stop_price * (1 - position.side.sign * D("0.001")))

    def advance(self, seconds: float) -> None:
        with self._unreachable():
            self._exchange.control("clock", {"advance_seconds": seconds})

    # Looking and asking.

    @contextmanager
    def _unreachable(self) -> Iterator[None]:
        began = self._exchange.now_ms()
        yield
        self.out_of_reach.append((began, self._exchange.now_ms()))

    def _ask_about(
        self, position: PositionRow | None, kind: InstructionKind, terms: dict[str, str | None] | None = None
    ) -> None:
        if position is not None:
            self._instruct(kind, position.id, terms)

    def _ask_about_key(self, pick: float, kind: InstructionKind, **terms: str) -> None:
        key = _picked(self._shared_positions(), pick)
        if key is not None:
            self._instruct(kind, terms={"symbol": key[0], "side": key[1].value, **terms})

    def _instruct(
        self,
        kind: InstructionKind,
        position_id: int | None = None,
        terms: dict[str, Any] | None = None,
        plan_id: int | None = None,
    ) -> None:
        now = self._exchange.now()
        with self._sessions.begin() as session:
            write_instruction(session, kind, now, position_id=position_id, plan_id=plan_id, terms=terms)

    def _live(self, pick: float) -> PositionRow | None:
        return _picked(self._positions(PositionRow.phase.in_(LIVE_PHASES)), pick)

    def _positions(self, which: Any) -> list[PositionRow]:
        with self._sessions() as session:
            return list(session.scalars(select(PositionRow).where(which).order_by(PositionRow.id)))

    def _shared_positions(self) -> list[tuple[str, Side, Decimal]]:
        """Return (symbol, side, quantity beyond what our live positions hold there) of positions that hold more."""
        ours = {
            (position.symbol, position.side): position.entry_quantity - position.exit_quantity
            for position in self._positions(PositionRow.phase.in_(LIVE_PHASES))
        }
        readings = []
        for row in self._exchange.ledger()["positions"]:
            side = Side(row["positionSide"])
            beyond = abs(D(row["positionAmt"])) - ours.get((row["symbol"], side), D(0))
            if beyond > 0:
                readings.append((row["symbol"], side, beyond))
        return readings

    def _trade(self, symbol: str, side: Side, quantity: Decimal, *, opening: bool) -> None:
        body = {
            "account": "practice",
            "symbol": symbol,
            "side": "BUY" if opening == (side is Side.LONG) else "SELL",
            "positionSide": side.value,
            "quantity": str(quantity),
        }
        with suppress(HTTPError):  # too small, or closed meanwhile
            self._exchange.control("position", body)

    def _mark(self, symbol: str) -> Decimal | None:
        # Asked in the open, so faults may hit this question too: then the price stays.
        with suppress(requests.RequestException, KeyError, ValueError):
            address = f"{self._exchange.url}/fapi/v1/premiumIndex"
            return D(requests.get(address, params={"symbol": symbol}, timeout=10).json()["markPrice"])
        return None

    def _set_price(self, symbol: str, price: Decimal) -> None:
        self._exchange.control("price", {"symbol": symbol, "price": str(price.quantize(TICKS[symbol]))})


def _picked(rows: Sequence[Found], pick: float) -> Found | None:
    return rows[int(pick * len(rows))] if rows else None
