"""Pictures of the monitor: what the rest of the process is told."""

from decimal import Decimal

import pytest

from domain.bot_status import BotState
from domain.position_key import PositionKey
from domain.terms import Side
from engine.state.engine_state import EngineState
from engine.supervision.status import external_positions, ignored, standing_by, with_stall
from tests.engine.building import D, held
from tests.services.building import NOW, bot_health

LONG = PositionKey("BTCUSDT", Side.LONG)


@pytest.fixture
def state() -> EngineState:
    state = EngineState()
    state.exchange.take_in(1)
    state.exchange.read_positions([held("0.5")], None)
    return state


def test_what_is_held_where_no_trade_of_ours_lives_is_external(state: EngineState) -> None:
    before = external_positions(state)
    state.inbox.know([], [LONG])

    assert [position.quantity for position in before] == [D("0.5")]
    assert external_positions(state) == ()


def test_what_a_later_check_does_not_list_is_gone(state: EngineState) -> None:
    state.exchange.take_in(2)
    state.exchange.read_positions([], None)

    assert external_positions(state) == ()


@pytest.mark.parametrize(("wanted", "left"), [(D("0.5"), {LONG}), (D("0.4"), set())])
def test_what_the_person_ignores_is_ignored_until_its_size_changes(
    state: EngineState, wanted: Decimal, left: set[PositionKey]
) -> None:
    state.flags.ignored[LONG] = wanted

    assert ignored(state) == left


def test_a_standby_shows_who_is_in_charge() -> None:
    shown = standing_by(bot_health(), (), NOW)

    assert (shown.state, shown.holds_lease) == (BotState.STANDBY, False)


def test_a_monitor_that_stands_still_is_shown_as_such_although_it_cannot_say_so() -> None:
    shown = with_stall(bot_health(), NOW)

    assert shown.state is BotState.DEGRADED
    assert shown.alerts[0].code == "stuck"
