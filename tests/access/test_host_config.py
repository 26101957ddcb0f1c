"""None of Streamlit's error dialogs is shown: what the browser asks of its host says so."""

import asyncio
import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from access.host_config import OwnDialogs, without_dialogs


async def config(_: Request) -> Response:
    await asyncio.sleep(0)
    return JSONResponse({"allowedOrigins": ["https://example.org"]})


async def other(_: Request) -> Response:
    await asyncio.sleep(0)
    return PlainTextResponse("as it is")


def test_dialogs_are_blocked_and_the_rest_is_as_it_was() -> None:
    app = OwnDialogs(Starlette(routes=[Route("/_stcore/host-config", config), Route("/other", other)]))
    client = TestClient(app)

    answer = client.get("/_stcore/host-config")

    assert answer.json() == {"allowedOrigins": ["https://example.org"], "blockErrorDialogs": True}
    assert answer.headers["content-length"] == str(len(answer.content))
    assert client.get("/other").text == "as it is"


def test_an_answer_that_is_no_object_is_left_alone() -> None:
    for body in (b"not json", json.dumps([1]).encode()):
        assert without_dialogs(body) == body
