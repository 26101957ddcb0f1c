"""The sentences of the journal: one for each event, from its facts alone; the only place that words them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from domain.exit_plan import MoveReason
from domain.journal.bot_facts import (
    AlertRaised,
    AlertResolved,
    DailySummary,
    EnvironmentReset,
    LimitLifted,
    LimitReached,
    PracticeBegun,
    ResultsRecounted,
    SignedIn,
    VenueMeasured,
    WeeklySummary,
)
from domain.journal.exit_facts import ExitsEdited, StopMoved, TargetHit
from domain.journal.external_facts import (
    Adopted,
    ClosingExternalPart,
    ClosingUnreadable,
    ExternalPartLeft,
    ExternalTrade,
    Missing,
    WrittenOff,
)
from domain.journal.facts import JournalFacts, facts_from_json
from domain.journal.order_facts import (
    BracketAdjusted,
    MoveRejected,
    OrderRejected,
    OrderUnanswered,
    Protected,
    ProtectionEdited,
    RejectedAtTrigger,
    StopGone,
    StopLost,
    TargetRejected,
)
from domain.journal.person_facts import (
    KeysDeleted,
    KeysSaved,
    LimitLiftedByHand,
    LimitsChanged,
    PasswordRemoved,
    PasswordSet,
    PeakReset,
    SecondFactorAdded,
    SecondFactorRemoved,
    SignedOutEverywhere,
    VenueChosen,
)
from domain.journal.trade_facts import (
    CloseAsked,
    Closed,
    ClosePartAsked,
    Closing,
    LateFill,
    LateFillClosed,
    LateFillFate,
    NotOpened,
    NotReopened,
    Opened,
    Opening,
    PartClosed,
    ReopenSkipped,
    ReopenWaits,
)
from domain.terms import CloseReason, Purpose
from domain.wording import closed_sentence, counted, format_duration, format_price, format_quantity, format_usdt

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


def _opened(facts: Opened) -> str:
    price = price_text(facts.entry_price, facts.tick_size)
    return f"Opened {facts.trade}: {format_quantity(facts.quantity)} at {price}."


def _protection_edited(facts: ProtectionEdited) -> str:
    prices = [price_text(price, facts.tick_size) for price in (facts.stop_price, facts.target_price) if price]
    return f"You changed stop and target of {facts.trade}: {' and '.join(prices)}."


def _closing_unreadable(facts: ClosingUnreadable) -> str:
    entered = "" if facts.entry_price is None else f" at {price_text(facts.entry_price, None)}"
    return (
        f"{facts.trade} has been closed, and how can no longer be read: the exchange keeps 90 days. It had entered "
        f"with {format_quantity(facts.quantity)}{entered}; its result is unknown, in no sum. The pair is free."
    )


def _stop_moved(facts: StopMoved) -> str:
    price = price_text(facts.stop_price, facts.tick_size)
    return f"Stop-loss of {facts.trade} moves to {price}: {_MOVED[facts.why]}"


def _move_rejected(facts: MoveRejected) -> str:
    price = price_text(facts.stop_price, facts.tick_size)
    also = " It closes what somebody else added as well." if facts.closes_external else ""
    which = "target" if facts.of_target else "stop-loss"
    return f"{facts.trade}: the new {which} was refused; the old one stays at {price}.{also}"


def _close_asked(facts: CloseAsked) -> str:
    if facts.limits:
        return f"{facts.trade} is closed, as you set it: {facts.limits}."
    if facts.everything:
        return f"You asked to close everything: {facts.trade}."
    return f"You asked to close {facts.trade}{', which somebody else had opened' if facts.external else ''}."


def _closing(facts: Closing) -> str:
    words = {
        CloseReason.MANUAL: "closing at market, as you asked.",
        CloseReason.TP: "the target price is already reached; closing at market.",
        CloseReason.SL: "the price has come back to where the stop-loss was to move; closing at market.",
        CloseReason.TIME: "its time is up; closing at market.",
    }.get(facts.reason, "no stop-loss can be kept on the exchange; closing at market to be safe.")
    return f"{facts.trade}: {'closing at market what was filled late.' if facts.late_fill else words}"


def _closed(facts: Closed) -> str:
    words = closed_sentence(facts.reason, facts.net_usdt)
    if facts.external_quantity > 0:
        theirs = format_quantity(facts.external_quantity)
        words += f". {theirs} of somebody else's was closed along with it and is not in this"
    return f"{facts.trade}: {words}."


def _adopted(facts: Adopted) -> str:
    if facts.added_part:
        return f"You took over what was added to {facts.trade}."
    return f"You took over {facts.trade}; the bot protects it now."


def _external_fill(facts: ExternalTrade) -> str:
    who = "the exchange itself" if facts.by_exchange else "somebody else"
    sentences = []
    if facts.external_change:
        change = "was added to" if facts.external_change > 0 else "was taken from"
        sentences.append(f"{format_quantity(abs(facts.external_change))} {change} {facts.trade} by {who}.")
    if facts.own_closed > 0:
        sentences.append(f"{format_quantity(facts.own_closed)} of the bot's {facts.trade} was closed by {who}.")
    return " ".join(sentences)


def _recounted(facts: ResultsRecounted) -> str:
    which = facts.first_day
    if facts.days > 1:
        which = f"{facts.days} days between {facts.first_day} and {facts.last_day}"
    return f"The sums that History keeps did not match the trades of {which}. They were counted again and match now."


def _environment_reset(facts: EnvironmentReset) -> str:
    gone = f" {counted(facts.gone, 'trade')} of the bot went with it: write off what is gone." if facts.gone else ""
    left = f" Open there, and not opened here: {facts.left}." if facts.left else ""
    return (
        "The test exchange was reset, so a new chapter begins here: drawdown, wallet curve and books count from now, "
        f"and the old history stays.{gone}{left}"
    )


def _practice_begun(facts: PracticeBegun) -> str:
    went = ""
    if facts.gone:
        it = "was" if facts.gone == 1 else "were"
        went = f" {counted(facts.gone, 'trade')} that {it} open went with the old account, as the history did."
    return f"Practice begins anew with {format_usdt(facts.balance_usdt)} USDT.{went}"


def _summary(period: str, facts: DailySummary | WeeklySummary) -> str:
    if not facts.trades:
        return f"{period}: no trade closed. Open now: {facts.open_now}."
    text = (
        f"{period}: {format_usdt(facts.net_usdt, signed=True)} USDT after fees from {counted(facts.trades, 'trade')}, "
        f"{facts.won} won, {facts.lost} lost"
    )
    if facts.best_usdt is not None and facts.worst_usdt is not None and facts.trades > 1:
        best, worst = (format_usdt(value, signed=True) for value in (facts.best_usdt, facts.worst_usdt))
        text += f"; best {best}, worst {worst}"
    unknown = f" The result of {facts.unknown} is not known." if facts.unknown else ""
    return f"{text}.{unknown} Open now: {facts.open_now}."


def _of_order(purpose: Purpose, trade: str, words: str) -> str:
    return f"{purpose.value.capitalize()} order of {trade}: {words}"


_SENTENCES: Mapping[type[JournalFacts], Callable[[Any], str]] = {
    SignedIn: lambda f: f"Signed in to {f.venue}, account {f.alias}.",
    AlertRaised: lambda f: f"{f.title}. {f.text}",
    AlertResolved: lambda f: f"Over after {format_duration(timedelta(seconds=f.lasted_seconds))}: {f.title}.",
    Opening: lambda f: f"Opening {f.trade} at market.",
    Opened: _opened,
    NotOpened: lambda f: f"{f.trade} was not opened: {f.reason}",
    NotReopened: lambda f: f"{f.trade} was not opened again: {f.reason}",
    LateFill: lambda f: f"{f.trade}: the entry thought lost was filled after all; the bot {_LATE_FILL[f.fate]}",
    LateFillClosed: lambda f: f"{f.trade}: what was filled late was closed along with the trade in its place.",
    Protected: lambda f: (
        f"Stop-loss of {f.trade} is placed on the exchange at {price_text(f.stop_price, f.tick_size)}."
    ),
    StopLost: lambda f: f"{f.trade}: {_STOP_GONE[f.why]}",
    BracketAdjusted: lambda f: f"{f.trade}: {f.note}",
    ProtectionEdited: _protection_edited,
    StopMoved: _stop_moved,
    TargetHit: lambda f: f"{f.trade}: target {f.number} was reached, {format_quantity(f.quantity)} is closed.",
    ExitsEdited: lambda f: f"You changed how the exits of {f.trade} move.",
    MoveRejected: _move_rejected,
    TargetRejected: lambda f: f"{f.trade}: the exchange does not take this target; the stop-loss stays.",
    CloseAsked: _close_asked,
    ClosePartAsked: lambda f: f"You asked to close {format_quantity(f.quantity)} of {f.trade}.",
    PartClosed: lambda f: f"{format_quantity(f.quantity)} of {f.trade} is closed, as you asked. The rest is protected.",
    Closing: _closing,
    Closed: _closed,
    WrittenOff: lambda f: f"{f.trade} was written off: the exchange no longer knows it, its result is unknown.",
    ReopenSkipped: lambda f: f"You skipped opening {f.trade} again.",
    ReopenWaits: lambda f: f"{f.trade} waits to open again. {f.reason}",
    LimitReached: lambda f: f.reason,
    LimitLifted: lambda f: f"{f.name}: the limit no longer holds. New trades can open again.",
    Missing: lambda f: f"{f.trade}: {MISSING_NOTE}",
    ClosingUnreadable: _closing_unreadable,
    Adopted: _adopted,
    ExternalTrade: _external_fill,
    ClosingExternalPart: lambda f: (
        f"You asked to close the {format_quantity(f.quantity)} that somebody else added to {f.trade}."
    ),
    ExternalPartLeft: lambda f: (
        f"You left the {format_quantity(f.quantity)} that somebody else added to {f.trade} alone: "
        "it has no stop-loss of the bot."
    ),
    OrderUnanswered: lambda f: _of_order(f.purpose, f.trade, "no answer yet; the bot asks until it knows."),
    OrderRejected: lambda f: _of_order(f.purpose, f.trade, f"the exchange refused it: {f.reason}"),
    RejectedAtTrigger: lambda f: _of_order(f.purpose, f.trade, "the exchange refused it when it fired."),
    ResultsRecounted: _recounted,
    EnvironmentReset: _environment_reset,
    PracticeBegun: _practice_begun,
    VenueMeasured: lambda f: (
        f"Measured how the exchange behaves: {f.answered} of {f.questions} open questions have an answer. The report "
        "is in Settings."
    ),
    DailySummary: lambda f: _summary("Yesterday", f),
    WeeklySummary: lambda f: _summary("Last week", f),
    PasswordSet: lambda f: "You set a password for the dashboard.",
    PasswordRemoved: lambda f: "You removed the dashboard's password.",
    SecondFactorAdded: lambda f: "You added a code from your phone to the dashboard's password.",
    SecondFactorRemoved: lambda f: "You removed the code from your phone.",
    SignedOutEverywhere: lambda f: "You logged out of the dashboard everywhere.",
    KeysSaved: lambda f: f"You saved API keys ending in {f.last_four} for {f.venue.label}.",
    KeysDeleted: lambda f: f"You deleted the saved API keys (ending in {f.last_four}).",
    VenueChosen: lambda f: f"You chose {f.venue.label}.",
    LimitsChanged: lambda f: f"You changed your limits: {f.changes}.",
    LimitLiftedByHand: lambda f: f"You lifted a limit: {f.name}. It counts anew from now.",
    PeakReset: lambda f: "You reset the peak: the drawdown counts from what is in the account now.",
}
