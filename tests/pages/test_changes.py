"""Only what changed in a live table travels, and a browser that missed something gets all of it."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.pages.viewing import seen_again, view


def draw() -> None:
    import streamlit as st  # noqa: PLC0415  only this function's text is run

    from app_pages.ui.changes import changed_rows, send_whole  # noqa: PLC0415

    if st.session_state.get("missed"):
        send_whole("list")
    st.session_state["shipped"] = changed_rows("list", st.session_state["list"])


def row(number: int, price: str, result: float | None = None) -> dict[str, Any]:
    return {"id": number, "price": price, "keys": {"base": "BTC", "result": result}}


def shipped_after(app: AppTest, rows: list[dict[str, Any]], missed: bool = False) -> dict[str, Any]:
    app.session_state["list"] = rows
    app.session_state["missed"] = missed
    message: dict[str, Any] = seen_again(app).session_state["shipped"]
    return message


def test_first_message_has_all_rows_and_builds_upon_none() -> None:
    app = view(draw, list=[row(1, "84000.1"), row(2, "2868.59")])

    shipped = app.session_state["shipped"]

    assert shipped == {"number": 1, "since": 0, "ids": [1, 2], "rows": [row(1, "84000.1"), row(2, "2868.59")]}


def test_next_message_has_only_the_values_that_are_new() -> None:
    app = view(draw, list=[row(1, "84000.1"), row(2, "2868.59", 1.5)])

    shipped = shipped_after(app, [row(1, "84000.1"), row(2, "2868.59", 1.6)])

    assert shipped == {"number": 2, "since": 1, "ids": [1, 2], "rows": [{"id": 2, "keys": {"result": 1.6}}]}


def test_value_that_becomes_unknown_is_a_change() -> None:
    app = view(draw, list=[row(1, "84000.1", 1.5)])

    assert shipped_after(app, [row(1, "84000.1")])["rows"] == [{"id": 1, "keys": {"result": None}}]


def test_row_that_comes_is_whole_and_one_that_goes_is_not_named() -> None:
    app = view(draw, list=[row(1, "84000.1")])

    shipped = shipped_after(app, [row(2, "2868.59")])

    assert shipped == {"number": 2, "since": 1, "ids": [2], "rows": [row(2, "2868.59")]}


def test_browser_that_missed_a_message_gets_all_rows() -> None:
    app = view(draw, list=[row(1, "84000.1")])

    shipped = shipped_after(app, [row(1, "84000.1")], missed=True)

    assert shipped == {"number": 2, "since": 0, "ids": [1], "rows": [row(1, "84000.1")]}
