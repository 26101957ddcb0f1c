"""Connectivity checks, those of the spot exchange included: client libraries call them before anything else."""

from simulator.endpoints import Call, Endpoint, Routes
from simulator.interfaces import Json


def ping(call: Call) -> Json:
    """Answer GET ping."""
    return {}


def server_time(call: Call) -> Json:
    """Answer GET time with serverTime in milliseconds."""
    return {"serverTime": call.now_ms}


def register(routes: Routes) -> None:
    """Add ping and time of the futures and of the spot exchange."""
    for path in ("/fapi/v1", "/api/v3"):
        routes.add(Endpoint("GET", f"{path}/ping", ping))
        routes.add(Endpoint("GET", f"{path}/time", server_time))
