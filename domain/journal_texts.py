"""The sentences of the journal: one for each event, from its facts alone; the only place that words them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from domain import journal_events as events
from domain.exit_plan import MoveReason
from domain.journal_events import JournalFacts, LateFillFate, StopGone, facts_from_json
from domain.terms import CloseReason, Purpose
from domain.wording import closed_sentence, format_duration, format_price, format_quantity

MISSING_NOTE = (
    "the exchange no longer shows this position and no trade says why. The bot sends nothing more for it. "
    "If the test account was reset, write the position off."
)
_STOP_GONE = {
    StopGone.NOT_FOUND: "the exchange cannot find the stop-loss; the bot places it again.",
    StopGone.CANCELLED: "its stop-loss was cancelled.",
    StopGone.CANCELLED_ELSEWHERE: "its stop-loss was cancelled on the exchange; the bot places it again.",
    StopGone.REJECTED_AT_TRIGGER: "its stop-loss was refused when it fired.",
    StopGone.FILLED_IN_PART: "its stop-loss fired and did not fill completely; the bot closes the rest.",
    StopGone.POSITION_BACK: "it is there again; the bot takes care of it.",
}
_LATE_FILL = {
    LateFillFate.LIVES: "takes care of it.",
    LateFillFate.ANOTHER_IS_OPEN: "closes it, because another one is open there.",
    LateFillFate.ANOTHER_WAS_OPENED: "closes it, because another one was opened in its stead.",
}
_MOVED = {
    MoveReason.BREAK_EVEN: "the trade can lose nothing there, fees counted.",
    MoveReason.TRAIL: "it follows the price.",
    MoveReason.LOCK_IN: "it keeps a part of the profit.",
    MoveReason.TARGET_REACHED: "a target was reached.",
}


def sentence(facts: JournalFacts) -> str:
    """Return what a person reads of an event."""
    return _SENTENCES[type(facts)](facts)


def stored_sentence(event: str, stored: Mapping[str, Any], text: str) -> str:
    """Return what a person reads of a stored row; the text it was written with where its facts do not suffice."""
    facts = facts_from_json(event, stored)
    return text if facts is None else sentence(facts)


def price_text(price: Decimal, tick_size: Decimal | None) -> str:
    """Return a price for a sentence: to the pair's tick, or with all its digits while the pair's rules are unread."""
    return format_quantity(price) if tick_size is None else format_price(price, tick_size)


def _opened(facts: events.Opened) -> str:
    price = price_text(facts.entry_price, facts.tick_size)
    return f"Opened {facts.trade}: {format_quantity(facts.quantity)} at {price}."


def _protection_edited(facts: events.ProtectionEdited) -> str:
    prices = [price_text(price, facts.tick_size) for price in (facts.stop_price, facts.target_price) if price]
    return f"You changed stop and target of {facts.trade}: {' and '.join(prices)}."


def _stop_moved(facts: events.StopMoved) -> str:
    price = price_text(facts.stop_price, facts.tick_size)
    return f"Stop-loss of {facts.trade} moves to {price}: {_MOVED[facts.why]}"


def _move_rejected(facts: events.MoveRejected) -> str:
    price = price_text(facts.stop_price, facts.tick_size)
    also = " It closes what somebody else added as well." if facts.closes_external else ""
    return f"{facts.trade}: the new stop-loss was refused; the old one stays at {price}.{also}"


def _close_asked(facts: events.CloseAsked) -> str:
    if facts.limits:
        return f"{facts.trade} is closed, as you set it: {facts.limits}."
    if facts.everything:
        return f"You asked to close everything: {facts.trade}."
    return f"You asked to close {facts.trade}{', which somebody else had opened' if facts.external else ''}."


def _closing(facts: events.Closing) -> str:
    words = {
        CloseReason.MANUAL: "closing at market, as you asked.",
        CloseReason.TP: "the target price is already reached; closing at market.",
        CloseReason.SL: "the price has come back to where the stop-loss was to move; closing at market.",
        CloseReason.TIME: "its time is up; closing at market.",
    }.get(facts.reason, "no stop-loss can be kept on the exchange; closing at market to be safe.")
    return f"{facts.trade}: {'closing at market what was filled late.' if facts.late_fill else words}"


def _closed(facts: events.Closed) -> str:
    words = closed_sentence(facts.reason, facts.net_usdt)
    if facts.external_quantity > 0:
        theirs = format_quantity(facts.external_quantity)
        words += f". {theirs} of somebody else's was closed along with it and is not in this"
    return f"{facts.trade}: {words}."


def _adopted(facts: events.Adopted) -> str:
    if facts.added_part:
        return f"You took over what was added to {facts.trade}."
    return f"You took over {facts.trade}; the bot protects it now."


def _external_fill(facts: events.ExternalTrade) -> str:
    who = "the exchange itself" if facts.by_exchange else "somebody else"
    sentences = []
    if facts.external_change:
        change = "was added to" if facts.external_change > 0 else "was taken from"
        sentences.append(f"{format_quantity(abs(facts.external_change))} {change} {facts.trade} by {who}.")
    if facts.own_closed > 0:
        sentences.append(f"{format_quantity(facts.own_closed)} of the bot's {facts.trade} was closed by {who}.")
    return " ".join(sentences)


def _recounted(facts: events.ResultsRecounted) -> str:
    which = facts.first_day
    if facts.days > 1:
        which = f"{facts.days} days between {facts.first_day} and {facts.last_day}"
    return f"The sums that History keeps did not match the trades of {which}. They were counted again and match now."


def _of_order(purpose: Purpose, trade: str, words: str) -> str:
    return f"{purpose.value.capitalize()} order of {trade}: {words}"


_SENTENCES: Mapping[type[JournalFacts], Callable[[Any], str]] = {
    events.SignedIn: lambda f: f"Signed in to {f.venue}, account {f.alias}.",
    events.AlertRaised: lambda f: f"{f.title}. {f.text}",
    events.AlertResolved: lambda f: f"Over after {format_duration(timedelta(seconds=f.lasted_seconds))}: {f.title}.",
    events.Opening: lambda f: f"Opening {f.trade} at market.",
    events.Opened: _opened,
    events.NotOpened: lambda f: f"{f.trade} was not opened: {f.reason}",
    events.NotReopened: lambda f: f"{f.trade} was not opened again: {f.reason}",
    events.LateFill: lambda f: f"{f.trade}: the entry thought lost was filled after all; the bot {_LATE_FILL[f.fate]}",
    events.LateFillClosed: lambda f: f"{f.trade}: what was filled late was closed along with the run in its place.",
    events.Protected: lambda f: (
        f"Stop-loss of {f.trade} is placed on the exchange at {price_text(f.stop_price, f.tick_size)}."
    ),
    events.StopLost: lambda f: f"{f.trade}: {_STOP_GONE[f.why]}",
    events.BracketAdjusted: lambda f: f"{f.trade}: {f.note}",
    events.ProtectionEdited: _protection_edited,
    events.StopMoved: _stop_moved,
    events.TargetHit: lambda f: f"{f.trade}: target {f.number} was reached, {format_quantity(f.quantity)} is closed.",
    events.ExitsEdited: lambda f: f"You changed how the exits of {f.trade} move.",
    events.MoveRejected: _move_rejected,
    events.TargetRejected: lambda f: f"{f.trade}: the exchange does not take this target; the stop-loss stays.",
    events.CloseAsked: _close_asked,
    events.ClosePartAsked: lambda f: f"You asked to close {format_quantity(f.quantity)} of {f.trade}.",
    events.Closing: _closing,
    events.Closed: _closed,
    events.WrittenOff: lambda f: f"{f.trade} was written off: the exchange no longer knows it, its result is unknown.",
    events.ReopenSkipped: lambda f: f"You skipped opening {f.trade} again.",
    events.ReopenWaits: lambda f: f"{f.trade} waits to open again. {f.reason}",
    events.LimitReached: lambda f: f.reason,
    events.LimitLifted: lambda f: f"{f.name}: the limit no longer holds. New trades can open again.",
    events.Missing: lambda f: f"{f.trade}: {MISSING_NOTE}",
    events.Adopted: _adopted,
    events.ExternalTrade: _external_fill,
    events.ClosingExternalPart: lambda f: (
        f"You asked to close the {format_quantity(f.quantity)} that somebody else added to {f.trade}."
    ),
    events.ExternalPartLeft: lambda f: (
        f"You left the {format_quantity(f.quantity)} that somebody else added to {f.trade} alone: "
        "it has no stop-loss of the bot."
    ),
    events.OrderUnanswered: lambda f: _of_order(f.purpose, f.trade, "no answer yet; the bot asks until it knows."),
    events.OrderRejected: lambda f: _of_order(f.purpose, f.trade, f"the exchange refused it: {f.reason}"),
    events.RejectedAtTrigger: lambda f: _of_order(f.purpose, f.trade, "the exchange refused it when it fired."),
    events.ResultsRecounted: _recounted,
}
