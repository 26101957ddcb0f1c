"""What was just done can be taken back for a moment, once."""

import streamlit as st

from app_pages.ui import undo
from tests.pages.viewing import view


def draw() -> None:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415  a page's text is run on its own

    import streamlit as st  # noqa: PLC0415

    from app_pages.ui import undo  # noqa: PLC0415

    if "offered" not in st.session_state:
        st.session_state["offered"] = True
        undo.offer_undo("BTCUSDT LONG does not open again.", lambda: None)
    if "late" in st.session_state:
        st.session_state[undo.OFFERED] = undo.Undo("ETHUSDT", lambda: None, datetime.now(UTC) - timedelta(seconds=1))
    undo.draw_undo()


def test_it_is_offered_in_words() -> None:
    app = view(draw)

    assert [text.value for text in app.markdown] == ["BTC/USDT LONG does not open again."]
    assert [button.label for button in app.button] == ["Undo"]


def test_it_is_taken_back_once() -> None:
    taken_back: list[str] = []
    undo.offer_undo("BTCUSDT LONG does not open again.", lambda: taken_back.append("now"))

    undo.take_back(st.session_state[undo.OFFERED])

    assert taken_back == ["now"]
    assert st.session_state[undo.OFFERED] is None


def test_it_is_not_offered_any_more_when_it_is_too_late() -> None:
    assert not view(draw, late=True).button
