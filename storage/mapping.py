"""Rows to values of the domain, and back."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from domain.exit_plan import NO_EXITS, ExitPlan
from domain.exit_plan_json import exits_from_json, stored_exits
from domain.terms import Phase, PlanState, ReopenRule, ReopenState, TradeTerms
from storage.tables import PlanRow, PositionRow


def reopen_rule(plan: PlanRow) -> ReopenRule:
    """Return the reopen rule that a plan was given, whether or not the plan is active."""
    return ReopenRule(
        enabled=plan.reopen_enabled,
        delay=timedelta(seconds=plan.reopen_delay_seconds),
        maximum=plan.reopen_maximum,
        after_target=plan.reopen_after_target,
        after_stop=plan.reopen_after_stop,
    )


def trade_terms(row: PlanRow | PositionRow, rule: ReopenRule) -> TradeTerms:
    """Return the terms of a plan's next position, or of a position as it was opened, with a reopen rule.

    A position has a copy of its plan's terms, but for the rule: the plan's own counts, as it is now.
    """
    return TradeTerms(
        symbol=row.symbol,
        side=row.side,
        amount_usdt=row.amount_usdt,
        leverage=row.leverage,
        tp_usdt=row.tp_usdt,
        sl_usdt=row.sl_usdt,
        basis=row.basis,
        reopen=rule,
        exits=exits_of(row),
    )


def exits_of(row: PlanRow | PositionRow) -> ExitPlan:
    """Return how the exits of a plan's next position, or of a position, move."""
    return NO_EXITS if row.exits is None else _read_exits(json.dumps(row.exits))


@lru_cache(maxsize=1000)
def _read_exits(kept: str) -> ExitPlan:
    """Return kept exits; every cycle reads the same ones."""
    return exits_from_json(json.loads(kept))


def new_plan(account_id: int, terms: TradeTerms, now: datetime) -> PlanRow:
    """Return the row of a plan that begins."""
    return PlanRow(
        account_id=account_id,
        symbol=terms.symbol,
        side=terms.side,
        amount_usdt=terms.amount_usdt,
        leverage=terms.leverage,
        tp_usdt=terms.tp_usdt,
        sl_usdt=terms.sl_usdt,
        basis=terms.basis,
        reopen_enabled=terms.reopen.enabled,
        reopen_delay_seconds=int(terms.reopen.delay.total_seconds()),
        reopen_maximum=terms.reopen.maximum,
        reopen_after_target=terms.reopen.after_target,
        reopen_after_stop=terms.reopen.after_stop,
        exits=stored_exits(terms.exits),
        state=PlanState.ACTIVE,
        created_at=now,
    )


def new_position(plan: PlanRow, terms: TradeTerms, *, phase: Phase, sequence: int, created_at: datetime) -> PositionRow:
    """Return the row of a plan's next position with its own copy of the terms."""
    return PositionRow(
        account_id=plan.account_id,
        plan_id=plan.id,
        sequence=sequence,
        phase=phase,
        reopen_count=0,
        symbol=terms.symbol,
        side=terms.side,
        amount_usdt=terms.amount_usdt,
        leverage=terms.leverage,
        tp_usdt=terms.tp_usdt,
        sl_usdt=terms.sl_usdt,
        basis=terms.basis,
        exits=stored_exits(terms.exits),
        entry_quantity=Decimal(0),
        exit_quantity=Decimal(0),
        external_quantity=Decimal(0),
        close_asked_by_person=False,
        result_final=False,
        reopen_state=ReopenState.NONE,
        created_at=created_at,
    )
