"""Why the account cannot be checked: the exchange is silent, refuses, or says what the bot does not understand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.bot_status import CHECK_ALERTS, Alert
from domain.terms import Severity
from domain.wording import format_duration
from engine.requests.reports import TaskFailed
from exchange.errors import FailureKind

SILENT_AFTER = timedelta(seconds=15)


def check_alert(
    failure: TaskFailed | None, checked: datetime | None, now: datetime, exchange: str, live: Sequence[bool]
) -> Alert | None:
    """Return what is said while the account cannot be checked, None while nothing needs saying.

    Refused keys are said at once: no stop can be placed and nothing closed until they are changed. The rest may pass.

    Args:
        failure: what came of the last check, None when it succeeded.
        checked: when one last succeeded; None before the first.
        now: the exchange's time.
        exchange: its name, at the beginning of a sentence.
        live: of each live trade, whether it needs something done: it is being closed, or has no stop.
    """
    kind = FailureKind.SILENT if failure is None else failure.kind
    if checked is None or (now - checked <= SILENT_AFTER and kind is not FailureKind.KEYS):
        return None
    code, text = CHECK_ALERTS[kind.value], "" if failure is None else failure.text
    danger = Severity.DANGER if live and kind in (FailureKind.KEYS, FailureKind.REFUSED) else Severity.WARNING
    lasted = format_duration(now - checked)
    safe = _safe_words(live)
    match kind:
        case FailureKind.KEYS:
            title = f"{exchange} refuses the API keys"
            text = (
                f"{text} {safe}Until the keys work again the bot can place no stop, close nothing and open nothing. "
                "Open Settings and paste keys of this account that work, or look after its positions at the exchange."
            )
        case FailureKind.REFUSED:
            title = f"{exchange} has refused to show the account for {lasted}"
            text = f"{text} {safe}The bot opens nothing new and asks again every second. Look at the account there."
        case FailureKind.UNREAD:
            title = f"{exchange} has answered for {lasted} in a way that the bot does not understand"
            text = (
                f"{safe}The bot opens nothing new and asks again every second. Please report this with the log, and "
                "look after the positions at the exchange meanwhile."
            )
        case FailureKind.SILENT:
            title = f"{exchange} has not answered for {lasted}"
            text = f"{safe}The bot opens nothing new and tries again every second. {_advice(live)}"
    return Alert(code, danger, title, text, now if kind is FailureKind.KEYS else checked)


def _safe_words(live: Sequence[bool]) -> str:
    protected = len(live) - sum(live)
    if not protected:
        return ""
    if protected == 1:
        return "Your position keeps its stop and target on the exchange. "
    return f"Your {protected} positions keep their stops and targets on the exchange. "


def _advice(live: Sequence[bool]) -> str:
    if any(live):
        return "A position without a stop, or that is to be closed, waits for it: you can close it at the exchange."
    return "You need not do anything."
