"""What a person asks of the bot: one row for each press, however often it is pressed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from domain.exit_plan import ExitPlan
from domain.exit_plan_json import stored_exits
from domain.terms import InstructionKind, Side, TradeTerms
from domain.terms_json import BadTerms, check_terms, terms_to_json
from services.account import current_account_id
from services.errors import NotRecorded, reading
from services.feed import MonitorFeed
from services.trading.views import InstructionAnswer
from storage.bot_tables import InstructionRow

LAPSES_AFTER = timedelta(seconds=60)
# What is meant for the market of this minute; an hour later it might meet another position.
_LAPSING = (
    InstructionKind.OPEN,
    InstructionKind.REOPEN_NOW,
    InstructionKind.ADOPT,
    InstructionKind.CLOSE_EXTERNAL,
)
_NO_ACCOUNT = "The bot is not connected to an account yet. Nothing was sent; try again when it is."
_GONE = "There is no such position or plan any more. Nothing was done."
_LAPSED = "The bot did not take this up within a minute, so it was dropped. Nothing was sent."


@dataclass(frozen=True, slots=True)
class Instruction:
    """One press of a button, before it is written down."""

    id: str
    kind: InstructionKind
    position_id: int | None = None
    plan_id: int | None = None
    terms: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ExitsEdit:
    """Other moving exits for an open trade; nothing is done when they are no longer what was seen."""

    wanted: ExitPlan
    seen: ExitPlan


class Instructions:
    """Writes instructions down and tells what became of them; the monitor alone carries them out."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        feed: MonitorFeed,
        now: Callable[[], datetime],
        on_given: Callable[[], None] = lambda: None,
    ) -> None:
        """Build it.

        Args:
            sessions: of the pages' own engine.
            feed: woken when something was written down.
            now: the exchange's time.
            on_given: called after each instruction, e.g. to make the next snapshot anew.
        """
        self._sessions = sessions
        self._feed = feed
        self._now = now
        self._on_given = on_given

    def give(self, instruction: Instruction) -> InstructionAnswer:
        """Write the instruction down once and wake the monitor; the same id again gives the first one's state.

        What opens, and what is done about an external position, lapses after LAPSES_AFTER, the rest never.

        Raises:
            NotRecorded: the database did not take it; giving it again with the same id is safe.
        """
        try:
            with reading(self._sessions, NotRecorded) as session:
                account_id = current_account_id(session, self._feed.health())
                if account_id is None:
                    return InstructionAnswer(instruction.id, done=True, outcome=_NO_ACCOUNT)
                session.execute(self._row(instruction, account_id))
        except IntegrityError:
            return InstructionAnswer(instruction.id, done=True, outcome=_GONE)
        self._on_given()
        self._feed.wake()
        return self.answer(instruction.id)

    def open_trade(self, instruction_id: str, terms: TradeTerms) -> InstructionAnswer:
        """Ask for a trade; terms that make no sense are answered at once and not written down."""
        wrong = _senseless(terms)
        if wrong:
            return InstructionAnswer(instruction_id, done=True, outcome=f"{wrong} Nothing was sent.")
        return self.give(Instruction(instruction_id, InstructionKind.OPEN, terms=terms_to_json(terms)))

    def close_everything(self, instruction_id: str) -> InstructionAnswer:
        """Ask to close every open position at market and to open nothing more until opening is resumed."""
        return self.give(Instruction(instruction_id, InstructionKind.CLOSE_ALL))

    def edit_protection(
        self,
        instruction_id: str,
        position_id: int,
        stop_price: Decimal | None,
        target_price: Decimal | None,
        exits: ExitsEdit | None = None,
    ) -> InstructionAnswer:
        """Ask for other trigger prices and other moving exits; None leaves that one as it is.

        Kept as ``{"stop_price": "60850.0" or null, "target_price": "61400.0" or null}``, with other exits also
        ``"exits"`` and ``"seen_exits"``, each null or as exit_plan_json writes them.
        """
        prices = {"stop_price": stop_price, "target_price": target_price}
        given = [price for price in prices.values() if price is not None]
        if (not given and exits is None) or any(not price.is_finite() or price <= 0 for price in given):
            words = "A stop or target must be a price above 0. Nothing was changed."
            return InstructionAnswer(instruction_id, done=True, outcome=words)
        terms: dict[str, Any] = {name: None if price is None else format(price, "f") for name, price in prices.items()}
        if exits is not None:
            terms |= {"exits": stored_exits(exits.wanted), "seen_exits": stored_exits(exits.seen)}
        return self.give(Instruction(instruction_id, InstructionKind.EDIT_PROTECTION, position_id, terms=terms))

    def close(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Ask to close a position at market; never lapses."""
        return self.give(Instruction(instruction_id, InstructionKind.CLOSE, position_id))

    def close_part(self, instruction_id: str, position_id: int, share: Decimal) -> InstructionAnswer:
        """Ask to close a part at market; kept as ``{"share": "0.5"}``, a fraction of its own quantity."""
        if not share.is_finite() or not 0 < share < 1:
            words = "The part to close must be more than nothing and less than all. Nothing was sent."
            return InstructionAnswer(instruction_id, done=True, outcome=words)
        terms = {"share": format(share, "f")}
        return self.give(Instruction(instruction_id, InstructionKind.CLOSE, position_id, terms=terms))

    def edit_plan(self, instruction_id: str, plan_id: int, terms: TradeTerms) -> InstructionAnswer:
        """Ask that a plan's next position opens on other terms, kept as terms_to_json writes them."""
        wrong = _senseless(terms)
        if wrong:
            return InstructionAnswer(instruction_id, done=True, outcome=f"{wrong} Nothing was changed.")
        return self.give(
            Instruction(instruction_id, InstructionKind.EDIT_PLAN, plan_id=plan_id, terms=terms_to_json(terms))
        )

    def close_external(self, instruction_id: str, symbol: str, side: Side) -> InstructionAnswer:
        """Ask to close at market a position this bot did not open.

        Kept as ``{"symbol": "BTCUSDT", "side": "LONG"}``.
        """
        return self._external(instruction_id, InstructionKind.CLOSE_EXTERNAL, symbol, side)

    def ignore_external(self, instruction_id: str, symbol: str, side: Side) -> InstructionAnswer:
        """Say that a position this bot did not open is to be left alone and not asked about again."""
        return self._external(instruction_id, InstructionKind.IGNORE_EXTERNAL, symbol, side)

    def heed_external(self, instruction_id: str, symbol: str, side: Side) -> InstructionAnswer:
        """Take back that a position this bot did not open is to be left alone.

        Kept as ``{"symbol": "BTCUSDT", "side": "LONG", "heed": true}``.
        """
        terms = {"symbol": symbol, "side": side.value, "heed": True}
        return self.give(Instruction(instruction_id, InstructionKind.IGNORE_EXTERNAL, terms=terms))

    def adopt(
        self, instruction_id: str, symbol: str, side: Side, tp_usdt: Decimal, sl_usdt: Decimal
    ) -> InstructionAnswer:
        """Ask to take over what this bot did not open, protected at these amounts.

        Kept as ``{"symbol": "BTCUSDT", "side": "LONG", "tp_usdt": "15", "sl_usdt": "10"}``.
        """
        amounts = {"tp_usdt": tp_usdt, "sl_usdt": sl_usdt}
        if any(not amount.is_finite() or amount <= 0 for amount in amounts.values()):
            words = "Take profit and stop loss must be more than 0 USDT. Nothing was sent."
            return InstructionAnswer(instruction_id, done=True, outcome=words)
        terms = {"symbol": symbol, "side": side.value}
        terms |= {name: format(amount, "f") for name, amount in amounts.items()}
        return self.give(Instruction(instruction_id, InstructionKind.ADOPT, terms=terms))

    def reopen_now(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Ask to open the plan's next position after this closed one without waiting; lapses after a minute."""
        return self.give(Instruction(instruction_id, InstructionKind.REOPEN_NOW, position_id))

    def skip_reopen(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Ask not to open again after this closed position."""
        return self.give(Instruction(instruction_id, InstructionKind.SKIP_REOPEN, position_id))

    def write_off(self, instruction_id: str, position_id: int) -> InstructionAnswer:
        """Say that a position the exchange no longer knows is lost; its result stays unknown."""
        return self.give(Instruction(instruction_id, InstructionKind.WRITE_OFF, position_id))

    def probe_venue(self, instruction_id: str) -> InstructionAnswer:
        """Ask to measure how the exchange behaves."""
        return self.give(Instruction(instruction_id, InstructionKind.PROBE_VENUE))

    def pause_plan(self, instruction_id: str, plan_id: int) -> InstructionAnswer:
        """Ask that a plan opens nothing further."""
        return self.give(Instruction(instruction_id, InstructionKind.PAUSE_PLAN, plan_id=plan_id))

    def resume_plan(self, instruction_id: str, plan_id: int) -> InstructionAnswer:
        """Ask that a paused plan goes on."""
        return self.give(Instruction(instruction_id, InstructionKind.RESUME_PLAN, plan_id=plan_id))

    def pause_opening(self, instruction_id: str) -> InstructionAnswer:
        """Ask that nothing new is opened; open positions stay protected."""
        return self.give(Instruction(instruction_id, InstructionKind.PAUSE_ALL))

    def resume_opening(self, instruction_id: str) -> InstructionAnswer:
        """Ask that opening goes on."""
        return self.give(Instruction(instruction_id, InstructionKind.RESUME_ALL))

    def answer(self, instruction_id: str) -> InstructionAnswer:
        """Return what became of an instruction; one that was never written down is not done.

        Raises:
            NotRecorded: the database does not answer.
        """
        with reading(self._sessions, NotRecorded) as session:
            row = session.get(InstructionRow, instruction_id)
        if row is None:
            return InstructionAnswer(instruction_id, done=False, outcome=None)
        if row.consumed_at is None and row.lapses_at is not None and row.lapses_at + LAPSES_AFTER < self._now():
            # A whole minute past its time: no monitor takes it up any more, even one whose clock is behind ours.
            return InstructionAnswer(instruction_id, done=True, outcome=_LAPSED)
        return InstructionAnswer(instruction_id, done=row.consumed_at is not None, outcome=row.outcome)

    def _external(self, instruction_id: str, kind: InstructionKind, symbol: str, side: Side) -> InstructionAnswer:
        return self.give(Instruction(instruction_id, kind, terms={"symbol": symbol, "side": side.value}))

    def _row(self, instruction: Instruction, account_id: int) -> Any:  # noqa: ANN401  (SQLAlchemy's Insert is generic)
        now = self._now()
        return (
            insert(InstructionRow)
            .values(
                id=instruction.id,
                account_id=account_id,
                kind=instruction.kind,
                position_id=instruction.position_id,
                plan_id=instruction.plan_id,
                terms=instruction.terms or {},
                created_at=now,
                lapses_at=now + LAPSES_AFTER if instruction.kind in _LAPSING else None,
            )
            .on_conflict_do_nothing(index_elements=[InstructionRow.id])
        )


def _senseless(terms: TradeTerms) -> str:
    """Return what is wrong with terms on any exchange, empty when nothing is."""
    try:
        check_terms(terms)
    except BadTerms as wrong:
        return " ".join(wrong.messages)
    return ""
