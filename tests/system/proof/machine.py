"""Random lives of trades against the exchange in memory: a Hypothesis state machine over life cycle plus exchange."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as choose_seed
from hypothesis import strategies as st
from hypothesis.stateful import (
    RULE_MARKER,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, or_, select
from sqlalchemy.orm import Session

from domain import terms as words
from domain.exit_plan import ExitPlan, PartialTarget, Trail, TrailUnit
from domain.terms import LIVE_PHASES, Basis, InstructionKind, OrderState, Purpose, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_to_json
from storage.tables import FillRow, OrderRow, PositionRow
from tests.system.proof.actor import Actor
from tests.system.proof.venue import SYMBOL, Fate, Venue, Witness

D = Decimal
TERMS = TradeTerms(SYMBOL, Side.LONG, D(100), 10, D(10), D(5), Basis.NET, ReopenRule(enabled=False))
MOVING = replace(
    TERMS,
    exits=ExitPlan(
        trail=Trail(TrailUnit.PRICE, D(100)),
        targets=(PartialTarget(D(4), D(50)), PartialTarget(D(8), D(50))),
        stop_follows_targets=True,
    ),
)
AT_ONCE = timedelta(milliseconds=300)
A_MINUTE = timedelta(seconds=61)  # how long a position stays closed after an entry that was abandoned
LOT = D("0.004")

# Lost and late answers are what the rules are about: they come more often.
FATES_OF_ENTRIES = st.sampled_from([*Fate, Fate.ANSWER_LOST, Fate.ARRIVES_LATE])
FATES = st.sampled_from([fate for fate in Fate if fate is not Fate.PARTLY])
ALL_BUT_ONE = [frozenset(set(Witness) - {honest}) for honest in Witness]
LIES_AT_ENTRIES = st.sampled_from([frozenset[Witness](), *ALL_BUT_ONE])
EXITS = st.sampled_from([TERMS, MOVING])
LIES = st.sampled_from([frozenset({witness}) for witness in Witness] + ALL_BUT_ONE)
LONG_LIE = timedelta(seconds=20)  # twice what it takes to prove that an order never arrived
SPANS = st.sampled_from([timedelta(seconds=s) for s in (1, 4, 12)])


class Trades(RuleBasedStateMachine):
    """One account, one pair, one side: a person, a market, an external trader, and everything that can go wrong."""

    engine: Engine
    to_the_end = True  # heal everything in the end and look whether all is booked and tidy

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.venue = Venue()
        self.actor = Actor(self.connection, self.venue)

    # The person.

    @initialize(fate=FATES_OF_ENTRIES, lying=LIES_AT_ENTRIES, wanted=EXITS)
    def opens_a_trade(self, fate: Fate, lying: frozenset[Witness], wanted: TradeTerms) -> None:
        self._open(fate, lying, wanted)

    @rule(fate=FATES_OF_ENTRIES, lying=LIES_AT_ENTRIES, wanted=EXITS)
    @precondition(lambda self: not self._live())
    def opens(self, fate: Fate, lying: frozenset[Witness], wanted: TradeTerms) -> None:
        self._open(fate, lying, wanted)

    @rule(after=st.sampled_from([timedelta(0), timedelta(seconds=15)]))
    def tries_again_a_minute_later_while_the_place_cannot_be_seen(self, after: timedelta) -> None:
        self.actor.live(after)
        self.venue.events = False
        others = {w for w, until in self.venue.lies_until.items() if until > self.venue.now} - {Witness.POSITION}
        until = {w: self.venue.lies_until[w] for w in others} if len(others) < len(Witness) - 1 else {}
        self.venue.lie(frozenset({Witness.POSITION}), A_MINUTE + AT_ONCE * 5, shown=D(0))
        self.venue.lies_until |= until
        self.actor.live(A_MINUTE, step=A_MINUTE / 3)
        self._instruct(InstructionKind.OPEN, terms_to_json(TERMS))
        self.venue.events = True

    @rule()
    @precondition(lambda self: self._live())
    def closes_half_while_somebody_takes_a_part(self) -> None:
        self.venue.trade_external(LOT, opening=False)
        self._instruct(InstructionKind.CLOSE, {"share": "0.5"})

    @rule(what=st.sampled_from(["all", "half", "stop"]), fate=FATES)
    @precondition(lambda self: self._live())
    def closes_or_moves(self, what: str, fate: Fate) -> None:
        self.venue.fates["market"].append(fate)
        position = self._live()[0]
        if what != "stop":
            self._instruct(InstructionKind.CLOSE, {"share": "0.5"} if what == "half" else {})
        elif position.entry_price is not None and position.stop_price is not None:
            price = (position.stop_price + position.entry_price) / 2
            wanted = {"stop_price": str(price.quantize(D("0.1"))), "target_price": None}
            self._instruct(InstructionKind.EDIT_PROTECTION, wanted)

    # The market, and somebody else.

    @rule(what=st.sampled_from(["stop", "target", "near"]))
    def price_moves(self, what: str) -> None:
        near = self.venue.price + 10
        prices = {"near": near, **dict.fromkeys(("stop", "target"), near)}
        for position in self._live():
            prices |= {"stop": position.stop_price or near, "target": position.target_price or near}
        self.venue.move_price(prices[what])
        self.actor.live(AT_ONCE)

    @rule(what=st.sampled_from(["adds", "takes", "cancels"]))
    def external_trader(self, what: str) -> None:
        if what == "cancels":
            self.venue.cancel_external()
        else:
            self.venue.trade_external(LOT, opening=what == "adds")
        self.actor.live(AT_ONCE)

    # What goes wrong.

    @rule(fates=st.lists(FATES, min_size=1, max_size=2), kind=st.sampled_from(["conditional", "cancel"]))
    def next_orders_suffer(self, fates: list[Fate], kind: str) -> None:
        self.venue.fates[kind] = fates

    @rule(lying=LIES, span=SPANS, empty=st.booleans(), believed=st.booleans())
    def exchange_misleads(self, lying: frozenset[Witness], span: timedelta, empty: bool, believed: bool) -> None:
        self.venue.lie(lying, span, shown=D(0) if empty else self.venue.held)
        self.actor.live(span if believed else AT_ONCE)

    @rule(what=st.sampled_from(["exchange", "trades", "events", "process"]), span=SPANS)
    def fails(self, what: str, span: timedelta) -> None:
        if what == "exchange":
            self.venue.dark_until = self.venue.now + span
        elif what == "trades":
            self.venue.trades_dark_until = self.venue.now + span
        elif what == "events":
            self.venue.events = not self.venue.events
        else:
            self.actor.start_again()
        self.actor.live(span if what == "exchange" else AT_ONCE)

    @rule(span=SPANS, what=st.sampled_from(["nothing", "cancel", "stop", "target", "takes"]), dies=st.booleans())
    @precondition(lambda self: self._live())
    def database_hangs(self, span: timedelta, what: str, dies: bool) -> None:
        live = self._live()[0]  # nobody can look once it hangs
        self.actor.database_hangs_until = self.venue.now + span
        price = {"stop": live.stop_price, "target": live.target_price}.get(what)
        if what == "cancel":
            self.venue.cancel_external()
        elif what == "takes":
            self.venue.trade_external(LOT, opening=False)
        elif price is not None:
            self.venue.move_price(price)
        self.actor.live(span)
        if dies:
            self.actor.start_again()
        self.actor.live(AT_ONCE)

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.actor.live(span)

    # What must hold.

    @invariant()
    def promises_hold(self) -> None:
        with self.actor.sessions() as session:
            self._what_is_closed_is_closed(session)
            self._fills_belong_to_their_orders(session)
        assert not self.venue.wrongs, self.venue.wrongs[0]

    def _what_is_closed_is_closed(self, session: Session) -> None:
        for position in session.scalars(select(PositionRow).where(PositionRow.phase == words.Phase.CLOSED)):
            held = self.venue.owned[position.id]
            assert held <= 0, f"closed wrongly: position {position.id} is CLOSED and holds {held}"

    def _fills_belong_to_their_orders(self, session: Session) -> None:
        booked = select(FillRow, OrderRow).join(OrderRow, OrderRow.id == FillRow.order_id)
        for fill, order in session.execute(booked):
            truth = self.venue.orders[order.client_order_id].number
            message = f"booked wrongly: trade {fill.trade_id} of order {fill.exchange_order_id} counts for {truth}"
            assert fill.exchange_order_id == truth, message

    def teardown(self) -> None:
        try:
            if self.to_the_end and not self.venue.wrongs:
                self._calm_down()
        finally:
            self.transaction.rollback()
            self.connection.close()

    def _calm_down(self) -> None:
        """Heal everything; in half a minute all must be protected or closed, booked and tidy."""
        self.venue.heal()
        for _ in range(3):
            self.actor.live(timedelta(seconds=11))
        self.promises_hold()
        assert self.venue.ours <= 0 or self.venue.stop_rests(), "naked: at the end"
        with self.actor.sessions() as session:
            self._all_is_known(session)

    def _all_is_known(self, session: Session) -> None:
        for position in session.scalars(select(PositionRow)):
            assert position.phase is not words.Phase.ENTERING, "at the end a position is still entering"
            # What an order of ours took of somebody else's is booked beside the position.
            of_position = or_(FillRow.position_id == position.id, FillRow.found_at_position_id == position.id)
            booked: dict[int, Decimal] = defaultdict(Decimal)
            for fill in session.scalars(select(FillRow).where(of_position)):
                booked[fill.trade_id] += fill.quantity
            for trade in self.venue.position_trades(position.id):
                message = (
                    f"booked wrongly: {booked[trade.trade_id]} of trade {trade.trade_id} of {position.id} are booked"
                )
                assert booked[trade.trade_id] == trade.quantity, message
        given_up = select(OrderRow).where(OrderRow.state == OrderState.ABSENT, OrderRow.purpose == Purpose.ENTRY)
        for order in session.scalars(given_up):
            assert order.client_order_id not in self.venue.orders, f"given up wrongly: {order.client_order_id}"

    def _open(self, fate: Fate, lying: frozenset[Witness], wanted: TradeTerms = TERMS) -> None:
        self.venue.fates["market"] = [fate]
        if lying:
            self.venue.lie(lying, LONG_LIE, shown=self.venue.held)
        self._instruct(InstructionKind.OPEN, terms_to_json(wanted))

    def _instruct(self, kind: InstructionKind, terms: dict[str, Any]) -> None:
        live = self._live()
        self.actor.ask(kind, terms, live[0].id if live else None)
        self.actor.live(AT_ONCE)

    def _live(self) -> list[PositionRow]:
        with self.actor.sessions() as session:
            return list(session.scalars(select(PositionRow).where(PositionRow.phase.in_(LIVE_PHASES))))


class LostEntries(Trades):
    """Lives that begin with an entry whose answer is lost, so that what follows from that is met sooner."""

    @initialize(fate=st.sampled_from([Fate.ANSWER_LOST, Fate.ARRIVES_LATE]), lying=LIES_AT_ENTRIES)
    def opens_a_trade(self, fate: Fate, lying: frozenset[Witness]) -> None:
        self._open(fate, lying)


class OpenTrades(Trades):
    """Lives that begin with a trade that opens without trouble, so that what can befall it then is met sooner."""

    @initialize(wanted=EXITS)
    def opens_a_trade(self, wanted: TradeTerms) -> None:
        self._open(Fate.FINE, frozenset(), wanted)


RULES = frozenset(name for name, member in vars(Trades).items() if hasattr(member, RULE_MARKER))


def play(
    engine: Engine,
    examples: int,
    steps: int,
    *,
    lives: type[Trades] = Trades,
    only: frozenset[str] = RULES,
    to_the_end: bool = True,
    shrink: bool = False,
    seed: int = 0,
) -> None:
    """Play so many random lives, the same ones every time; raise what the first bad one did wrong.

    only: the names of the rules to draw from; to_the_end: let each life end in calm and compare everything booked then;
    shrink: look for the shortest bad life; seed: which lives.
    """
    left_out: dict[str, object] = dict.fromkeys(RULES - only)
    machine = type("Trades", (lives,), {"engine": engine, "to_the_end": to_the_end, **left_out})
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    run_state_machine_as_test(
        choose_seed(seed)(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
