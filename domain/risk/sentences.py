"""A limit that bites in one plain sentence, the same on the form, in the banner, the journal and notifications."""

from datetime import datetime
from decimal import Decimal

from domain.risk.limits import LimitKind
from domain.wording import counted, format_percent, format_usdt

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_MEASURED = {
    LimitKind.DAY_LOSS: "Today's loss of {used} USDT has reached your limit of {limit} USDT.",
    LimitKind.WEEK_LOSS: "This week's loss of {used} USDT has reached your limit of {limit} USDT.",
    LimitKind.DRAWDOWN: "The account is {used} USDT below its peak, and your limit is {limit} USDT.",
    LimitKind.TOTAL_MARGIN: "Open trades use {used} USDT of margin, and your limit is {limit} USDT.",
    LimitKind.OPEN_RISK: "The stops of open trades could cost {used} USDT, and your limit is {limit} USDT at once.",
    LimitKind.SPREAD: "The spread is {used}, and your limit is {limit}.",
    LimitKind.LIQUIDATION_DISTANCE: "Liquidation is {used} behind the stop, and your limit is {limit}.",
    LimitKind.DAY_GOAL: "Today's profit of {used} USDT has reached your goal of {limit} USDT.",
    LimitKind.CLOSE_ALL_LOSS: "Today's closed and open trades have lost {used} USDT, and your limit is {limit} USDT.",
    LimitKind.CLOSE_ALL_GAIN: "Today's closed and open trades have won {used} USDT, and your limit is {limit} USDT.",
}
_COUNTED = {
    LimitKind.PLAN_LOSSES: "This plan has lost {used} in a row, and your limit is {limit}.",
    LimitKind.LOSSES: "The bot has lost {used} in a row, and your limit is {limit}.",
    LimitKind.OPEN_POSITIONS: "You have {used}, and your limit is {limit}.",
}
_NOUNS = {
    LimitKind.PLAN_LOSSES: "trade",
    LimitKind.LOSSES: "trade",
    LimitKind.OPEN_POSITIONS: "open position",
}


def moment_words(moment: datetime, now: datetime) -> str:
    """Return a moment on the clock of its own zone: "at 14:05" on the day of now, else "on Tue 5 May at 14:05"."""
    clock = f"at {moment:%H:%M}"
    if moment.date() == now.astimezone(moment.tzinfo).date():
        return clock
    return f"on {_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {clock}"


def reached_sentence(kind: LimitKind, used: Decimal, limit: Decimal, then: str) -> str:
    """Return that a limit is reached, and then how it lifts.

    Args:
        kind: any limit but trading hours and cool-down, which have sentences of their own.
        used: as in LimitUse.
        limit: as set.
        then: a sentence on how it lifts, as "New trades can open again at 00:00".
    """
    if kind is LimitKind.OPEN_POSITIONS and not limit:
        return "The limits that were saved cannot be read, so nothing new opens. Set them again in Settings."
    if kind in _COUNTED:
        return f"{_COUNTED[kind].format(used=counted(int(used), _NOUNS[kind]), limit=int(limit))} {then}"
    words = _percent if kind in (LimitKind.SPREAD, LimitKind.LIQUIDATION_DISTANCE) else format_usdt
    return f"{_MEASURED[kind].format(used=words(used), limit=words(limit))} {then}"


def hours_sentence(then: str) -> str:
    """Return that it is outside the trading hours, and when they begin."""
    return f"It is outside your trading hours. {then}"


def cool_down_sentence(losses: int, then: str) -> str:
    """Return that the bot waits after a loss, and until when."""
    after = "a loss" if losses == 1 else f"{losses} losses in a row"
    return f"The bot waits after {after}. {then}"


def trade_loss_sentence(kind: LimitKind, lost: Decimal, at_stops: Decimal, risk: Decimal, limit: Decimal) -> str:
    """Return that the loss so far, the stops of open trades and this trade's could together pass a limit."""
    period, each = ("Today's loss", "a day") if kind is LimitKind.DAY_LOSS else ("This week's loss", "a week")
    named = ((lost, f"{period} is"), (at_stops, "the stops of open trades could cost"), (risk, "this trade could cost"))
    parts = [f"{words} {format_usdt(amount)} USDT" for amount, words in named if amount > 0]
    together = format_usdt(lost + at_stops + risk)
    total = "" if len(parts) == 1 else f": together {together} USDT"
    said = " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    return f"{said[0].upper()}{said[1:]}{total}, more than your limit of {format_usdt(limit)} USDT {each}."


def trade_margin_sentence(used: Decimal, margin: Decimal, limit: Decimal) -> str:
    """Return that this trade's margin does not fit beside that of open trades."""
    return (
        f"Open trades use {format_usdt(used)} USDT of margin and this one would use {format_usdt(margin)} USDT: "
        f"more than your limit of {format_usdt(limit)} USDT."
    )


def trade_open_risk_sentence(used: Decimal, risk: Decimal, limit: Decimal) -> str:
    """Return that this trade's risk does not fit beside that of open trades."""
    return (
        f"The stops of open trades could cost {format_usdt(used)} USDT and this one {format_usdt(risk)} USDT: "
        f"more than your limit of {format_usdt(limit)} USDT at risk at once."
    )


def _percent(percent: Decimal) -> str:
    decimals = 2 if abs(percent) < 10 else 1
    return format_percent(percent, decimals=decimals)
