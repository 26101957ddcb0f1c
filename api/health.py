"""GET /healthz: the state of the bot in one JSON object, for whatever watches over it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from domain.bot_status import BotState, MonitorHealth, StreamHealth
from domain.version import VERSION
from runtime import RuntimeNotStarted, get_runtime

_FINE = (BotState.TRADING, BotState.PAUSED, BotState.STANDBY)


async def healthz(request: Request) -> JSONResponse:
    """Answer 200 while the bot does its work (a healthy standby included), else 503 with the same object.

    Whoever has not signed in where a password is set is told no more than that.
    """
    try:
        health = get_runtime().monitor.health()
    except RuntimeNotStarted:
        return JSONResponse({"status": "starting", "version": VERSION}, status_code=503)
    described = describe(health)
    works = described["status"] == "ok"
    if not request.scope["signed_in"]:
        described = {"status": "ok" if works else "not ok"}
    return JSONResponse(described, status_code=200 if works else 503)


def describe(health: MonitorHealth) -> dict[str, Any]:
    """Return the answer's object: status ok, starting, degraded or stuck, and what it follows from."""
    codes = [alert.code for alert in health.alerts]
    status = "stuck" if "stuck" in codes else "ok" if health.state in _FINE else health.state.value.lower()
    return {
        "status": status,
        "version": VERSION,
        "state": health.state.value,
        "lease": "holder" if health.holds_lease else "standby",
        "account": health.account_alias,
        "venue": health.venue.value,
        "last_cycle_age_seconds": round(health.last_cycle_age_seconds, 3),
        "streams": {
            "user": _user_word(health.streams),
            "prices": "connected" if health.streams.prices_connected else "down",
        },
        "database": "down" if "database" in codes else "up",
        "problems": [{"code": p.code, "title": p.title, "since": p.since.isoformat()} for p in health.alerts],
    }


def _user_word(streams: StreamHealth) -> str:
    if not streams.user_connected:
        return "down"
    return "deaf" if streams.user_deaf else "connected"
