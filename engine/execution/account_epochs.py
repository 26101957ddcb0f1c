"""A test environment that was reset begins a new chapter: said once, with new baselines and the old history kept."""

from datetime import timedelta

from database import save_event
from domain.epochs import CONFIRMED_AFTER, has_begun_anew
from domain.journal.bot_facts import EnvironmentReset
from domain.terms import LIVE_PHASES
from engine.reconciliation.lifecycle import Lifecycle
from engine.requests.catalogue import Task
from engine.requests.history import VerifyHistory
from engine.requests.reports import HistoryVerified
from engine.state.row_mapping import key_of
from storage.account_epochs import AccountEpochRow, load_proof_of_history
from storage.risk import lift_all, reset_baseline

AGAIN_AFTER = timedelta(seconds=30)  # without an answer


class AccountEpochs:
    """Notices a reset of one account within one cycle."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.rows = lifecycle.rows
        self.state = lifecycle.state
        self.now = lifecycle.now

    def due(self) -> list[Task]:
        """Ask whether the history is still there: after a sign-in, hourly, and while trades are gone."""
        check = self.state.history
        if check.requested or (check.not_before is not None and self.now < check.not_before):
            return []
        if not check.due and not self._some_are_missing():
            return []
        if check.missed is not None:
            check.requested = True
            return [check.missed]
        proof = load_proof_of_history(self.rows.session, self.rows.account_id, self.now)
        check.not_before = self.now + CONFIRMED_AFTER
        if proof is None:
            check.due = False
            return []
        check.requested = True
        return [VerifyHistory(proof.income_type, proof.tran_id, proof.occurred_at)]

    def _some_are_missing(self) -> bool:
        retries = self.state.retries
        return any(p.phase in LIVE_PHASES and retries.is_missing(p.id, self.now) for p in self.rows.positions.values())

    def on_verified(self, report: HistoryVerified) -> None:
        """Begin a new chapter once the row is known to be gone."""
        check = self.state.history
        check.requested = False
        if report.found:
            check.due, check.missed, check.missed_since = False, None, None
            return
        if has_begun_anew(check.missed_since, self.now):
            check.due, check.missed, check.missed_since = False, None, None
            self._begin()
            return
        if check.missed_since is None:
            check.missed = report.task if isinstance(report.task, VerifyHistory) else None
            check.missed_since = self.now
            # Baselines and names are to be of what is there now.
            self.state.schedule.balance_at = self.state.schedule.full_check_at = None
        check.due, check.not_before = True, check.missed_since + CONFIRMED_AFTER

    def failed(self) -> None:
        """Ask again: nothing is known."""
        self.state.history.requested = False
        self.state.history.not_before = self.now + AGAIN_AFTER

    def _begin(self) -> None:
        session, account_id = self.rows.session, self.rows.account_id
        session.add(AccountEpochRow(account_id=account_id, began_at=self.now))
        balance = self.state.exchange.balance
        if balance is not None:
            reset_baseline(session, account_id, balance.wallet_usdt + balance.unrealised_usdt, self.now)
        lift_all(session, account_id, self.now)  # they counted what was before
        live = {key_of(p) for p in self.rows.positions.values() if p.phase in LIVE_PHASES}
        gone = sum(1 for key in live if not self.state.exchange.quantity_at(key))
        left = ", ".join(str(key_of(held)) for held in self.state.exchange.held() if key_of(held) not in live)
        save_event(session, EnvironmentReset(gone, left), at=self.now, account_id=account_id)
