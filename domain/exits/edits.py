"""What keeps other exits from moving an open trade: what a new trade is refused for, and what has happened already."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from domain.exit_plan import ExitPlan
from domain.exit_plan_checks import check_exits
from domain.exits.moves import ExitPrices
from domain.exits.targets import partial_targets
from domain.terms import SymbolRules


def exit_edit_refusals(
    before: ExitPlan,
    wanted: ExitPlan,
    prices: ExitPrices,
    rules: SymbolRules,
    sl_usdt: Decimal,
    tp_usdt: Decimal | None,
    targets_taken: Collection[int] = (),
) -> tuple[str, ...]:
    """Return why an open trade cannot have other exits, one plain sentence each; empty = it can.

    Args:
        before: what moves its exits now.
        wanted: what shall. When its plan ends is not looked at: that is the plan's.
        prices: the trade as it was opened.
        rules: of its symbol.
        sl_usdt: what its stop was opened with, on its basis.
        tp_usdt: what it brings where one target closes all of it, None = it has none.
        targets_taken: numbers of targets of which something was closed.
    """
    if targets_taken and wanted.targets != before.targets:
        return ("A target was reached already, so the targets stay as they are.",)
    wrong = check_exits(replace(wanted, expires_at=None), tp_usdt)
    if not wrong and wanted.targets != before.targets:
        wrong = partial_targets(wanted, prices, rules, prices.at_result(-sl_usdt)).problems
    return wrong
