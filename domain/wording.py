"""Words and numbers as a person reads them."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from domain.terms import CloseReason, OrderState, Phase, Purpose, ReopenState, Side

NARROW_SPACE = "\u202f"  # never ends a line, as an ordinary thin space may
MINUS = "\u2212"

_PHASES = {
    Phase.ENTERING: "Opening",
    Phase.OPEN: "Open",
    Phase.CLOSING: "Closing",
    Phase.CLOSED: "Closed",
    Phase.FAILED: "Not opened",
}
_CLOSED = {
    CloseReason.TP: "Closed by take-profit",
    CloseReason.SL: "Closed by stop-loss",
    CloseReason.MANUAL: "Closed by you",
    CloseReason.TIME: "Closed by the time stop",
    CloseReason.UNPROTECTED: "Closed by the bot, because its stop could not be placed",
    CloseReason.LIQUIDATION: "Liquidated by the exchange",
    CloseReason.ADL: "Closed by the exchange to cover other traders' losses (auto-deleveraging)",
    CloseReason.SETTLEMENT: "Settled by the exchange, which ended trading in this pair",
    CloseReason.EXTERNAL: "Closed by somebody else on this account",
    CloseReason.LOST: "Closed without record: the exchange no longer knows this position",
}
_REASONS = {
    CloseReason.TP: "Take-profit",
    CloseReason.SL: "Stop-loss",
    CloseReason.MANUAL: "Closed by you",
    CloseReason.TIME: "Time stop",
    CloseReason.UNPROTECTED: "No stop possible",
    CloseReason.LIQUIDATION: "Liquidation",
    CloseReason.ADL: "Auto-deleveraging",
    CloseReason.SETTLEMENT: "Settlement",
    CloseReason.EXTERNAL: "Closed elsewhere",
    CloseReason.LOST: "Closed without record",
}
_PURPOSES = {
    Purpose.ENTRY: "Entry",
    Purpose.STOP: "Stop-loss",
    Purpose.TARGET: "Take-profit",
    Purpose.CLOSE: "Close",
    Purpose.INTERIM: "Temporary stop",
}
_ORDER_STATES = {
    OrderState.STAGED: "Ready to send",
    OrderState.UNKNOWN: "Sent, being found out",
    OrderState.WORKING: "Placed on the exchange",
    OrderState.TRIGGERED: "Triggered",
    OrderState.FILLED: "Filled",
    OrderState.EXPIRED: "Cancelled by the exchange",
    OrderState.CANCELLED: "Cancelled",
    OrderState.REJECTED: "Refused",
    OrderState.ABSENT: "Never arrived",
    OrderState.WITHDRAWN: "Not needed",
}
_REOPENS = {
    ReopenState.NONE: "Does not open again",
    ReopenState.WAITING: "Waiting to open again",
    ReopenState.DONE: "Opened again",
    ReopenState.SKIPPED: "Skipped by you",
    ReopenState.LAPSED: "Missed its time to open again",
    ReopenState.REJECTED: "Could not open again",
}
_SIDES = {Side.LONG: "Long: earns if it rises", Side.SHORT: "Short: earns if it falls"}


def phase_words(phase: Phase) -> str:
    """Return a phase in everyday words."""
    return _PHASES[phase]


def reason_words(reason: CloseReason) -> str:
    """Return a close reason in a few words, for a table."""
    return _REASONS[reason]


def side_words(side: Side) -> str:
    """Return a direction with what it means."""
    return _SIDES[side]


def purpose_words(purpose: Purpose) -> str:
    """Return what an order is for."""
    return _PURPOSES[purpose]


def order_state_words(state: OrderState) -> str:
    """Return what is known of an order."""
    return _ORDER_STATES[state]


def reopen_words(state: ReopenState) -> str:
    """Return what became of the reopening."""
    return _REOPENS[state]


def closed_sentence(reason: CloseReason, net_usdt: Decimal | None) -> str:
    """Return how a trade ended: "Closed by stop-loss, −5.03 USDT after fees"; net None = not known (yet)."""
    if net_usdt is not None:
        return f"{_CLOSED[reason]}, {format_usdt(net_usdt, signed=True)} USDT after fees"
    unknown = "result unknown" if reason is CloseReason.LOST else "result not known yet"
    return f"{_CLOSED[reason]}, {unknown}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return how many of something there are: "1 trade", "3 trades", "1 204 trades".

    Args:
        number: how many, >= 0.
        noun: one of it.
        plural: several of it, where that is not noun with an s.
    """
    several = plural or f"{noun}s"
    return f"{format_quantity(Decimal(number))} {noun if number == 1 else several}"


def format_usdt(amount: Decimal, signed: bool = False) -> str:
    """Return USDT to 2 decimals, half up, without the unit: "1 234.50", signed "+15.00", "−5.03" and "0.00"."""
    return _grouped(amount, decimals=2, signed=signed)


def format_price(price: Decimal, tick: Decimal) -> str:
    """Return a price to the decimals of its tick, half up: "86 461.8" for tick 0.10, "0.00001234" for 0.00000001."""
    return _grouped(price, decimals=decimals_of(tick), signed=False)


def format_quantity(quantity: Decimal) -> str:
    """Return a quantity with all its digits but no zeros at the end: "0.0347", "1 200"."""
    return _grouped(quantity, decimals=decimals_of(quantity), signed=False)


def format_percent(percent: Decimal, signed: bool = False, decimals: int = 1) -> str:
    """Return a percentage, 1.5 meaning 1.5 %, half up: "1.5 %", signed "+1.5 %"."""
    return f"{_grouped(percent, decimals, signed)}{NARROW_SPACE}%"


def format_duration(duration: timedelta) -> str:
    """Return a length of time in its two largest units, rounded down: "42 s", "48 min", "1 h 27 min", "3 d 4 h".

    No line ends between a number and its unit.
    """
    seconds = max(0, int(duration.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes == 0:
        return f"{seconds}{NARROW_SPACE}s"
    if hours == 0:
        return f"{minutes}{NARROW_SPACE}min"
    if days == 0:
        return _two_units(hours, "h", minutes % 60, "min")
    return _two_units(days, "d", hours % 24, "h")


def format_countdown(duration: timedelta) -> str:
    """Return the time left as on a clock, rounded up to the second: "3:05", "1:00:00"; never below "0:00"."""
    seconds = max(0, -int(-duration.total_seconds() // 1))
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def decimals_of(step: Decimal) -> int:
    """Return how many decimals a step or number needs: 1 for 0.10, 0 for 10."""
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a step is finite"
    return max(0, -exponent)


def _two_units(large: int, large_unit: str, small: int, small_unit: str) -> str:
    parts = ((large, large_unit), (small, small_unit))
    return " ".join(f"{number}{NARROW_SPACE}{unit}" for number, unit in parts if number)


def _grouped(number: Decimal, decimals: int, signed: bool) -> str:
    """Return a number with narrow spaces between thousands and a real minus; a rounded zero has no sign."""
    text = f"{rounded(number, decimals):,f}".replace(",", NARROW_SPACE)
    if not any(digit in text for digit in "123456789"):
        return text.lstrip("-")
    if text.startswith("-"):
        return MINUS + text[1:]
    return f"+{text}" if signed else text


def rounded(number: Decimal, decimals: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Return number to so many decimals, half up (away from zero) unless another rounding is named."""
    with localcontext() as context:
        context.prec = 60
        return number.quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
