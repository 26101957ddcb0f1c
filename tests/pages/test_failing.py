"""A fault of ours is told where it breaks nothing."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.viewing import said


def draw() -> None:
    import streamlit as st  # noqa: PLC0415  a page's text is run on its own

    from app_pages.ui.asking import follow_asked  # noqa: PLC0415
    from app_pages.ui.failing import say_failed  # noqa: PLC0415

    def fail() -> None:
        say_failed(ValueError("a fault"))

    st.container(key="frame").write("the frame")
    st.button("Press", on_click=fail)
    st.button("Draw", key="draw")
    if st.session_state.draw:
        fail()
    follow_asked()


def viewed() -> AppTest:
    app = AppTest.from_function(draw)
    app.run()
    return app


def test_a_press_that_fails_takes_nothing_away_from_the_page() -> None:
    app = viewed()

    app.button[0].click().run()

    assert not app.error
    assert app.markdown[0].value == "the frame"
    assert said(app)[0].startswith("What you pressed ran into a fault")


def test_a_page_that_fails_says_so_where_it_stopped() -> None:
    app = viewed()

    app.button(key="draw").click().run()

    assert app.error[0].value.startswith("This page ran into a fault")


def test_a_live_part_that_fails_each_second_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        from app_pages.ui.failing import say_failed  # noqa: PLC0415

        say_failed(ArithmeticError("each second"))

    for _ in range(5):
        AppTest.from_function(fail).run()

    logged = [record for record in caplog.records if record.getMessage() == "page failed"]
    assert len(logged) == 1
