"""How a closed trade's result comes about, every figure to its last digit, adding up on the screen."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

from app_pages.ui.figures import tone_of
from domain.wording import counted, decimals_of, format_quantity, format_usdt

if TYPE_CHECKING:
    from services.history.views import Statement

NOT_KNOWN = "not known"


def exact_words(amount: Decimal | None) -> str:
    """Return an amount of USDT with its sign and all its digits, at least two behind the point."""
    if amount is None:
        return NOT_KNOWN
    if decimals_of(amount) <= 2:
        return format_usdt(amount, signed=True)
    words = format_quantity(amount)
    return words if amount < 0 else f"+{words}"


def sum_html(statement: Statement) -> str:
    """Return the sum as a table: gross, fees, funding, and what is left; slippage is named as part of gross."""
    trade = statement.position
    exits = sum(1 for fill in statement.fills if not fill.opening)
    slipped = statement.slippage_usdt
    rows = [_row("Gross", counted(exits, "closing fill"), exact_words(trade.gross_usdt))]
    if slipped is not None:
        rows.append(_row("of which slippage", "against the trigger price", exact_words(slipped), "of-which"))
    rows += [
        _row(
            "Fees",
            counted(len(statement.fills), "fill"),
            exact_words(None if trade.fees_usdt is None else -trade.fees_usdt),
        ),
        _row("Funding and other", counted(len(statement.income), "booking"), exact_words(trade.funding_usdt)),
        _row("After fees", _proof(statement), exact_words(trade.net_usdt), "total", tone_of(trade.net_usdt)),
    ]
    return f'<table class="sum"><tbody>{"".join(rows)}</tbody></table>'


def _proof(statement: Statement) -> str:
    if statement.adds_up is None:
        return ""
    return "adds up to the last digit" if statement.adds_up else "the exchange's rows are still being read"


def _row(label: str, note: str, amount: str, kind: str = "", tone: str = "") -> str:
    unit = "" if amount == NOT_KNOWN else " USDT"
    return (
        f'<tr class="{kind}"><th scope="row">{escape(label)} <span class="note">{escape(note)}</span></th>'
        f'<td class="{tone}">{escape(amount)}{unit}</td></tr>'
    )
