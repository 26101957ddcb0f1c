"""The one writer of what reconciliation decided: effects into rows and memory, in the cycle's transaction."""

from collections.abc import Iterable
from decimal import Decimal
from typing import assert_never

from sqlalchemy import func, select

from decisions.reconciliation.effects import (
    Attribute,
    AttributeAnew,
    CountRestriction,
    Effect,
    ForgetProtection,
    GivePart,
    MarkUnprotected,
    MoneyEffect,
    MovePhase,
    Note,
    ReadIncome,
    Recalculate,
    ReconcileAgain,
    RecordEnd,
    RecordExternalFill,
    RecordFill,
    RecordFunding,
    RecordResult,
    ScheduleReopening,
    SetBracket,
    SetNote,
    SetPlan,
    SetReopening,
    TakeFill,
    TradeEffect,
)
from decisions.reconciliation.fills import attributed
from decisions.reconciliation.results import result
from engine.reconciliation.fill_rows import key_facts, write_attribution, write_fill, write_part
from engine.reconciliation.journal import Journal
from engine.reconciliation.protection import Protection
from engine.state.context import CycleContext
from engine.state.row_mapping import fill_of, key_of
from storage.income_tables import IncomeShareRow
from storage.tables import PlanRow, PositionRow


class EffectWriter:
    """Writes effects in the order in which they were decided; nothing else moves a phase or writes a result."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context
        self.rows = context.rows
        self.state = context.state
        self.journal = Journal(context)
        self.protection = Protection(context, self.journal)

    def apply(self, effects: Iterable[Effect]) -> None:
        """Write what was decided."""
        for effect in effects:
            match effect:
                case ReadIncome():
                    self.state.schedule.trade_ended(self.context.now)
                case SetPlan():
                    plan = self._plan(effect.plan_id)
                    plan.state, plan.state_reason = effect.state, effect.reason
                case ReconcileAgain():
                    self.state.retries.reconciled_at.pop(effect.position_id, None)
                case CountRestriction():
                    self.state.retries.count_restriction(effect.position_id)
                case _:
                    self._of_trade(effect, self._position(effect.position_id))

    def _of_trade(self, effect: TradeEffect, position: PositionRow) -> None:
        match effect:
            case MovePhase():
                position.phase = effect.phase
            case SetNote():
                position.phase_note = effect.note
            case SetReopening():
                position.reopen_state = effect.state
            case ScheduleReopening():
                position.reopen_not_before, position.reopen_lapses_at = effect.not_before, effect.lapses_at
            case Note():
                self.journal.note(position, effect.facts)
            case MarkUnprotected():
                self.protection.mark_unprotected(position)
            case ForgetProtection():
                self.protection.forget(position, stop=effect.stop)
            case SetBracket():
                self.protection.set_bracket(position)
            case _:
                self._of_money(effect, position)

    def _of_money(self, effect: MoneyEffect, position: PositionRow) -> None:
        match effect:
            case RecordEnd():
                position.close_reason, position.closed_at = effect.reason, effect.closed_at
                if not effect.result_known:
                    position.net_usdt = None
            case RecordResult():
                _write_result(position, effect)
            case RecordFunding():
                position.funding_usdt, position.net_usdt = effect.funding_usdt, effect.net_usdt
            case GivePart():
                write_part(self.rows, position, self._position(effect.late_id), effect)
            case RecordFill() | RecordExternalFill() | TakeFill():
                write_fill(self.rows, effect)
            case Attribute():
                write_attribution(self.rows, position, effect)
            case Recalculate():
                self._recalculate(position)
            case AttributeAnew():
                self.state.exchange.forget_quantity_at(key_of(position))
                self.context.money_moved = True
                self.apply(attributed(key_facts(self.rows, position)))
                self._recalculate(position)
            case _:
                assert_never(effect)

    def _recalculate(self, position: PositionRow) -> None:
        fills = [(fill_of(row), row.opening) for row in self.rows.fills_of[position.id]]
        _write_result(position, result(position.id, fills, self.funding(position)))

    def funding(self, position: PositionRow) -> Decimal:
        """Return the trade's share of income without an order, USDT, positive when received."""
        share = select(func.coalesce(func.sum(IncomeShareRow.amount), Decimal(0))).where(
            IncomeShareRow.position_id == position.id
        )
        return Decimal(self.rows.session.scalar(share) or 0)

    def _position(self, position_id: int) -> PositionRow:
        return self.rows.positions.get(position_id) or self.rows.session.get_one(PositionRow, position_id)

    def _plan(self, plan_id: int) -> PlanRow:
        return self.rows.plans.get(plan_id) or self.rows.session.get_one(PlanRow, plan_id)


def _write_result(position: PositionRow, result: RecordResult) -> None:
    position.entry_quantity, position.entry_price = result.entry_quantity, result.entry_price
    position.exit_quantity, position.exit_price = result.exit_quantity, result.exit_price
    position.gross_usdt, position.fees_usdt = result.gross_usdt, result.fees_usdt
    position.funding_usdt, position.net_usdt = result.funding_usdt, result.net_usdt
    position.opened_at = result.opened_at
