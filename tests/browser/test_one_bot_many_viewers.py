"""One bot behind every page: files that change make no second one, and viewers on slow lines do not slow it."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from domain.terms import CloseReason, InstructionKind, Phase
from domain.terms_json import terms_to_json
from storage.connections import create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from storage.tables import AccountRow, PositionRow
from tests.browser.serving import ROOT, Served
from tests.support.instructions import write_instruction
from tests.support.leases import load_lease
from tests.support.waiting import eventually
from tests.system.flow.bot import terms

pytestmark = pytest.mark.slow

VIEWERS = 15
WATCHED_SECONDS = 5.0
RECORDED_WITHIN_SECONDS = 15.0
ROUTINE_REQUESTS = 20  # more than checks, balance and income need in that time; 15 viewers asking would be far beyond


class SlowViewer:
    """Looks at Positions as a browser does, on a line that carries fifty messages a second and closes anyhow."""

    def __init__(self, url: str) -> None:
        self._address = f"{url.replace('http', 'ws')}/_stcore/stream"
        self._live: set[str] = set()
        self._page = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.drawn = 0  # times that a part or the page was drawn for this viewer

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        self._ended.set()

    def is_gone(self) -> bool:
        self._thread.join(timeout=0.1)
        return not self._thread.is_alive()

    def _look(self) -> None:
        streamlit = [Subprotocol("streamlit")]
        with (
            suppress(WebSocketException),
            connect(
                self._address, subprotocols=streamlit, max_size=None, ping_interval=None, close_timeout=0.1
            ) as line,
        ):
            line.send(_draw())
            again_at = time.monotonic() + 1
            while not self._ended.is_set():
                self._hear(line)
                if time.monotonic() >= again_at:
                    again_at = time.monotonic() + 1
                    for fragment in self._live:
                        line.send(_draw(fragment, self._page))

    def _hear(self, line: ClientConnection) -> None:
        try:
            said = line.recv(timeout=0.1)
        except TimeoutError:
            return
        message = ForwardMsg.FromString(said if isinstance(said, bytes) else said.encode())
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._page = message.navigation.page_script_hash  # a browser names the page that it shows
        elif kind == "auto_rerun":
            self._live.add(message.auto_rerun.fragment_id)
        elif kind == "script_finished":
            self.drawn += 1
        time.sleep(0.02)


def _draw(fragment: str | None = None, page: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = ""
    message.rerun_script.context_info.timezone = "Europe/Berlin"
    if fragment is not None:
        message.rerun_script.fragment_id = fragment
        message.rerun_script.page_script_hash = page
        message.rerun_script.is_auto_rerun = True
    written: bytes = message.SerializeToString()
    return written


@contextmanager
def database_of(served: Served) -> Iterator[sessionmaker[Session]]:
    """Give a second way into the server's own database."""
    server = EmbeddedPostgres.start(served.folder / "data")
    engine = create_database_engine(server.url, "looking-on", 2)
    yield sessions(engine)
    engine.dispose()
    server.stop()


def open_a_trade(served: Served, rows: sessionmaker[Session]) -> PositionRow:
    with rows.begin() as session:
        now = session.scalars(select(AccountRow.first_seen_at)).one() + timedelta(days=1)
        write_instruction(session, InstructionKind.OPEN, now, terms=terms_to_json(terms()))
    run: list[PositionRow] = []

    def protected() -> bool:
        with rows() as session:
            run[:] = session.scalars(select(PositionRow).where(PositionRow.protected_at.is_not(None)))
        return bool(run) and run[0].stop_price is not None

    eventually(protected)
    return run[0]


def test_fifteen_slow_viewers_neither_ask_the_exchange_nor_hold_up_the_booking_of_a_stop(served: Served) -> None:
    viewers = [SlowViewer(served.url) for _ in range(VIEWERS)]
    with database_of(served) as rows:
        opened = open_a_trade(served, rows)
        for viewer in viewers:
            viewer.start()
        try:
            eventually(lambda: all(viewer.drawn for viewer in viewers), within=60)
            before = len(served.control("ledger")["requests"])
            time.sleep(WATCHED_SECONDS)
            asked = len(served.control("ledger")["requests"]) - before

            assert opened.stop_price is not None
            served.set_price("BTCUSDT", opened.stop_price)

            def is_recorded() -> bool:
                with rows() as session:
                    return session.get_one(PositionRow, opened.id).phase is Phase.CLOSED

            eventually(is_recorded, "the result", RECORDED_WITHIN_SECONDS)
        finally:
            for viewer in viewers:
                viewer.leave()
        eventually(lambda: all(viewer.is_gone() for viewer in viewers))
        with rows() as session:
            closed = session.get_one(PositionRow, opened.id)

    assert closed.close_reason is CloseReason.SL
    assert closed.net_usdt is not None
    assert asked <= ROUTINE_REQUESTS


def test_a_source_file_touched_under_a_live_page_makes_no_second_bot(served: Served) -> None:
    viewer = SlowViewer(served.url)
    viewer.start()
    try:
        eventually(lambda: viewer.drawn > 1)
        for name in ("app.py", "runtime.py", "monitor.py", "app_pages/positions/page.py", "services/facade.py"):
            os.utime(ROOT / name)
        drawn = viewer.drawn
        eventually(lambda: viewer.drawn > drawn + 5)
    finally:
        viewer.leave()

    with database_of(served) as rows, rows() as session:
        holder = load_lease(session)
    assert holder is not None
    assert holder.epoch == 1
    assert served.health()["status"] == "ok"
    log = (served.folder / "server.log").read_text()
    assert log.count("lease taken") == 1
    assert "page failed" not in log
