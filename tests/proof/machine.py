"""Random lives of trades against the exchange in memory: a Hypothesis state machine over life cycle plus exchange."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from database_tables import FillRow, OrderRow, PositionRow
from domain import terms as words
from domain.terms import LIVE_PHASES, Basis, InstructionKind, OrderState, Purpose, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_to_json
from tests.proof.actor import Actor
from tests.proof.venue import SYMBOL, Fate, Venue, Witness

D = Decimal
TERMS = TradeTerms(SYMBOL, Side.LONG, D(100), 10, D(10), D(5), Basis.NET, ReopenRule(enabled=False))
AT_ONCE = timedelta(milliseconds=300)
A_MINUTE = timedelta(seconds=61)  # how long a place stays closed after an entry that was given up
LOT = D("0.004")

FATES_OF_ORDERS = st.sampled_from([fate for fate in Fate if fate is not Fate.PARTLY])
FATES_OF_MARKET_ORDERS = st.sampled_from(list(Fate))
LIES = st.sampled_from(
    [frozenset(lying) for lying in ([w] for w in Witness)] + [frozenset(set(Witness) - {told}) for told in Witness]
)
SPANS = st.sampled_from([timedelta(seconds=s) for s in (1, 4, 12)])


class Trades(RuleBasedStateMachine):
    """One account, one pair, one side: a person, a market, a foreign hand, and everything that can go wrong."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.venue = Venue()
        self.actor = Actor(self.connection, self.venue)

    # The person.

    @initialize(fate=FATES_OF_MARKET_ORDERS)
    def opens_a_trade(self, fate: Fate) -> None:
        self._open(fate)

    @rule(fate=FATES_OF_MARKET_ORDERS)
    @precondition(lambda self: not self._live())
    def opens(self, fate: Fate) -> None:
        self._open(fate)

    @rule()
    @precondition(lambda self: not self._live())
    def tries_again_a_minute_later_while_the_place_cannot_be_seen(self) -> None:
        self.actor.live(A_MINUTE)
        self.venue.lie(frozenset({Witness.POSITION}), timedelta(seconds=4), shown=D(0))
        self._open(Fate.FINE)

    @rule(fate=FATES_OF_MARKET_ORDERS, share=st.sampled_from([None, "0.5"]))
    @precondition(lambda self: self._live())
    def closes(self, fate: Fate, share: str | None) -> None:
        self.venue.fates["market"].append(fate)
        self._ask(InstructionKind.CLOSE, {} if share is None else {"share": share})

    @rule(factor=st.sampled_from(["0.4", "-0.5"]))
    @precondition(lambda self: self._live())
    def moves_the_stop(self, factor: str) -> None:
        run = self._live()[0]
        if run.entry_price is not None and run.stop_price is not None:
            price = run.stop_price + (run.entry_price - run.stop_price) * D(factor)
            wanted = {"stop_price": str(price.quantize(D("0.1"))), "target_price": None}
            self._ask(InstructionKind.EDIT_PROTECTION, wanted)

    # The market, and somebody else.

    @rule(what=st.sampled_from(["stop", "target", "near"]))
    def price_moves(self, what: str) -> None:
        near = self.venue.price + 10
        prices = {"near": near, **dict.fromkeys(("stop", "target"), near)}
        for run in self._live():
            prices |= {"stop": run.stop_price or near, "target": run.target_price or near}
        self.venue.move_price(prices[what])
        self.actor.live(AT_ONCE)

    @rule(opening=st.booleans())
    def foreign_hand_trades(self, opening: bool) -> None:
        # Never more than is its own: what happens to a shared place is proven in tests/faults.
        self.venue.trade_foreign(LOT, opening=opening)
        self.actor.live(AT_ONCE)

    @rule()
    def foreign_hand_cancels(self) -> None:
        self.venue.cancel_foreign()
        self.actor.live(AT_ONCE)

    # What goes wrong.

    @rule(fates=st.lists(FATES_OF_ORDERS, min_size=1, max_size=2), kind=st.sampled_from(["conditional", "cancel"]))
    def next_orders_suffer(self, fates: list[Fate], kind: str) -> None:
        self.venue.fates[kind] = fates

    @rule(lying=LIES, span=SPANS, empty=st.booleans())
    def exchange_misleads(self, lying: frozenset[Witness], span: timedelta, empty: bool) -> None:
        self.venue.lie(lying, span, shown=D(0) if empty else self.venue.held)
        self.actor.live(AT_ONCE)

    @rule(span=SPANS, only_trades=st.booleans())
    def exchange_is_silent(self, span: timedelta, only_trades: bool) -> None:
        if only_trades:
            self.venue.trades_dark_until = self.venue.now + span
        else:
            self.venue.dark_until = self.venue.now + span
        self.actor.live(AT_ONCE)

    @rule(on=st.booleans())
    def events_come(self, on: bool) -> None:
        self.venue.events = on

    @rule()
    def process_starts_again(self) -> None:
        self.actor.start_again()
        self.actor.live(AT_ONCE)

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.actor.live(span)

    # What must hold.

    @invariant()
    def nothing_forbidden_happened(self) -> None:
        assert not self.venue.wrongs, self.venue.wrongs[0]

    @invariant()
    def what_is_closed_is_closed(self) -> None:
        with self.actor.sessions() as session:
            for run in session.scalars(select(PositionRow).where(PositionRow.phase == words.Phase.CLOSED)):
                held = self.venue.owned[run.id]
                assert held <= 0, f"closed wrongly: run {run.id} is CLOSED and holds {held}"

    @invariant()
    def fills_belong_to_their_orders(self) -> None:
        with self.actor.sessions() as session:
            booked = select(FillRow, OrderRow).join(OrderRow, OrderRow.id == FillRow.order_id)
            for fill, order in session.execute(booked):
                truth = self.venue.orders[order.client_order_id].number
                message = f"booked wrongly: trade {fill.trade_id} of order {fill.exchange_order_id} counts for {truth}"
                assert fill.exchange_order_id == truth, message

    def teardown(self) -> None:
        try:
            if not self.venue.wrongs:
                self._calm_down()
        finally:
            self.transaction.rollback()
            self.connection.close()

    def _calm_down(self) -> None:
        """Heal everything; in half a minute all must be protected or closed, booked and tidy."""
        self.venue.heal()
        for _ in range(3):
            self.actor.live(timedelta(seconds=11))
        self.nothing_forbidden_happened()
        self.what_is_closed_is_closed()
        assert self.venue.ours <= 0 or self.venue.protected(), "naked: at the end"
        with self.actor.sessions() as session:
            self._all_is_known(session)

    def _all_is_known(self, session: Session) -> None:
        for run in session.scalars(select(PositionRow)):
            assert run.phase is not words.Phase.ENTERING, "at the end a run is still entering"
            own = self.venue.run_trades(run.id)
            booked = session.scalars(select(FillRow).where(FillRow.position_id == run.id)).all()
            missing = {trade.trade_id for trade in own} - {fill.trade_id for fill in booked}
            assert not missing, f"booked wrongly: trades {missing} of run {run.id} are not booked"
        given_up = select(OrderRow).where(OrderRow.state == OrderState.ABSENT, OrderRow.purpose == Purpose.ENTRY)
        for order in session.scalars(given_up):
            assert order.client_order_id not in self.venue.orders, f"given up wrongly: {order.client_order_id}"

    def _open(self, fate: Fate) -> None:
        self.venue.fates["market"] = [fate]
        self._ask(InstructionKind.OPEN, terms_to_json(TERMS))

    def _ask(self, kind: InstructionKind, terms: dict[str, Any]) -> None:
        live = self._live()
        self.actor.ask(kind, terms, live[0].id if live else None)
        self.actor.live(AT_ONCE)

    def _live(self) -> list[PositionRow]:
        with self.actor.sessions() as session:
            return list(session.scalars(select(PositionRow).where(PositionRow.phase.in_(LIVE_PHASES))))


def play(engine: Engine, examples: int, steps: int, *, shrink: bool = False) -> None:
    """Play so many random lives, the same ones every time; raise what the first bad one did wrong."""
    machine = type("Trades", (Trades,), {"engine": engine})
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    run_state_machine_as_test(
        machine,
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
