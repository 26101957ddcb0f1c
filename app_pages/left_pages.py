"""Between browser and Streamlit: what a page still asks for after it was left never reaches the server.

Source: docs/decisions/0050-a-left-page-asks-for-nothing.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.SessionStatus_pb2 import SessionStatus

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STREAM = "/_stcore/stream"
_VISIT = "."
_OF_A_RUN = ("new_session", "delta", "auto_rerun", "stop_auto_rerun", "script_finished")


class LeftPages:
    """ASGI middleware that drops requests for live parts of a page which the same browser has left.

    Streamlit answers such a request under the name of the left page; the browser takes that for another change of
    pages and clears the page that it shows, which nobody draws again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; those other than a dashboard's own websocket are passed on as they are."""
        if scope["type"] != "websocket" or not scope["path"].endswith(_STREAM):
            await self._app(scope, receive, send)
            return
        conversation = Conversation()

        async def receive_asked() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or not message.get("bytes"):
                    return message
                asked = conversation.asked(message["bytes"])
                if asked is not None:
                    return {**message, "bytes": asked}

        async def send_on(message: Message) -> None:
            if message["type"] != "websocket.send" or not message.get("bytes"):
                await send(message)
                return
            for passed in conversation.passed_on(message["bytes"]):
                await send({**message, "bytes": passed})

        await self._app(scope, receive_asked, send_on)


class Conversation:
    """What one browser asked for and was sent, as far as pages are concerned.

    The browser names its page in each request. A visit of a page takes the page's own name, unless the browser may
    still be showing an earlier visit under that name: then it takes another, so a request tells which visit it is of.
    """

    def __init__(self) -> None:
        self._visit: str | None = None  # the one sent last, by name
        self._may_show: set[str] = set()  # visits sent since the browser was last known to show one
        self._wanted = ""  # the page that was asked for last
        self._pages: frozenset[str] = frozenset()
        self._muted = False  # while what the server says is of a part of a page that was left meanwhile
        self._runs_again = False  # after a run that was ended early, because another one follows

    def asked(self, request: bytes) -> bytes | None:
        """Return what the server is to hear of a request; None where it is for a part of a page that was left."""
        message = BackMsg()
        message.ParseFromString(request)
        if message.WhichOneof("type") != "rerun_script":
            return request
        rerun = message.rerun_script
        visit, page = rerun.page_script_hash, _page(rerun.page_script_hash)
        if self._visit is None:  # a new line in the middle of a conversation: the browser goes on where it was
            self._visit, self._wanted, self._may_show = visit, page, {visit}
        if not rerun.fragment_id:
            self._wanted = page
        elif visit != self._visit or page != self._wanted:
            return None
        else:
            self._may_show = {visit}
        if visit == page:
            return request
        rerun.page_script_hash = page
        return _bytes_of(message)

    def passed_on(self, answer: bytes) -> tuple[bytes, ...]:
        """Return what the browser is to hear of an answer, in order: the same, with the visit's name for the page's.

        Nothing where the answer is a live part's and pages changed since it was asked for: the browser, which may not
        have heard of that yet, would clear the page. The part is asked for again by its timer.

        That the page is being drawn is said before the page is cleared for it, and that it is drawn only at the end:
        a page without content that nobody draws is broken, and is loaded anew (static/rescue.js).
        """
        message = ForwardMsg()
        message.ParseFromString(answer)
        kind, named = message.WhichOneof("type"), True
        is_part = bool(message.metadata.run.fragment_ids)
        if kind == "new_session":
            self._muted = is_part and self._may_show != {self._visit}
            if not is_part:
                self._arrive(message.new_session.page_script_hash)
            message.new_session.page_script_hash = self._visit or ""
        elif kind == "navigation":
            self._navigate(message)
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "page_link":
            link = message.delta.new_element.page_link
            link.page_script_hash = self._name(link.page_script_hash)
        else:
            named = False
        if self._muted and kind in _OF_A_RUN:
            self._muted = kind != "script_finished"
            return ()
        if kind == "script_finished":
            self._runs_again = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        elif (
            kind == "session_status_changed"
            and self._runs_again
            and not message.session_status_changed.script_is_running
        ):
            return ()
        heard = _bytes_of(message) if named else answer
        return (_RUNNING, heard) if kind == "new_session" and not is_part else (heard,)

    def _navigate(self, message: ForwardMsg) -> None:
        navigation = message.navigation
        self._pages = frozenset(page.page_script_hash for page in navigation.app_pages)
        self._arrive(navigation.page_script_hash)
        if self._wanted not in self._pages:  # there is no such page (any more), so the server showed another
            self._wanted = navigation.page_script_hash
        for page in navigation.app_pages:
            page.page_script_hash = self._name(page.page_script_hash)
        navigation.page_script_hash = self._name(navigation.page_script_hash)

    def _arrive(self, page: str) -> None:
        if self._visit is not None and _page(self._visit) == page:
            return
        name, number = page, 1
        while name in self._may_show:
            name, number = f"{page}{_VISIT}{number}", number + 1
        self._visit = name
        self._may_show.add(name)

    def _name(self, page: str) -> str:
        return self._visit if self._visit is not None and _page(self._visit) == page else page


def _page(visit: str) -> str:
    return visit.partition(_VISIT)[0]


def _bytes_of(message: BackMsg | ForwardMsg) -> bytes:
    written: bytes = message.SerializeToString()
    return written


_RUNNING = _bytes_of(ForwardMsg(session_status_changed=SessionStatus(script_is_running=True)))
