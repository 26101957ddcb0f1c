"""Files of the pages: compressed once, known by their content, and only those that there are."""

import asyncio
import gzip
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from access.compressed_files import ROOTS, CompressedFiles
from tests.access.asking import Answered, Behind, scope_of

SCRIPT = b"export const answer = 42;\n" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "index.abc.js").write_bytes(SCRIPT)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    return tmp_path


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def files(behind: Behind, folder: Path) -> CompressedFiles:
    return CompressedFiles(behind, {"/static/": folder, "/app/static/": folder})


def ask(files: CompressedFiles, path: str, method: str = "GET", **headers: str) -> Answered:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        messages.append(message)

    asyncio.run(files(scope_of(path, method, **{"accept_encoding": "gzip, br", **headers}), receive, send))
    return Answered(messages)


def body(answered: Answered) -> bytes:
    return b"".join(message.get("body", b"") for message in answered.messages)


def test_a_file_is_sent_compressed_and_kept_for_ever_by_the_name_of_its_content(files: CompressedFiles) -> None:
    answered = ask(files, "/static/js/index.abc.js")

    assert gzip.decompress(body(answered)) == SCRIPT
    assert answered.header("content-encoding") == "gzip"
    assert answered.header("content-length") == str(len(body(answered)))
    assert answered.header("content-type") == "text/javascript; charset=utf-8"
    assert answered.header("vary") == "Accept-Encoding"
    assert "immutable" in (answered.header("cache-control") or "")


def test_a_name_of_ours_is_kept_for_ever_with_its_version_only(files: CompressedFiles) -> None:
    assert ask(files, "/app/static/js/index.abc.js").header("cache-control") == "no-cache"
    assert "immutable" in (ask(files, "/app/static/js/index.abc.js?v=1").header("cache-control") or "")


def test_it_is_compressed_once_and_again_only_when_it_changed(
    files: CompressedFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(files, "/static/js/index.abc.js")
    monkeypatch.setattr(gzip, "compress", lambda *_, **__: pytest.fail("compressed again"))
    second = ask(files, "/static/js/index.abc.js")
    monkeypatch.undo()

    (folder / "js" / "index.abc.js").write_bytes(b"changed();")
    third = ask(files, "/static/js/index.abc.js")

    assert body(first) == body(second)
    assert gzip.decompress(body(third)) == b"changed();"
    assert first.header("etag") != third.header("etag")


def test_a_browser_that_has_it_is_told_so(files: CompressedFiles) -> None:
    tag = ask(files, "/app/static/js/index.abc.js").header("etag")
    assert tag is not None

    answered = ask(files, "/app/static/js/index.abc.js", if_none_match=tag)

    assert (answered.status, body(answered)) == (304, b"")


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/static/picture.png", "GET", {}),
        ("/static/js/index.abc.js", "HEAD", {}),
        ("/static/js/index.abc.js", "GET", {"accept_encoding": "identity"}),
        ("/static/js/index.abc.js", "GET", {"range": "bytes=0-9"}),
        ("/static/../static/js/index.abc.js", "GET", {}),
        ("/static/js/other.js", "GET", {}),
        ("/", "GET", {}),
    ],
)
def test_everything_else_is_left_to_what_stands_behind(
    files: CompressedFiles, behind: Behind, path: str, method: str, headers: dict[str, str]
) -> None:
    answered = ask(files, path, method, **headers)

    assert len(behind.reached) == 1
    assert answered.header("content-encoding") is None


def test_a_file_that_was_taken_away_is_left_to_what_stands_behind(
    files: CompressedFiles, behind: Behind, folder: Path
) -> None:
    (folder / "js" / "index.abc.js").unlink()

    ask(files, "/static/js/index.abc.js")

    assert len(behind.reached) == 1


def test_the_pages_files_are_found_where_the_server_has_them(behind: Behind) -> None:
    files = CompressedFiles(behind, ROOTS)

    for path in ("/app/static/drawing.mjs", "/app/static/dashboard.css"):
        assert ask(files, path).header("content-encoding") == "gzip"
    assert behind.reached == []


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_the_start_of_the_server_and_its_sockets_pass(kind: str) -> None:
    reached: list[Scope] = []

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    asyncio.run(CompressedFiles(behind, {})({"type": kind}, receive, send))

    assert [scope["type"] for scope in reached] == [kind]
