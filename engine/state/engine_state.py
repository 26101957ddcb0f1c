"""Everything the actor remembers between cycles; all of it can be read again from the exchange after a restart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from domain.exchange import Balance
from domain.position_key import PositionKey
from domain.terms import SymbolRules
from engine.requests.reports import Received
from engine.state.account_flags import AccountFlags
from engine.state.event_inbox import EventInbox
from engine.state.exchange_state import ExchangeState
from engine.state.history_check import HistoryCheck
from engine.state.marks import Marks
from engine.state.probe_state import ProbeState
from engine.state.quarantine import Culprit, Quarantine
from engine.state.retry_state import RetryState
from engine.state.schedule import Schedule
from engine.state.staged_stop import SpareStops, StagedStop, WithoutDatabase


@dataclass(slots=True)
class EngineState:
    """One account's state, in parts that each have one module that owns them."""

    exchange: ExchangeState = field(default_factory=ExchangeState)
    inbox: EventInbox = field(default_factory=EventInbox)
    retries: RetryState = field(default_factory=RetryState)
    flags: AccountFlags = field(default_factory=AccountFlags)
    quarantine: Quarantine = field(default_factory=Quarantine)
    schedule: Schedule = field(default_factory=Schedule)
    marks: Marks = field(default_factory=Marks)
    staged_stops: dict[int, StagedStop] = field(default_factory=dict)  # by entry order
    spare_stops: dict[int, SpareStops] = field(default_factory=dict)  # by trade, as of the last commit
    without_database: WithoutDatabase = field(default_factory=WithoutDatabase)
    history: HistoryCheck = field(default_factory=HistoryCheck)
    probe: ProbeState = field(default_factory=ProbeState)
    received: list[Received] = field(default_factory=list)  # reports that no committed cycle has taken in yet

    @classmethod
    def signed_in(
        cls,
        rules: Mapping[str, SymbolRules],
        ignored: Mapping[PositionKey, Decimal],
        balance: Balance | None,
        reachable_since: datetime | None,
    ) -> "EngineState":
        """Return the state of an actor that knows nothing but what it signed in with."""
        exchange = ExchangeState(rules=dict(rules), balance=balance, reachable_since=reachable_since)
        return cls(exchange=exchange, flags=AccountFlags(ignored=dict(ignored)))

    def start_over(self) -> "EngineState":
        """Return a state without what was read and is to be done; the exchange and the rows know it all."""
        known = self.exchange
        state = self.signed_in(known.rules, self.flags.ignored, known.balance, known.reachable_since)
        # What was measured holds; what a probe under way has placed is looked for.
        state.probe = ProbeState(wanted=self.probe.wanted, habits=self.probe.habits, heard=self.probe.heard)
        return state

    def committed(self, spare_stops: dict[int, SpareStops], staged: Collection[int]) -> None:
        """Take in that a cycle is committed: what it staged may be sent, and what was sent without it is recorded."""
        self.spare_stops = spare_stops
        self.staged_stops = {entry: stop for entry, stop in self.staged_stops.items() if stop.order_id in staged}
        self.without_database = WithoutDatabase()

    def leave_out(self, culprit: Culprit, now: datetime) -> None:
        """Go on without what a cycle stumbled over: a report is asked for again, a trade waits for a while."""
        if culprit.report_number is not None:
            del self.received[culprit.report_number]
        else:
            self.quarantine.add(culprit, now)
