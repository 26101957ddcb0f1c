"""Activity: the journal by day, escaped, filtered, for one trade alone."""

from datetime import timedelta

from domain.terms import Severity
from tests.pages.conftest import Dashboard
from tests.pages.viewing import press, seen_again, view, words
from tests.services.building import NOW, add_journal, add_plan, add_position


def draw() -> None:
    from app_pages.activity import page  # noqa: PLC0415  a page's text is run on its own

    page()


def test_nothing_yet_says_what_will_stand_here(dashboard: Dashboard) -> None:
    assert "Nothing has happened yet" in words(view(draw))


def test_entries_stand_by_day_newest_first(dashboard: Dashboard) -> None:
    for days, text in ((40, "long ago"), (1, "before"), (0, "just now")):
        add_journal(dashboard.session, dashboard.account, text, at=NOW - timedelta(days=days))
    dashboard.session.commit()

    shown = words(view(draw))

    places = [
        shown.index(word) for word in ("Today", "just now", "Yesterday", "before", "Tuesday, 13 October", "long ago")
    ]
    assert places == sorted(places)


def test_what_matters_has_a_word_beside_its_colour(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "The stop is gone.", severity=Severity.DANGER)
    dashboard.session.commit()

    assert 'class="icon down" role="img" aria-label="Danger"' in words(view(draw))


def test_text_from_outside_is_escaped(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "<b>x</b>", details={"answer": "<script>"})
    dashboard.session.commit()

    shown = words(view(draw))

    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "<script>" not in shown


def test_only_what_needs_attention(dashboard: Dashboard) -> None:
    add_journal(dashboard.session, dashboard.account, "bought")
    add_journal(dashboard.session, dashboard.account, "refused", severity=Severity.WARNING)
    dashboard.session.commit()
    app = view(draw)

    app.segmented_control(key="activity_level").set_value("Needs attention")

    assert "bought" not in words(seen_again(app))
    assert "refused" in words(app)


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

    app = view(draw, activity_position=position.id)
    alone = words(app)
    press(app, "activity_all")

    assert "of another" not in alone
    assert "BTC/USDT LONG" in alone
    assert "of another" in words(app)


def test_older_entries_come_when_asked_for(dashboard: Dashboard) -> None:
    for number in range(130):
        add_journal(dashboard.session, dashboard.account, f"entry {number:03}")
    dashboard.session.commit()
    app = view(draw)
    first = words(app)

    press(app, "activity_more")

    assert "entry 029" not in first
    assert "entry 029" in words(app)
