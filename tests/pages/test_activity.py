"""Activity: the journal by day, escaped, filtered, for one trade alone."""

from datetime import timedelta

from streamlit.testing.v1 import AppTest

from domain.terms import Severity
from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, has_component, press, seen_again, view, words
from tests.services.building import NOW, add_journal, add_plan, add_position


def draw() -> None:
    from app_pages.activity import page  # noqa: PLC0415  a page's text is run on its own

    page()


def shown_text(app: AppTest) -> str:
    """Return headings and texts of the journal in their order."""
    if not has_component(app, "journal"):
        return ""
    days = component(app, "journal")["days"]
    return "\n".join(
        line
        for day in days
        for line in (day["title"], *(f"{entry['text']} {entry['position']}" for entry in day["entries"]))
    )


def test_nothing_yet_says_what_will_stand_here(dashboard: Dashboard) -> None:
    assert "Nothing has happened yet" in words(view(draw))


def test_entries_stand_by_day_newest_first(dashboard: Dashboard) -> None:
    for days, text in ((40, "long ago"), (1, "before"), (0, "just now")):
        add_journal(dashboard.session, dashboard.account, text, at=NOW - timedelta(days=days))
    dashboard.session.commit()

    shown = shown_text(view(draw))

    places = [
        shown.index(word) for word in ("Today", "just now", "Yesterday", "before", "Tuesday, 13 October", "long ago")
    ]
    assert places == sorted(places)


def test_what_matters_has_a_word_beside_its_colour(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "The stop is gone.", severity=Severity.DANGER)
    dashboard.session.commit()

    entry = component(view(draw), "journal")["days"][0]["entries"][0]

    assert (entry["tone"], entry["word"]) == ("down", "Danger")


def test_details_are_words_and_leave_out_what_is_missing(dashboard: Dashboard) -> None:
    add_journal(
        dashboard.session,
        dashboard.account,
        "x",
        details={"answer_text": "<b>", "code": "joined", "reason": None, "price": "0.1"},
    )
    dashboard.session.commit()

    entry = component(view(draw), "journal")["days"][0]["entries"][0]

    assert sorted(entry["details"]) == [["answer text", "<b>"], ["price", "0.1"]]


def test_only_what_needs_attention(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "bought")
    add_journal(dashboard.session, dashboard.account, "refused", severity=Severity.WARNING)
    dashboard.session.commit()
    app = view(draw)

    app.segmented_control(key="activity_level").set_value("Needs attention")

    assert "bought" not in shown_text(seen_again(app))
    assert "refused" in shown_text(app)


def test_nothing_that_needs_attention_is_good_news(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "bought")
    dashboard.session.commit()
    app = view(draw)

    app.segmented_control(key="activity_level").set_value("Needs attention")

    assert "Nothing needs attention" in words(seen_again(app))


def test_one_trade_alone_and_back_to_all(dashboard: Dashboard) -> None:
    position = add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    add_journal(dashboard.session, dashboard.account, "of this trade", position_id=position.id)
    add_journal(dashboard.session, dashboard.account, "of another")
    dashboard.session.commit()

    app = view(draw, address={"trade": str(position.id)})
    alone = shown_text(app)
    press(app, "activity_all")

    assert "of another" not in alone
    assert "BTC/USDT LONG" in alone
    assert "of another" in shown_text(app)


def test_a_trade_is_chosen_by_its_name(dashboard: Dashboard) -> None:
    position = add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    add_journal(dashboard.session, dashboard.account, "of this trade", position_id=position.id)
    add_journal(dashboard.session, dashboard.account, "of another")
    dashboard.session.commit()
    app = view(draw)

    app.selectbox(key="activity_position").set_value(position.id)

    assert app.selectbox(key="activity_position").options[1] == "BTC/USDT LONG, trade 1 of its plan, open 22 Nov 11:00"
    assert "of another" not in shown_text(seen_again(app))


def test_what_is_chosen_stands_in_the_address(dashboard: Dashboard) -> None:
    position = add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    dashboard.session.commit()
    app = view(draw)

    app.selectbox(key="activity_position").set_value(position.id)
    seen_again(app)

    assert app.query_params == {"trade": str(position.id)}
    press(app, "activity_all")
    assert "trade" not in app.query_params


def test_a_trade_that_is_gone_shows_all(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "bought")
    dashboard.session.commit()

    assert "bought" in shown_text(view(draw, address={"trade": "999"}))


def test_a_page_that_does_not_follow_stands_still_and_counts(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "old")
    dashboard.session.commit()
    app = view(draw)
    app.toggle(key="activity_follow").set_value(False)
    seen_again(app)
    add_journal(dashboard.session, dashboard.account, "new")
    dashboard.session.commit()

    standing = shown_text(seen_again(app))
    button = app.button(key="activity_newer").label
    press(app, "activity_newer")

    assert "new" not in standing
    assert button == "1 new entry"
    assert "new" in shown_text(app)


def test_pages_lead_to_older_entries_and_back(dashboard: Dashboard) -> None:
    for number in range(230):
        add_journal(dashboard.session, dashboard.account, f"entry {number:03}")
    dashboard.session.commit()
    app = view(draw)

    def seen() -> list[str]:
        entries = [entry["text"] for day in component(app, "journal")["days"] for entry in day["entries"]]
        return [entries[0], entries[-1]]

    first = seen()
    press(app, "activity_more")
    second = seen()
    press(app, "activity_more")
    last = seen()
    more = "activity_more" in {button.key for button in app.button}
    press(app, "activity_back")

    assert (first, second, last) == (
        ["entry 229", "entry 130"],
        ["entry 129", "entry 030"],
        ["entry 029", "entry 000"],
    )
    assert not more
    assert seen() == second


def test_newest_leads_back_at_once_and_another_choice_begins_there(dashboard: Dashboard) -> None:
    for number in range(230):
        add_journal(dashboard.session, dashboard.account, f"entry {number:03}")
    dashboard.session.commit()
    app = view(draw)

    press(press(app, "activity_more"), "activity_more")
    press(app, "activity_newest")
    at_once = "entry 229" in shown_text(app)
    press(app, "activity_more")
    app.toggle(key="activity_follow").set_value(False)

    assert at_once
    assert "entry 229" in shown_text(seen_again(app))


def test_pairs_and_amounts_read_as_everywhere(dashboard: Dashboard) -> None:
    position = add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    add_journal(
        dashboard.session,
        dashboard.account,
        "Opened BTCUSDT LONG: 0.035 at 84\u202f000.1.",
        position_id=position.id,
        details={"entry_price": "84000.1", "client_order_id": "12345", "quantity": "1234567.5", "net_usdt": "odd"},
    )
    dashboard.session.commit()

    entry = component(view(draw), "journal")["days"][0]["entries"][0]

    assert entry["text"] == "Opened BTC/USDT LONG: 0.035 at 84\u202f000.1."
    assert entry["position"] == ""
    assert dict(entry["details"]) == {
        "entry price": "84\u202f000.1",
        "order": "12345",
        "quantity": "1\u202f234\u202f567.5",
        "result, USDT": "odd",
    }
