"""What a cycle shows to be wrong, from rows and states."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Severity
from engine.state.engine_state import EngineState
from engine.supervision.findings import INCOME_ALERT_AFTER, finding, of_income, of_the_trades
from tests.engine.building import D, OpenTrade
from tests.services.building import NOW


def test_what_is_not_so_is_over() -> None:
    assert finding("streams", False, "…", NOW).alert is None


def test_a_trade_without_a_stop_is_named_once_it_has_lasted(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        trade.position.unprotected_since = NOW
        at_once, _ = of_the_trades([trade.position], NOW + timedelta(seconds=5))
        later, _ = of_the_trades([trade.position], NOW + timedelta(seconds=6))

    assert at_once.alert is None
    assert later.alert is not None
    assert (later.alert.severity, later.alert.since) == (Severity.DANGER, NOW)
    assert later.alert.text.startswith("BTCUSDT LONG: until it has one, a loss is not limited.")


def test_what_was_added_is_asked_about_until_the_trade_keeps_to_its_own(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        trade.position.external_quantity = D("0.01")
        _, asked = of_the_trades([trade.position], NOW)
        trade.position.own_part_only = True
        _, answered = of_the_trades([trade.position], NOW)

    assert asked.alert is not None
    assert asked.alert.text.startswith("0.01 of BTCUSDT LONG. Stop-loss and target would close that too.")
    assert answered.alert is None


def test_income_that_fails_for_long_is_said() -> None:
    state = EngineState()

    state.schedule.income_failures = INCOME_ALERT_AFTER - 1
    assert of_income(state, NOW).alert is None
    state.schedule.income_failures += 1
    assert of_income(state, NOW).alert is not None
