"""What was just done can be taken back for a moment, once."""

from tests.pages.viewing import press, view


def draw() -> None:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415  a page's text is run on its own

    import streamlit as st  # noqa: PLC0415

    from app_pages.ui import undo  # noqa: PLC0415

    if "offered" not in st.session_state:
        st.session_state["offered"] = True
        undo.offer_undo("BTCUSDT LONG does not open again.", lambda: st.session_state.update(taken_back=True))
    if "late" in st.session_state:
        undo.OFFERED_FOR = timedelta(0)
        undo.offer_undo("ETHUSDT", lambda: None)
        while datetime.now(UTC) <= st.session_state["undo_offered"].until:
            pass
    undo.draw_undo()


def test_it_is_offered_and_taken_back_once() -> None:
    app = view(draw)

    assert [text.value for text in app.markdown] == ["BTC/USDT LONG does not open again."]
    press(app, "undo_pressed")

    assert app.session_state["taken_back"]
    assert not app.button


def test_it_is_not_offered_any_more_when_it_is_too_late() -> None:
    assert not view(draw, late=True).button
