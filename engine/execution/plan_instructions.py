"""What people ask for about a plan: whether and with which figures it opens again."""

from datetime import datetime

from decisions.reconciliation.reopening import plan_paused, plan_resumed
from domain.terms import InstructionKind, ReopenState
from domain.terms_json import BadTerms, terms_from_json
from engine.reconciliation.effects import EffectWriter
from storage.bot_tables import InstructionRow
from storage.mapping import new_plan
from storage.tables import PlanRow

EDITABLE = (
    "amount_usdt",
    "leverage",
    "tp_usdt",
    "sl_usdt",
    "basis",
    "reopen_enabled",
    "reopen_delay_seconds",
    "reopen_maximum",
    "reopen_after_target",
    "reopen_after_stop",
    "exits",
)


class PlanInstructions:
    """Carries out instructions about plans."""

    def __init__(self, effects: EffectWriter, now: datetime) -> None:
        self.effects = effects
        self.rows = effects.rows
        self.now = now

    def carry_out(self, row: InstructionRow) -> str:
        """Pause, resume or edit a plan; return what the person is told."""
        plan = self.rows.session.get(PlanRow, row.plan_id)
        if plan is None:
            return "There is no such plan."
        if row.kind is InstructionKind.EDIT_PLAN:
            return self._edit(row, plan)
        if row.kind is InstructionKind.RESUME_PLAN:
            self.effects.apply(plan_resumed(plan.id))
            return "It opens again after it closes."
        of_plan = (position for position in self.rows.positions.values() if position.plan_id == plan.id)
        waiting = [position.id for position in of_plan if position.reopen_state is ReopenState.WAITING]
        self.effects.apply(plan_paused(plan.id, waiting))
        return "It does not open again until you resume it. An open position stays protected."

    def _edit(self, row: InstructionRow, plan: PlanRow) -> str:
        try:
            terms = terms_from_json(row.terms)
        except BadTerms as wrong:
            return " ".join(wrong.messages)
        if (terms.symbol, terms.side) != (plan.symbol, plan.side):
            return "Pair and direction of a plan stay as they are; open a new trade instead."
        changed = new_plan(plan.account_id, terms, self.now)
        for column in EDITABLE:
            setattr(plan, column, getattr(changed, column))
        return "The next round opens with the new figures. The position open now stays as it is."
