"""What a trade brought: from its fills and its share of funding, in the exchange's own figures."""

from collections.abc import Sequence
from decimal import Decimal

from decisions.reconciliation.effects import RecordFunding, RecordResult
from domain.pricing.pnl import position_result
from domain.terms import Fill


def result(position_id: int, fills: Sequence[tuple[Fill, bool]], funding_usdt: Decimal) -> RecordResult:
    """Return quantities, averages and money of a trade.

    A fee whose value is not known leaves the result unknown: without it there is no "after fees".

    Args:
        position_id: the trade.
        fills: its part of every fill, each with whether it increased the position; order does not matter.
        funding_usdt: its share of income without an order, positive when received.
    """
    money = position_result(fills, funding_usdt)
    known = not money.other_fees
    return RecordResult(
        position_id,
        entry_quantity=money.entry_quantity,
        entry_price=money.entry_price,
        exit_quantity=money.exit_quantity,
        exit_price=money.exit_price,
        gross_usdt=money.gross,
        fees_usdt=money.fees if known else None,
        funding_usdt=money.net - money.gross + money.fees,
        net_usdt=money.net if known else None,
        opened_at=money.opened_at,
    )


def with_funding(position_id: int, gross_usdt: Decimal, fees_usdt: Decimal, funding_usdt: Decimal) -> RecordFunding:
    """Return the result of a trade whose fills stay as they are, with another share of funding; all in USDT."""
    return RecordFunding(position_id, funding_usdt, gross_usdt - fees_usdt + funding_usdt)
