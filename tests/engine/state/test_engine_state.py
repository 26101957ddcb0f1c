"""The actor's memory: what is left of it when it starts over, and what a cycle leaves out."""

from domain.position_key import PositionKey
from domain.terms import Side
from engine.requests.reports import AccountRead, Cancelled, Received
from engine.state.engine_state import EngineState
from engine.state.quarantine import Culprit
from tests.engine.building import D
from tests.services.building import BTC_RULES, NOW

LONG = PositionKey("BTCUSDT", Side.LONG)


def test_starting_over_keeps_what_it_signed_in_with_and_forgets_the_rest() -> None:
    state = EngineState.signed_in({"BTCUSDT": BTC_RULES}, {LONG: D("0.5")}, None, NOW)
    state.exchange.take_in(9)
    state.inbox.named_symbols.add("BTCUSDT")
    state.received.append(Received(AccountRead((), ()), 9))

    fresh = state.start_over()

    assert fresh.exchange.rules == {"BTCUSDT": BTC_RULES}
    assert fresh.flags.ignored == {LONG: D("0.5")}
    assert fresh.exchange.reachable_since == NOW
    assert (fresh.exchange.batch, fresh.inbox.named_symbols, fresh.received) == (0, set(), [])


def test_a_report_that_cannot_be_processed_is_dropped_and_the_others_stay() -> None:
    state = EngineState(received=[Received(Cancelled(1), 1), Received(Cancelled(2), 1), Received(Cancelled(3), 1)])

    state.leave_out(Culprit(report_number=1), NOW)

    assert [item.observation for item in state.received] == [Cancelled(1), Cancelled(3)]


def test_a_trade_that_cannot_be_processed_waits_and_an_instruction_is_given_up() -> None:
    state = EngineState()

    state.leave_out(Culprit(position_id=4), NOW)
    state.leave_out(Culprit(instruction_id="close-1"), NOW)

    assert state.quarantine.holds(4, NOW)
    assert state.quarantine.instructions == {"close-1"}
