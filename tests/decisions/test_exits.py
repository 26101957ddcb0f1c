"""What moving exits decide, from values alone, and what no sequence of marks, fills and edits can do to a stop."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.actions import (
    Action,
    Cancel,
    Close,
    MoveStop,
    PlaceProtection,
    RejectMove,
    Stage,
    Withdraw,
)
from decisions.view import MovingExits, OrderView, TradeView, WantedTarget
from domain.exit_plan import ExitPlan, LockIn, MoveReason, PartialTarget, TimeStop, Trail, TrailUnit
from domain.exits.moves import ExitPrices, PersonsMove
from domain.pricing.brackets import EntryFill
from domain.rejections import Rejection
from domain.terms import FINAL_STATES, Basis, CloseReason, OrderState, Phase, Purpose, Side
from strategy import Try1Strategy
from tests.domain.test_exit_plan import is_possible, plans

D = Decimal
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TICK = D("0.1")
QUANTITY = D(10)
ENTRY_PRICE = D(1000)
FAR_STOP = D(900)
# Ten units at 1000 without fees: 10 USDT are one point of price.
PRICES = ExitPrices(EntryFill(Side.LONG, QUANTITY, D(1000), D(0)), Basis.GROSS, D(0), TICK)
TRAILING = ExitPlan(trail=Trail(TrailUnit.PRICE, D(5)))


def order(number: int, purpose: Purpose, price: str | None = None, **changes: object) -> OrderView:
    state = OrderState(str(changes.pop("state", OrderState.WORKING)))
    view = OrderView(
        id=number,
        purpose=purpose,
        state=state,
        quantity=None,
        trigger_price=None if price is None else D(price),
        rejection=None,
        created_at=NOW - timedelta(seconds=10),
        final_at=NOW - timedelta(seconds=10) if state in FINAL_STATES else None,
        triggered_at=None,
    )
    return replace(view, **changes)  # type: ignore[arg-type]  # the fields of an OrderView


ENTRY = order(1, Purpose.ENTRY, state=OrderState.FILLED)
STOP = order(2, Purpose.STOP, "990")
TARGET = order(3, Purpose.TARGET, "1100")


def trade(
    plan: ExitPlan, *orders: OrderView, mark: str | None = "1000", best: str | None = None, **now: object
) -> TradeView:
    """Return a LONG of ten at 1000 with a stop at 990 whose exits move."""
    exits = MovingExits(
        plan=plan,
        prices=PRICES,
        opened_at=NOW - timedelta(hours=2),
        mark=None if mark is None else D(mark),
        best_mark=D(best or mark or "1000"),
        net_now_usdt=None if mark is None else (D(mark) - 1000) * QUANTITY,
    )
    exits = replace(exits, **now)  # type: ignore[arg-type]  # the fields of MovingExits
    return TradeView(
        position_id=1,
        symbol="BTCUSDT",
        side=Side.LONG,
        phase=Phase.OPEN,
        own_quantity=QUANTITY,
        entry_final=True,
        stop_price=D(990),
        target_price=D(1100),
        tick_size=TICK,
        orders=(ENTRY, *(orders or (STOP, TARGET))),
        exchange_quantity=QUANTITY,
        reachable_since=NOW - timedelta(hours=2),
        exits=exits,
    )


def decide(view: TradeView) -> list[Action]:
    """Return what is decided, but for the spare stop that is written ahead."""
    return [action for action in Try1Strategy().decide([view], NOW) if not isinstance(action, Stage)]


def moved(price: str, reason: MoveReason) -> list[Action]:
    """Return a move: the price is wanted, and an interim stop rests there before anything else happens."""
    return [MoveStop(1, D(price), reason), PlaceProtection(1, Purpose.INTERIM, D(price), QUANTITY)]


def test_a_new_best_price_takes_the_stop_along() -> None:
    assert decide(trade(TRAILING, mark="1003")) == moved("998.0", MoveReason.TRAIL)


def test_nothing_moves_without_a_price() -> None:
    assert decide(trade(TRAILING, mark=None, best="1050")) == []


def test_a_stop_that_the_mark_has_passed_already_is_in_a_hurry_and_the_exchange_judges_it() -> None:
    """The mark may be older than what was reached: a trade is never closed on its word alone."""
    at, every = NOW - timedelta(seconds=3), timedelta(seconds=20)
    waiting = trade(TRAILING, mark="1001", best="1010", moved_at=at, trail_every=every)

    assert decide(waiting) == moved("1005.0", MoveReason.TRAIL)


def test_a_move_waits_until_the_one_before_is_done() -> None:
    interim = order(4, Purpose.INTERIM, "990", quantity=QUANTITY)

    assert not any(isinstance(one, MoveStop) for one in decide(trade(TRAILING, STOP, TARGET, interim, mark="1003")))


@pytest.mark.parametrize(
    "waits",
    [
        {"moved_at": NOW - timedelta(milliseconds=500)},
        {"moved_at": NOW - timedelta(seconds=3), "trail_every": timedelta(seconds=4)},
        {"not_before": NOW + timedelta(seconds=1)},
    ],
    ids=["a second", "its turn", "refused"],
)
def test_moves_are_held_to_their_time(waits: dict[str, Any]) -> None:
    assert decide(trade(TRAILING, mark="1003", **waits)) == []


def test_a_step_does_not_wait_for_the_turn_of_trailing_stops() -> None:
    plan = ExitPlan(break_even_after_usdt=D(50))
    waiting = trade(plan, mark="1006", moved_at=NOW - timedelta(seconds=3), trail_every=timedelta(seconds=20))

    assert decide(waiting) == moved("1000.0", MoveReason.BREAK_EVEN)


def test_an_interim_stop_refused_because_the_price_is_back_closes_at_market() -> None:
    refused = order(
        4,
        Purpose.INTERIM,
        "995",
        state=OrderState.REJECTED,
        quantity=QUANTITY,
        rejection=Rejection.WOULD_TRIGGER_NOW,
        final_at=NOW,
    )
    by_plan = replace(trade(TRAILING, STOP, refused, mark="1000", by_plan=True), stop_price=D(995))
    by_hand = replace(trade(TRAILING, STOP, refused, mark="1000"), stop_price=D(995))

    assert decide(by_plan) == [Close(1, QUANTITY, CloseReason.SL)]
    assert decide(by_hand) == [RejectMove(1, D(990))]


def test_a_stop_refused_at_one_price_is_tried_at_the_next() -> None:
    held = order(4, Purpose.INTERIM, "995", quantity=QUANTITY)
    refused = order(5, Purpose.STOP, "995", state=OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)
    view = replace(trade(TRAILING, held, refused, mark="1000"), stop_price=D(995))

    assert decide(view) == [PlaceProtection(1, Purpose.TARGET, D(1100), None)]
    assert decide(replace(view, stop_price=D(997))) == [PlaceProtection(1, Purpose.STOP, D(997), None)]


def test_an_interim_stop_alone_is_the_middle_of_a_move() -> None:
    interim = order(4, Purpose.INTERIM, "990", quantity=QUANTITY)
    gone = replace(STOP, state=OrderState.CANCELLED, final_at=NOW)

    assert decide(trade(TRAILING, gone, TARGET, interim, mark="1003")) == [
        PlaceProtection(1, Purpose.STOP, D(990), None)
    ]


@pytest.mark.parametrize(
    ("rejection", "by_plan", "then"),
    [
        (Rejection.WOULD_TRIGGER_NOW, True, Close(1, QUANTITY, CloseReason.SL)),
        (Rejection.WOULD_TRIGGER_NOW, False, RejectMove(1, D(990))),
        (Rejection.NO_ROOM_FOR_STOPS, True, RejectMove(1, D(990))),
    ],
)
def test_a_stop_refused_beside_an_interim_one_elsewhere_is_not_left_wanting(
    rejection: Rejection, by_plan: bool, then: Action
) -> None:
    held = order(4, Purpose.INTERIM, "990", quantity=QUANTITY)
    refused = order(5, Purpose.STOP, "995", state=OrderState.REJECTED, rejection=rejection, final_at=NOW)

    assert decide(replace(trade(TRAILING, held, refused, mark="1000", by_plan=by_plan), stop_price=D(995))) == [then]


def test_time_is_up() -> None:
    always = ExitPlan(time_stop=TimeStop(timedelta(hours=2)))
    in_profit = ExitPlan(time_stop=TimeStop(timedelta(hours=2), only_in_profit=True))

    assert decide(trade(always, mark=None)) == [Close(1, QUANTITY, CloseReason.TIME)]
    assert decide(trade(always, opened_at=NOW - timedelta(minutes=119))) == []
    assert decide(trade(in_profit, mark="999")) == []
    assert decide(trade(in_profit, mark="1001")) == [Close(1, QUANTITY, CloseReason.TIME)]


TWO = ExitPlan(targets=(PartialTarget(D(50), D(40)), PartialTarget(D(90), D(60))))
FIRST, LAST = WantedTarget(1, D(1005), D(4)), WantedTarget(2, D(1009), None)


def target(number: int, which: WantedTarget, **changes: object) -> OrderView:
    return order(
        number, Purpose.TARGET, str(which.price), quantity=which.quantity, target_number=which.number, **changes
    )


def wanting(*orders: OrderView, targets: tuple[WantedTarget, ...] = (FIRST, LAST)) -> TradeView:
    return trade(TWO, STOP, *orders, targets=targets)


def placed(which: WantedTarget) -> PlaceProtection:
    return PlaceProtection(1, Purpose.TARGET, which.price, which.quantity, target_number=which.number)


def test_partial_targets_are_placed_one_after_the_other() -> None:
    assert decide(wanting()) == [placed(FIRST)]
    assert decide(wanting(target(3, FIRST))) == [placed(LAST)]
    assert decide(wanting(target(3, FIRST), target(4, LAST))) == []


def test_a_target_that_is_wanted_no_more_is_cancelled() -> None:
    assert decide(wanting(target(3, FIRST), target(4, LAST), targets=(LAST,))) == [Cancel(3)]
    assert decide(wanting(TARGET, target(4, LAST), targets=(LAST,))) == [Cancel(3)]


def test_a_target_that_fires_is_not_placed_again_before_it_is_known() -> None:
    fires = target(3, FIRST, state=OrderState.TRIGGERED, triggered_at=NOW - timedelta(seconds=4))

    assert decide(wanting(fires)) == [placed(LAST)]


def test_a_passed_target_takes_its_share_at_market() -> None:
    refused = target(3, FIRST, state=OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)

    assert decide(wanting(refused)) == [Close(1, D(4), CloseReason.TP, target_number=1)]


def test_a_part_is_not_taken_while_the_rest_would_be_left_without_a_stop() -> None:
    passed = target(3, FIRST, state=OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)
    refused = replace(STOP, state=OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW, final_at=NOW)
    bare = replace(trade(TWO, refused, passed, targets=(FIRST, LAST)), unprotected_since=NOW)

    assert decide(bare) == [Close(1, QUANTITY, CloseReason.UNPROTECTED)]


def test_a_part_that_is_below_the_smallest_is_left_to_the_stop() -> None:
    passed = target(3, FIRST, state=OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)
    too_small = order(
        4,
        Purpose.CLOSE,
        state=OrderState.REJECTED,
        rejection=Rejection.TERMS_REFUSED,
        quantity=FIRST.quantity,
        target_number=1,
    )

    assert Close not in {type(action) for action in decide(wanting(passed, too_small))}


def test_the_last_target_has_a_quantity_where_another_may_not_rest() -> None:
    refused = target(4, LAST, state=OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    read = replace(wanting(target(3, FIRST), refused), resting_read_at=NOW)

    assert decide(read) == [placed(WantedTarget(2, LAST.price, D(6)))]


@dataclass
class Market:
    """A trade on an exchange that answers at once, or late, or not: what rests, and what the strategy wants."""

    plan: ExitPlan
    mark: Decimal = ENTRY_PRICE
    best: Decimal = ENTRY_PRICE
    stop_price: Decimal = FAR_STOP
    now: datetime = NOW
    own: Decimal = QUANTITY
    moved_at: datetime | None = None
    by_person: PersonsMove | None = None
    by_plan: bool = False
    orders: list[OrderView] = field(default_factory=lambda: [ENTRY, order(2, Purpose.STOP, "900")])
    silent: bool = False  # what is sent now has no answer yet

    def view(self) -> TradeView:
        base = trade(self.plan, mark=str(self.mark), best=str(self.best))
        assert base.exits is not None
        exits = replace(
            base.exits, moved_at=self.moved_at, by_person=self.by_person, by_plan=self.by_plan, opened_at=NOW
        )
        return replace(
            base,
            own_quantity=self.own,
            exchange_quantity=self.own,
            stop_price=self.stop_price,
            target_price=None,
            orders=tuple(self.orders),
            exits=exits,
        )

    def resting(self) -> list[Decimal]:
        """Return the triggers of the stops that rest for all that is held."""
        return [
            order.trigger_price
            for order in self.orders
            if order.purpose in (Purpose.STOP, Purpose.INTERIM)
            and order.state is OrderState.WORKING
            and order.quantity in (None, self.own)
            and order.trigger_price is not None
        ]

    def settle(self) -> bool:
        """Let the strategy act until it wants nothing; return whether the trade lives on."""
        for _ in range(12):
            self.now += timedelta(milliseconds=300)
            actions = Try1Strategy().decide([self.view()], self.now)
            held = max(self.resting())
            for action in actions:
                if isinstance(action, Close):
                    return False
                self.apply(action)
                assert self.resting(), "the position has no stop"
                assert max(self.resting()) >= held, "the stop went away from profit"
            if not actions:
                break
        return True

    def move_by_hand(self, price: Decimal) -> bool:
        """Move the stop, maybe away: what rests now counts for nothing any more. Return whether the trade lives on."""
        self.stop_price = price
        self.by_person, self.moved_at, self.by_plan = PersonsMove(self.best, 0), self.now, False
        for _ in range(8):
            self.now += timedelta(seconds=1)
            for action in Try1Strategy().decide([self.view()], self.now):
                if isinstance(action, Close):
                    return False
                self.apply(action)
                assert self.resting()
        return True

    def apply(self, action: Action) -> None:
        match action:
            case MoveStop():
                assert action.price > self.stop_price
                self.stop_price, self.moved_at, self.by_plan = action.price, self.now, True
            case RejectMove():
                self.stop_price, self.by_plan = action.resting_price, False
            case Stage():
                number = max(known.id for known in self.orders) + 1
                spare = order(number, action.purpose, state=OrderState.STAGED, quantity=action.quantity)
                self.orders.append(replace(spare, trigger_price=action.trigger_price, final_at=None))
            case PlaceProtection(purpose=Purpose.STOP | Purpose.INTERIM):
                self.place(action)
            case Cancel():
                self.end(action.order_id, OrderState.CANCELLED)
            case Withdraw():
                self.end(action.order_id, OrderState.WITHDRAWN)
            case _:
                pass

    def place(self, action: PlaceProtection) -> None:
        number = action.staged_id or max(known.id for known in self.orders) + 1
        self.orders = [known for known in self.orders if known.id != number]
        new = order(number, action.purpose, str(action.trigger_price), quantity=action.quantity)
        taken = action.quantity is None and any(
            o.purpose is Purpose.STOP and o.state is OrderState.WORKING for o in self.orders
        )
        if self.silent:
            new = replace(new, state=OrderState.UNKNOWN)
        elif taken:
            new = replace(new, state=OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS, final_at=self.now)
        elif action.trigger_price >= self.mark:
            new = replace(new, state=OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW, final_at=self.now)
        self.orders.append(replace(new, created_at=self.now))

    def end(self, order_id: int, state: OrderState) -> None:
        self.orders = [replace(o, state=state, final_at=self.now) if o.id == order_id else o for o in self.orders]

    def answer(self) -> None:
        """Let what was sent without an answer turn out to rest."""
        self.silent = False
        self.orders = [
            replace(o, state=OrderState.WORKING) if o.state is OrderState.UNKNOWN else o for o in self.orders
        ]


MOVING = plans().filter(is_possible).filter(lambda plan: plan.moves_stop and not plan.targets)
steps = st.lists(
    st.tuples(st.sampled_from(["mark", "mark", "mark", "hand", "part", "silence", "exits"]), st.integers(-300, 400)),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(MOVING, MOVING, steps)
def test_no_sequence_moves_a_stop_away_or_leaves_the_trade_without_one(
    plan: ExitPlan, other: ExitPlan, sequence: list[tuple[str, int]]
) -> None:
    market = Market(replace(plan, time_stop=None))

    for kind, number in sequence:
        market.now += timedelta(seconds=2)
        if kind == "mark":
            market.mark = D(1000) + D(number) / 4
            market.best = max(market.best, market.mark)
            if market.mark <= max(market.resting()):
                return  # stopped
        elif kind == "hand":
            if not market.move_by_hand(min(market.mark - 1, D(1000) + D(number) / 4)):
                return
        elif kind == "part" and number > 0 and market.own > 1 and len(market.resting()) == 1:
            market.own -= 1
        elif kind == "exits":
            # Other exits begin with the price now.
            market.plan, other = replace(other, time_stop=None), market.plan
            market.best, market.by_person = market.mark, None
        elif kind == "silence":
            market.silent = True
            if not market.settle():
                return
            market.answer()
        if not market.settle():
            return
        assert market.resting(), "the position has no stop"


@given(st.lists(st.integers(-200, 400), min_size=1, max_size=20))
def test_lock_ins_and_trail_together_only_rise(marks: list[int]) -> None:
    plan = ExitPlan(D(20), Trail(TrailUnit.PERCENT, D(2), D(60)), (LockIn(D(100), D(50)), LockIn(D(200), D(120))))
    market = Market(plan)

    for number in marks:
        market.now += timedelta(seconds=2)
        market.mark = D(1000) + D(number) / 8
        market.best = max(market.best, market.mark)
        before = market.stop_price
        if market.mark <= max(market.resting()) or not market.settle():
            return
        assert market.stop_price >= before
