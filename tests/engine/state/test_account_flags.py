"""What is remembered of the account itself."""

from domain.position_key import PositionKey
from domain.terms import Side
from engine.state.account_flags import AccountFlags
from engine.state.engine_state import EngineState
from tests.engine.building import D

KEY = PositionKey("BTCUSDT", Side.LONG)


def test_what_is_ignored_stays_ignored_when_everything_is_read_anew() -> None:
    state = EngineState(flags=AccountFlags(opening_paused=True, modes_in_doubt=True, ignored={KEY: D("0.01")}))

    again = state.start_over()

    assert again.flags == AccountFlags(opening_paused=False, modes_in_doubt=False, ignored={KEY: D("0.01")})


def test_no_account_ignores_what_another_does() -> None:
    one, other = AccountFlags(), AccountFlags()

    one.ignored[KEY] = D("0.01")

    assert other.ignored == {}
