"""Whether a trade is still what a person saw when they pressed the button."""

from decimal import Decimal

from domain.preview.preview import Preview
from domain.terms import SymbolRules
from domain.wording import format_usdt

SLIPPAGE = Decimal("0.001")  # of the position's value: how far figures may move with the price meanwhile


def worse_than_seen(seen: Preview, now: Preview, rules: SymbolRules) -> str:
    """Return why a trade must be looked at once more; empty while it may be sent.

    The loss at the stop and the margin may be larger than what was shown by one step of the quantity plus SLIPPAGE.

    Source: docs/decisions/0051-what-is-sent-is-what-was-shown.md
    """
    moved = seen.position_value * SLIPPAGE
    step_share = rules.step_size / seen.quantity if seen.quantity else Decimal(0)
    margin_room = seen.margin * step_share + seen.margin * SLIPPAGE
    if now.margin > seen.margin + margin_room:
        return f"It would now take {format_usdt(now.margin)} USDT of margin instead of {format_usdt(seen.margin)}."
    loss_seen, loss_now = -seen.net_at_stop, -now.net_at_stop
    if loss_now > loss_seen + abs(loss_seen) * step_share + moved:
        return f"You would now risk {format_usdt(loss_now)} USDT instead of {format_usdt(loss_seen)}."
    return ""
