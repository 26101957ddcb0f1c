"""Moves between phases, each with what follows from it: the income read, the result, the reopening, the sentence."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from decisions.reconciliation.effects import (
    AttributeAnew,
    Effect,
    Effects,
    ForgetProtection,
    GivePart,
    MarkUnprotected,
    MovePhase,
    Note,
    ReadIncome,
    Recalculate,
    ReconcileAgain,
    RecordEnd,
    SetBracket,
    SetNote,
)
from decisions.reconciliation.reopening import chance_given_back, reopening_after, round_taken
from decisions.reconciliation.view import AbandonedTrade, EntryFacts, TradeFacts
from domain.journal.external_facts import ClosingUnreadable, Missing, WrittenOff
from domain.journal.texts import MISSING_NOTE, sentence
from domain.journal.trade_facts import Closed, LateFill, LateFillClosed, LateFillFate, NotOpened, Opened
from domain.lifecycle import Event, next_phase
from domain.reopening import EntryRefusal
from domain.terms import CloseReason, Phase


def move(position_id: int, phase: Phase, event: Event) -> Effects:
    """Return the move along the life-cycle table; whoever ends a trade, its income is read early.

    Raises:
        ImpossibleMove: the table has no such move.
    """
    moved = next_phase(phase, event)
    if moved is Phase.CLOSED:
        return MovePhase(position_id, moved), ReadIncome()
    return (MovePhase(position_id, moved),)


def entry_progressed(trade: EntryFacts, *, filled: bool) -> Effects:
    """Return the move to OPEN on the first fill, and to the exact bracket as fills come in.

    Where another trade lives at its key, an entry that counted as absent and filled after all cannot live beside it:
    its quantity is closed at market at once, covered until then by the other trade's stop, and it stays FAILED with its
    costs recorded. The same where another try has had its round and is over: a plan opens once a round.

    filled: there are new ones; hearing of the same again moves nothing back that has been moved since.
    """
    if trade.entry_quantity <= 0:
        return ()
    effects: list[Effect] = []
    if trade.phase is Phase.ENTERING:
        assert trade.entry_price is not None
        effects += move(trade.position_id, trade.phase, Event.FIRST_FILL)
        effects.append(SetNote(trade.position_id, None))
        opened = Opened(trade.name, trade.entry_quantity, trade.entry_price, trade.tick_size)
        effects.append(Note(trade.position_id, opened))
    elif trade.phase is Phase.FAILED:
        if trade.key_taken or trade.round_claimed:
            fate = LateFillFate.ANOTHER_IS_OPEN if trade.key_taken else LateFillFate.ANOTHER_WAS_OPENED
            late = Note(trade.position_id, LateFill(trade.name, fate))
            return ForgetProtection(trade.position_id, stop=False), late
        effects += move(trade.position_id, trade.phase, Event.LATE_FILL)
        effects += round_taken(trade)
        effects.append(Note(trade.position_id, LateFill(trade.name, LateFillFate.LIVES)))
    effects.append(MarkUnprotected(trade.position_id))
    if filled:
        effects.append(SetBracket(trade.position_id))
    return tuple(effects)


def entry_ended(trade: EntryFacts, event: Event, why: str, refusal: EntryRefusal, now: datetime) -> Effects:
    """Return the end of a trade that never opened; the reopening it was made for may be tried again.

    Args:
        trade: the trade.
        event: how its entry ended.
        why: a sentence for the person.
        refusal: what a rejection meant, OTHER where there was none.
        now: exchange time.
    """
    effects = list(move(trade.position_id, trade.phase, event))
    if trade.phase is not Phase.ENTERING:
        return tuple(effects)
    effects.append(SetNote(trade.position_id, why))
    effects.append(ForgetProtection(trade.position_id, stop=False))
    effects.append(Note(trade.position_id, NotOpened(trade.name, why)))
    if trade.has_fills:
        effects.append(AttributeAnew(trade.position_id))  # closed by our orders, but never ours
    return (*effects, *chance_given_back(trade, event, why, refusal, now))


def late_fills_closed(trade: TradeFacts) -> Effects:
    """Return what the trade's orders closed beyond its own, given to trades abandoned and filled late at the same key.

    Of the newest fills first, and only what makes the rows agree with what the exchange holds.

    Source: docs/decisions/0018-attribution-of-fills.md
    """
    if not _may_be_flat(trade):
        return ()
    effects: list[Effect] = []
    left = trade
    for late in trade.abandoned:
        part = min(left.exit_quantity - left.entry_quantity, late.own_quantity)
        if part <= 0 or left.exchange_quantity != left.others_quantity - part:
            continue
        given = _newest_parts(left, late, part)
        effects += given
        left = _without(left, given)
        effects += [Recalculate(trade.position_id), Recalculate(late.position_id)]
        effects.append(Note(late.position_id, LateFillClosed(late.name)))
    return tuple(effects)


def _newest_parts(trade: TradeFacts, late: AbandonedTrade, quantity: Decimal) -> list[GivePart]:
    ours = [fill for fill in trade.closing_fills if fill.of_our_order]
    parts: list[GivePart] = []
    for fill in sorted(ours, key=lambda fill: (fill.traded_at, fill.trade_id), reverse=True):
        part = min(quantity, fill.quantity)
        if part <= 0:
            break
        quantity -= part
        parts.append(GivePart(trade.position_id, fill.trade_id, part, late.position_id))
    return parts


def _without(trade: TradeFacts, parts: list[GivePart]) -> TradeFacts:
    """Return the trade as it is once these parts have been given away."""
    given = {part.trade_id: part.quantity for part in parts}
    left = [replace(f, quantity=f.quantity - given.get(f.trade_id, Decimal(0))) for f in trade.closing_fills]
    total = sum(given.values(), Decimal(0))
    return replace(
        trade,
        exit_quantity=trade.exit_quantity - total,
        others_quantity=trade.others_quantity - total,
        closing_fills=tuple(fill for fill in left if fill.quantity),
    )


def may_end(phase: Phase, own_quantity: Decimal) -> bool:
    """Whether anything can follow for a trade that holds so much (base units): most trades of a cycle are just held."""
    return phase is Phase.CLOSING or (phase is Phase.OPEN and own_quantity <= 0)


def closed(trade: TradeFacts) -> Effects:
    """Return the end of a trade whose own quantity is zero by fills, where a position read agrees.

    With a quantity left and no close under way any more, it goes back to where a close can be sent.
    """
    if not may_end(trade.phase, trade.own_quantity):
        return ()
    if trade.own_quantity > 0:
        if trade.closes_over:  # it ended early, or took less than was ours
            return (
                *move(trade.position_id, trade.phase, Event.CLOSE_ENDED_WITH_QUANTITY),
                ReconcileAgain(trade.position_id),
            )
        return ()
    # More out than in: what somebody else had added to it is not known yet.
    if (
        not _may_be_flat(trade)
        or trade.exit_quantity > trade.entry_quantity
        or trade.exchange_quantity != trade.others_quantity
    ):
        return ()
    last = max(trade.closing_fills, key=lambda fill: (fill.traded_at, fill.trade_id))
    return (
        RecordEnd(trade.position_id, last.reason, last.traded_at),
        ForgetProtection(trade.position_id, stop=True),
        *move(trade.position_id, trade.phase, Event.FLAT),
        *reopening_after(trade, last.reason, last.traded_at),
        Note(trade.position_id, Closed(trade.name, last.reason, trade.net_usdt, trade.external_closed)),
    )


def _may_be_flat(trade: TradeFacts) -> bool:
    """Whether everything that the trade may have held is known, and has been closed by fills."""
    live = may_end(trade.phase, trade.own_quantity)
    return live and trade.own_quantity <= 0 < trade.entry_quantity and trade.entry_final


def close_sent(position_id: int, phase: Phase) -> Effects:
    """Return what follows from a close that is about to be committed; a close of a late fill moves nothing."""
    return move(position_id, phase, Event.CLOSE_INTENT) if phase is Phase.OPEN else ()


def written_off(position_id: int, name: str, phase: Phase, now: datetime) -> Effects:
    """Return the end of a trade that the exchange no longer knows, as the person wants it."""
    return (
        *move(position_id, phase, Event.WRITTEN_OFF),
        RecordEnd(position_id, CloseReason.LOST, now, result_known=False),
        Note(position_id, WrittenOff(name)),
    )


def closing_unreadable(position_id: int, phase: Phase, facts: ClosingUnreadable, now: datetime) -> Effects:
    """Return the end of a trade whose closing can no longer be read, with an unknown result: its pair is free again.

    Source: docs/decisions/0087-history-has-an-end.md
    """
    return (
        *move(position_id, phase, Event.WRITTEN_OFF),
        RecordEnd(position_id, CloseReason.LOST, now, result_known=False),
        ForgetProtection(position_id, stop=True),
        SetNote(position_id, sentence(facts)),
        Note(position_id, facts),
    )


def gone_missing(position_id: int, name: str) -> Effects:
    """Return that the exchange has shown nothing of a trade for a while though no fill says why: the person is told."""
    return (
        SetNote(position_id, MISSING_NOTE),
        ForgetProtection(position_id, stop=False),
        Note(position_id, Missing(name)),
    )
