"""A whole request, all pairs and repeats together, and what deserves a second look before it is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.preview.preview import Preview
from domain.terms import SymbolRules, TradeTerms
from domain.wording import format_percent, format_quantity, format_usdt, rounded

RISK_SHARE_PERCENT = Decimal(20)  # of the wallet, until the person sets another
HARDLY_REACHED = Decimal("0.9")  # a break-even win rate from which on nobody wins often enough
_UNSPOKEN_ROUNDING = Decimal("0.01")  # of the position's value that the smallest step may take away


@dataclass(frozen=True, slots=True)
class Together:
    """What all trades of a request cost together, USDT: risk_usdt and fees_usdt ≥ 0, worst_day_usdt ≤ 0.

    rounds is how many trades the worst day holds. fees are of both ways, at the dearer exit.
    """

    trades: int
    margin_usdt: Decimal
    fees_usdt: Decimal
    risk_usdt: Decimal
    gain_usdt: Decimal
    worst_day_usdt: Decimal
    rounds: int


def together(previews: Sequence[Preview], wallet_usdt: Decimal | None) -> Together:
    """Return the sums over all trades of a request; the worst day costs the wallet at most (None = not known)."""
    worst_day = sum((one.worst_day_usdt for one in previews), Decimal(0))
    if wallet_usdt is not None:
        worst_day = max(worst_day, -max(wallet_usdt, Decimal(0)))
    return Together(
        trades=len(previews),
        margin_usdt=sum((one.margin for one in previews), Decimal(0)),
        fees_usdt=sum((fees_of(one) for one in previews), Decimal(0)),
        risk_usdt=max(-sum((one.net_at_stop for one in previews), Decimal(0)), Decimal(0)),
        gain_usdt=sum((one.net_at_target for one in previews), Decimal(0)),
        worst_day_usdt=worst_day,
        rounds=sum(one.worst_day_rounds for one in previews),
    )


def fees_of(figures: Preview) -> Decimal:
    """Return the fees of both ways at the dearer exit, USDT."""
    return figures.entry_fee + max(figures.exit_fee_at_target, figures.exit_fee_at_stop)


def cautions(
    previews: Sequence[Preview], wallet_usdt: Decimal | None, share_percent: Decimal = RISK_SHARE_PERCENT
) -> tuple[str, ...]:
    """Return what is possible and yet deserves a second look, one sentence each.

    Args:
        previews: of all trades that would be opened together.
        wallet_usdt: None = not known, then no share of it is judged.
        share_percent: of the wallet that may be at risk without a word; 20 means 20 %.
    """
    said = []
    total = together(previews, wallet_usdt)
    if wallet_usdt is not None and wallet_usdt > 0:
        allowed = wallet_usdt * share_percent / 100
        if total.risk_usdt > allowed:
            said.append(f"The stop alone would cost {_share(total.risk_usdt, wallet_usdt, share_percent)}")
        elif -total.worst_day_usdt > allowed:
            lost = _share(-total.worst_day_usdt, wallet_usdt, share_percent)
            said.append(f"If all {total.rounds} trades of a day lose, that is {lost}")
    rate = max((one.break_even_win_rate for one in previews), default=Decimal(0))
    if rate >= 1:
        said.append("Even at its target this trade would win nothing after fees.")
    elif rate >= HARDLY_REACHED:
        said.append(f"It only pays off if {win_rate_words(rate)} of such trades win, and hardly anybody reaches that.")
    return tuple(said)


def win_rate_words(rate: Decimal) -> str:
    """Return a break-even win rate as percent to one decimal, half up: "33.3 %" for a third."""
    return format_percent(rate * 100)


def rounding_words(terms: TradeTerms, figures: Preview, rules: SymbolRules) -> str:
    """Return why a position is smaller than asked for; empty while the difference is not worth a word."""
    asked = terms.amount_usdt * terms.leverage
    if not asked or asked - figures.position_value <= asked * _UNSPOKEN_ROUNDING:
        return ""
    step = f"{format_quantity(rules.step_size)} {rules.base_asset}"
    return f"{step} is the smallest step: {_whole(figures.position_value)} instead of {_whole(asked)} USDT."


def _share(usdt: Decimal, wallet: Decimal, allowed: Decimal) -> str:
    share = format_percent(usdt * 100 / wallet)
    return f"{format_usdt(usdt)} USDT, {share} of your wallet; you set {format_percent(allowed, decimals=0)}."


def _whole(amount: Decimal) -> str:
    return format_quantity(rounded(amount, 0)) if amount >= 10 else format_usdt(amount)
