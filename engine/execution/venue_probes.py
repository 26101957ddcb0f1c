"""Measuring the exchange: begun when nothing else is to be done, kept as a row, tidied up whatever happens."""

from datetime import timedelta

from database import save_event
from domain.journal.bot_facts import VenueMeasured
from domain.terms import LIVE_PHASES, Phase, ReopenState
from domain.venue_probe.habits import habits_of
from domain.venue_probe.placing import pair_to_probe, probe_prefix
from domain.venue_probe.questions import NOT_MEASURED, TRIED, Question
from engine.reconciliation.lifecycle import Lifecycle
from engine.requests.catalogue import Task
from engine.requests.probe import CleanProbe, ProbeVenue
from engine.requests.reports import ProbeCleaned, VenueProbed
from engine.state.row_mapping import key_of
from exchange.error_codes import ANOTHER_RESTS_CODE
from storage.venue_probes import (
    VenueProbeRow,
    load_closers_seen,
    load_closing_order,
    load_fired_order,
    load_unfinished_probes,
)

# Longer than a probe and its last request can take: what a process that was paused sends late is found as well.
CLEANED_UNTIL = timedelta(seconds=60)


class VenueProbes:
    """The probes of one account within one cycle."""

    def __init__(self, lifecycle: Lifecycle, install: str) -> None:
        self.install = install
        self.rows = lifecycle.rows
        self.state = lifecycle.state
        self.now = lifecycle.now

    def due(self) -> list[Task]:
        """Return what is to be asked: the rest of a probe cut short first, then a new one if it is wanted."""
        probe = self.state.probe
        probe.no_trade_needs_requests = self._no_trade_needs_requests()
        if probe.running is not None or probe.cleaning:
            return []
        if probe.unfinished:
            left = load_unfinished_probes(self.rows.session, self.rows.account_id)
            probe.unfinished = bool(left)
            if left:
                probe.cleaning = True
                row = left[0]
                return [CleanProbe(row.id, row.symbol, probe_prefix(self.install, row.id), row.began_at)]
        return self._begin() if probe.wanted and probe.no_trade_needs_requests else []

    def _begin(self) -> list[Task]:
        probe, rules = self.state.probe, self.state.exchange.rules
        symbol = pair_to_probe(rules, self._busy())
        probe.wanted = False
        if symbol is None:
            return []
        row = VenueProbeRow(account_id=self.rows.account_id, symbol=symbol, began_at=self.now)
        self.rows.session.add(row)
        self.rows.session.flush()
        probe.running, probe.unfinished = row.id, True
        bitcoin = rules.get("BTCUSDT")
        return [
            ProbeVenue(
                probe_id=row.id,
                rules=rules[symbol],
                prefix=probe_prefix(self.install, row.id),
                began_at=self.now,
                bitcoin_step=None if bitcoin is None else bitcoin.step_size,
                fired=load_fired_order(self.rows.session, self.rows.account_id),
                closing=load_closing_order(self.rows.session, self.rows.account_id),
                room=probe.has_room,
            )
        ]

    def _busy(self) -> set[str]:
        """Return the pairs in which somebody holds something, waits for something or plans something."""
        exchange = self.state.exchange
        ours = {p.symbol for p in self.rows.positions.values()}
        return ours | {key_of(held).symbol for held in exchange.held()} | {order.symbol for order in exchange.resting}

    def _no_trade_needs_requests(self) -> bool:
        exchange = self.state.exchange
        if exchange.last_full_check_at is None or exchange.check_failure is not None:
            return False
        return not any(
            p.phase in (Phase.ENTERING, Phase.CLOSING)
            or (p.phase in LIVE_PHASES and p.unprotected_since is not None)
            or (p.reopen_state is ReopenState.WAITING and (p.reopen_not_before or self.now) <= self.now)
            for p in self.rows.positions.values()
        )

    def on_probed(self, report: VenueProbed) -> None:
        """Keep what was found, and act on it from now on."""
        row = self.rows.session.get(VenueProbeRow, report.probe_id)
        probe = self.state.probe
        if probe.running == report.probe_id:
            probe.running = None
        if row is None:
            return
        closers = load_closers_seen(self.rows.session, self.rows.account_id, ANOTHER_RESTS_CODE)
        row.findings = report.findings | {Question.CLOSERS.value: closers or NOT_MEASURED}
        row.heard = [[form.stream_url, form.key_place.value] for form in report.heard]
        row.problem = report.problem or None
        row.measured_at = self.now
        row.finished_at = self.now if report.clean else None
        probe.unfinished = not report.clean
        probe.habits, probe.heard = habits_of(row.findings), report.heard
        answered = sum(answer != NOT_MEASURED for answer in row.findings.values())
        facts = VenueMeasured(answered, len(TRIED))
        save_event(self.rows.session, facts, at=self.now, account_id=self.rows.account_id)

    def on_cleaned(self, report: ProbeCleaned) -> None:
        """Note that nothing is left, once nothing can come any more."""
        self.state.probe.cleaning = False
        row = self.rows.session.get(VenueProbeRow, report.probe_id)
        if row is not None and report.clean and self.now - row.began_at > CLEANED_UNTIL:
            row.finished_at = self.now

    def failed(self, task: ProbeVenue | CleanProbe) -> None:
        """Note that nothing is known of a probe: whatever it left is looked for."""
        probe = self.state.probe
        probe.cleaning = False
        if probe.running == task.probe_id:
            probe.running = None
