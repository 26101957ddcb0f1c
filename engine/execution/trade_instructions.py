"""What people ask for about one trade: close it, open it again, move its stop and target, write it off."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from decisions.reconciliation.reopening import asked_for, skipped
from domain.exit_plan import ExitPlan
from domain.exit_plan_json import BadExits, loaded_exits, stored_exits
from domain.exits.edits import exit_edit_refusals
from domain.journal.exit_facts import ExitsEdited
from domain.journal.external_facts import WrittenOff
from domain.journal.order_facts import ProtectionEdited
from domain.journal.texts import sentence
from domain.journal.trade_facts import CloseAsked, ClosePartAsked
from domain.terms import LIVE_PHASES, InstructionKind, Phase, ReopenState
from domain.wording import format_quantity
from engine.reconciliation.lifecycle import Lifecycle
from engine.requests.reports import TaskFailed
from engine.state.exits import exit_prices, moving_exits
from engine.state.row_mapping import key_of
from engine.state.wording import position_name, tick_size_of
from exchange.errors import FailureKind
from storage.bot_tables import InstructionRow
from storage.mapping import exits_of
from storage.tables import OrderRow, PlanRow, PositionRow


def why_not_yet(failure: TaskFailed | None) -> str:
    """Return why what is to be closed cannot be closed now and what to do, "" when it can.

    Args:
        failure: why the account cannot be checked at present, None when it can: closing then meets the same.
    """
    match None if failure is None else failure.kind:
        case FailureKind.SILENT:
            return "The exchange does not answer at the moment; the bot closes as soon as it does."
        case FailureKind.KEYS:
            return (
                "Nothing can be closed yet: the exchange refuses the API keys. Save keys of this account that work in "
                "Settings, and the bot closes at once, or close at the exchange yourself."
            )
        case FailureKind.REFUSED:
            text = "" if failure is None else f" {failure.text}"
            return (
                f"Nothing can be closed yet: the exchange refuses what the bot asks for.{text} The bot closes as soon "
                "as it may; you can close at the exchange yourself."
            )
        case _:
            return ""


class TradeInstructions:
    """Carries out instructions about single trades."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.journal = lifecycle.journal
        self.exchange = lifecycle.state.exchange
        self.rows = lifecycle.rows
        self.now = lifecycle.now

    def carry_out(self, row: InstructionRow) -> str:
        """Do it; return what the person is told."""
        position = self.rows.positions.get(row.position_id or 0) or self.rows.session.get(PositionRow, row.position_id)
        if position is None or position.account_id != self.rows.account_id:
            return "There is no such position on this account."
        if position.id not in self.rows.positions:
            self._include(position)
        match row.kind:
            case InstructionKind.CLOSE:
                return self._close(row, position)
            case InstructionKind.REOPEN_NOW:
                return self._reopen_now(row, position)
            case InstructionKind.SKIP_REOPEN:
                return self._skip(position)
            case InstructionKind.EDIT_PROTECTION:
                return self._edit(row, position)
            case _:
                return self._write_off(position)

    def _include(self, position: PositionRow) -> None:
        """Take a trade that had nothing to do into this cycle."""
        plan = self.rows.session.get(PlanRow, position.plan_id)
        assert plan is not None
        self.rows.add_position(position, plan)
        for order in self.rows.session.scalars(select(OrderRow).where(OrderRow.position_id == position.id)):
            if order.id not in self.rows.orders:
                self.rows.add_order(order)

    def _close(self, row: InstructionRow, position: PositionRow) -> str:
        if position.phase in (Phase.CLOSED, Phase.FAILED):
            return f"{position_name(position)} is closed already."
        if "share" in row.terms:
            return self._close_part(position, Decimal(row.terms["share"]))
        position.close_asked_by_person = True
        self.journal.note(position, CloseAsked(position_name(position)))
        return self._closing(position_name(position), "")

    def close_or_skip(self, position: PositionRow) -> bool:
        """Close a live position, or skip one that waits to open again; return whether it is being closed."""
        if position.phase in LIVE_PHASES:
            position.close_asked_by_person = True
            self.journal.note(position, CloseAsked(position_name(position), everything=True))
            return True
        if position.reopen_state is ReopenState.WAITING:
            self._skip(position)
        return False

    def _close_part(self, position: PositionRow, share: Decimal) -> str:
        rules = self.exchange.rules.get(position.symbol)
        if rules is None:
            return f"No part of {position_name(position)} can be closed: the rules of its pair are not known."
        wanted = self.rows.own_quantity(position) * share
        part = wanted - wanted % rules.step_size
        if position.phase is not Phase.OPEN or part <= 0 or part >= self.rows.own_quantity(position):
            return f"That part of {position_name(position)} cannot be closed; close all of it instead."
        position.close_quantity = part
        self.journal.note(position, ClosePartAsked(position_name(position), part))
        return self._closing(f"{format_quantity(part)} of {position_name(position)}", ", the rest stays protected")

    def _closing(self, name: str, addition: str) -> str:
        held_up = why_not_yet(self.exchange.check_failure)
        return f"{name} is to be closed{addition}. {held_up}" if held_up else f"{name} is being closed{addition}."

    def _reopen_now(self, row: InstructionRow, position: PositionRow) -> str:
        if position.phase is not Phase.CLOSED or position.reopen_state is ReopenState.DONE:
            return f"{position_name(position)} has been opened again already."
        plan = self.rows.plan_of(position)
        if exits_of(plan).expired(self.now):
            return f"The plan of {position_name(position)} has expired. Change when it ends, or open a new trade."
        self.lifecycle.apply(asked_for(position.id, plan.id, self.now, row.lapses_at))
        return f"{position_name(position)} is being opened again."

    def _skip(self, position: PositionRow) -> str:
        if position.reopen_state is not ReopenState.WAITING:
            return f"{position_name(position)} is not waiting to open again."
        self.lifecycle.apply(skipped(position.id, position.plan_id, position_name(position)))
        return f"{position_name(position)} is not opened again until you press Resume."

    def _edit(self, row: InstructionRow, position: PositionRow) -> str:
        """Let exits, stop and target be what the person set, all of it or nothing."""
        if position.phase is not Phase.OPEN:
            return f"{position_name(position)} is not open; nothing was changed."
        stop, target = (_price(row.terms, name) for name in ("stop_price", "target_price"))
        before = exits_of(position)
        try:
            wanted = loaded_exits(row.terms["exits"]) if "exits" in row.terms else before
        except BadExits as wrong:
            return f"{' '.join(wrong.messages)} Nothing was changed."
        if target is not None and wanted.targets:
            return f"{position_name(position)} has several targets: change them there. Nothing was changed."
        if "exits" in row.terms:
            refused = self._exits_refused(row, position, wanted, target)
            if refused:
                return f"{refused} Nothing was changed."
            self._change_exits(position, before, wanted)
        if stop is not None:
            position.stop_price = stop
            self._moved_by_hand(position)
        if target is not None:
            position.target_price = target
        if stop is None and target is None:
            return "Saved. The stop moves as you set it from now on, and stays where it is until then."
        facts = ProtectionEdited(
            position_name(position),
            position.stop_price,
            position.target_price,
            tick_size_of(self.exchange, position),
        )
        self.journal.note(position, facts)
        return "Stop and target are being moved; there is a stop on the exchange all the time."

    def _moved_by_hand(self, position: PositionRow) -> None:
        """Let what the trade had reached by now move the stop no more."""
        exits = moving_exits(position, self.rows, self.lifecycle.state)
        if exits is None:
            return
        progress = self.rows.progress_of(position)
        progress.hand_best_mark, progress.hand_targets_reached = progress.best_mark, exits.targets_reached
        progress.moved_at, progress.move_reason, progress.not_before = self.now, None, None

    def _exits_refused(
        self, row: InstructionRow, position: PositionRow, wanted: ExitPlan, target: Decimal | None
    ) -> str:
        """Return why the exits cannot be other ones now, empty when they can."""
        before = exits_of(position)
        if "seen_exits" in row.terms and loaded_exits(row.terms["seen_exits"]) != before:
            return "The exits that move were changed meanwhile. Look at them once more."
        rules = self.exchange.rules.get(position.symbol)
        if rules is None or not position.entry_price:
            return "The rules of its pair are not known right now. Try again in a moment."
        prices = exit_prices(position, self.rows, rules)
        taken = {o.target_number for o in self._orders(position) if o.target_number and o.executed_quantity}
        one_target = target if target is not None else None if before.targets else position.target_price
        tp_usdt = position.tp_usdt if one_target is None else prices.result_at(one_target)
        return " ".join(exit_edit_refusals(before, wanted, prices, rules, position.sl_usdt, tp_usdt, taken))

    def _change_exits(self, position: PositionRow, before: ExitPlan, wanted: ExitPlan) -> None:
        """Let other exits move from now on; what was reached before counts for none of them."""
        exits = replace(wanted, expires_at=before.expires_at)
        position.exits = stored_exits(exits)
        progress = self.rows.progress_of(position)
        if replace(before, time_stop=None) != replace(exits, time_stop=None):
            progress.best_mark, progress.hand_best_mark, progress.hand_targets_reached = None, None, None
            progress.dropped_targets, progress.not_before = [], None
        if before.targets and not exits.targets:
            self.lifecycle.protection.set_target(position)
        self.journal.note(position, ExitsEdited(position_name(position)))

    def _orders(self, position: PositionRow) -> list[OrderRow]:
        return self.rows.orders_of[position.id]

    def _write_off(self, position: PositionRow) -> str:
        # Where an order is under way, a position that is not there may be one that is not there yet, or no more.
        gone = position.phase is Phase.OPEN or self.lifecycle.state.retries.is_missing(position.id, self.now)
        if position.phase not in LIVE_PHASES or not gone or self.exchange.quantity_at(key_of(position)) != 0:
            return f"{position_name(position)} cannot be written off: the exchange still knows it."
        self.lifecycle.write_off(position)
        return sentence(WrittenOff(position_name(position)))


def _price(terms: dict[str, Any], name: str) -> Decimal | None:
    return None if terms.get(name) is None else Decimal(terms[name])
