"""Limits at work: no entry passes one, and one that is reached is recorded and said in the same transaction."""

from decimal import Decimal
from functools import cached_property

from database import save_event
from domain.journal.bot_facts import LimitLifted, LimitReached
from domain.journal.facts import JournalFacts
from domain.journal.trade_facts import CloseAsked
from domain.preview.draft import MarketNow
from domain.preview.limits import trade_asked
from domain.preview.preview import Preview
from domain.reopening import EntryRefusal
from domain.risk.limits import NO_LIMITS, LimitKind, limit_name
from domain.risk.uses import ReachedLimit, RiskFacts, still_holds
from domain.risk.verdict import Bite, judge
from domain.terms import LIVE_PHASES, TradeTerms
from engine.execution.entry_checks import EntryRejected
from engine.reconciliation.journal import Journal
from engine.state.context import CycleContext
from engine.state.wording import position_name
from storage.risk import load_holding_rows, load_limits, note_equity, reached_limit, save_reached
from storage.risk_figures import load_risk_facts


class RiskGate:
    """Judges entries and the account by the limits, with figures read at most once a cycle."""

    def __init__(self, context: CycleContext, journal: Journal) -> None:
        self.context = context
        self.journal = journal
        self.rows = context.rows
        self.now = context.now

    @cached_property
    def any_set(self) -> bool:
        """Whether the person has set a limit at all; without one nothing else is read."""
        return load_limits(self.rows.session, self.rows.account_id) != NO_LIMITS

    @cached_property
    def facts(self) -> RiskFacts:
        """What the account's verdict needs, as the rows stand now."""
        return self._load(without_position=None)

    def blocking(self, plan_id: int | None) -> EntryRejected | None:
        """Return why nothing may open now, for this plan or at all; None while trades may open."""
        bites = judge(self.facts, plan_id=plan_id).bites if self.any_set else ()
        return _rejected(bites) if bites else None

    def check(
        self, terms: TradeTerms, figures: Preview, market: MarketNow, plan_id: int | None, entering_id: int | None
    ) -> EntryRejected | None:
        """Return why this trade may not open, None if the limits let it.

        Args:
            terms: of the trade.
            figures: how it would turn out now.
            market: the prices they come from.
            plan_id: of a plan that exists already.
            entering_id: the position whose entry is tried again, so that it is not counted twice.
        """
        if not self.any_set:
            return None
        facts = self.facts if entering_id is None else self._load(without_position=entering_id)
        bites = judge(facts, trade_asked(terms, figures, market, plan_id)).bites
        return _rejected(bites) if bites else None

    def opened(self) -> None:
        """Count what was just begun: another entry of this cycle is judged with it."""
        self.__dict__.pop("facts", None)

    def watch(self) -> None:
        """Record limits that were reached, and lifted by themselves; close everything where the person wants that."""
        balance = self.context.state.exchange.balance
        if balance is not None:
            equity = balance.wallet_usdt + balance.unrealised_usdt
            note_equity(self.rows.session, self.rows.account_id, equity, self.now)
        if not self.any_set:
            return
        self._note_lifted()
        verdict = judge(self.facts)
        for reached in verdict.newly_reached:
            self._note_reached(reached)
        if verdict.close_everything:
            self._close_everything(verdict.close_everything)
        if verdict.newly_reached:
            self.opened()

    def _load(self, without_position: int | None) -> RiskFacts:
        self.rows.session.flush()
        balance = self.context.state.exchange.balance
        return load_risk_facts(
            self.rows.session,
            self.rows.account_id,
            self.now,
            equity_usdt=None if balance is None else balance.wallet_usdt + balance.unrealised_usdt,
            mark_price=self._mark_price,
            without_position=without_position,
        )

    def _mark_price(self, symbol: str) -> Decimal | None:
        readings = self.context.state.exchange.readings
        marks = [reading.mark_price for key, reading in readings.items() if key.symbol == symbol]
        return next((mark for mark in marks if mark), None)

    def _note_reached(self, reached: ReachedLimit) -> None:
        save_reached(self.rows.session, self.rows.account_id, reached)
        bites = judge(self.facts, plan_id=reached.plan_id).bites
        text = next(bite.sentence for bite in bites if (bite.kind, bite.plan_id) == (reached.kind, reached.plan_id))
        self._note(LimitReached(reached.kind.value, reached.used, reached.limit, text))

    def _note_lifted(self) -> None:
        for row in load_holding_rows(self.rows.session, self.rows.account_id):
            if not still_holds(reached_limit(row), self.facts):
                row.lifted_at = self.now
                self._note(LimitLifted(row.kind, limit_name(LimitKind(row.kind))))

    def _close_everything(self, kinds: tuple[LimitKind, ...]) -> None:
        names = " and ".join(limit_name(kind) for kind in kinds)
        for position in self.rows.positions.values():
            if position.phase in LIVE_PHASES and not position.close_asked_by_person:
                position.close_asked_by_person = True
                self.journal.note(position, CloseAsked(position_name(position), limits=names))

    def _note(self, facts: JournalFacts) -> None:
        save_event(self.rows.session, facts, at=self.now, account_id=self.rows.account_id)


def _rejected(bites: tuple[Bite, ...]) -> EntryRejected:
    moments = [bite.lifts_at for bite in bites]
    until = max((moment for moment in moments if moment is not None), default=None) if None not in moments else None
    return EntryRejected(EntryRefusal.LIMIT_REACHED, " ".join(bite.sentence for bite in bites), until)
