"""/healthz: one word for whatever watches over the bot, in agreement with what a person reads."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

import runtime
from api.health import describe, healthz
from domain.bot_status import Alert, BotState, MonitorHealth, StreamHealth
from domain.terms import Severity
from domain.version import VERSION
from engine.supervision.status import standing_by, with_stall
from tests.services.building import NOW, SteadyFeed, bot_health


class Running:
    """As much of a running bot as the route looks at."""

    def __init__(self, health: MonitorHealth) -> None:
        self.monitor = SteadyFeed(health)


def answer(
    monkeypatch: pytest.MonkeyPatch, health: MonitorHealth | None, signed_in: bool = True
) -> tuple[int, dict[str, object]]:
    monkeypatch.setattr(runtime, "_runtime", None if health is None else Running(health))
    route = Starlette(routes=[Route("/healthz", healthz)])

    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        scope["signed_in"] = signed_in  # as the guard says it
        await route(scope, receive, send)

    said = TestClient(let_in).get("/healthz")
    return said.status_code, said.json()


def test_a_bot_at_work_is_fine_and_says_all_it_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = answer(monkeypatch, bot_health(7))

    assert code == 200
    assert said == {
        "status": "ok",
        "version": VERSION,
        "state": "TRADING",
        "lease": "holder",
        "account": "SgsR",
        "venue": "practice",
        "last_cycle_age_seconds": 2.0,
        "streams": {"user": "connected", "prices": "connected"},
        "database": "up",
        "problems": [],
    }


def test_who_has_not_signed_in_is_told_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = bot_health(state=BotState.DEGRADED)

    assert answer(monkeypatch, bot_health(7), signed_in=False) == (200, {"status": "ok"})
    assert answer(monkeypatch, stuck, signed_in=False) == (503, {"status": "not ok"})


def test_a_healthy_standby_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = answer(monkeypatch, standing_by(bot_health(), (), NOW))

    assert (code, said["status"], said["lease"]) == (200, "ok", "standby")


def test_before_the_start_it_is_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(monkeypatch, None) == (503, {"status": "starting", "version": VERSION})


def test_a_cycle_that_stands_still_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    still = with_stall(replace(bot_health(7), holds_lease=False, last_cycle_age_seconds=21.0), NOW)

    code, said = answer(monkeypatch, still)

    assert (code, said["status"], said["lease"]) == (503, "stuck", "standby")


@pytest.mark.parametrize("state", [BotState.STARTING, BotState.DEGRADED, BotState.LOCKED, BotState.NO_KEYS])
def test_whatever_keeps_it_from_trading_is_not_fine(monkeypatch: pytest.MonkeyPatch, state: BotState) -> None:
    code, said = answer(monkeypatch, bot_health(state=state))

    assert (code, said["status"]) == (503, state.value.lower())


def test_a_database_that_is_gone_and_streams_that_are_down_are_named() -> None:
    gone = Alert("database", Severity.WARNING, "The database does not answer", "…", NOW)

    said = describe(bot_health(alerts=(gone,), streams=StreamHealth(False, True, None, 3)))

    assert said["database"] == "down"
    assert said["streams"] == {"user": "down", "prices": "connected"}
    assert said["problems"] == [{"code": "database", "title": "The database does not answer", "since": NOW.isoformat()}]
