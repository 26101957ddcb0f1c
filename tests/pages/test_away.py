"""The card While you were away."""

from datetime import timedelta

from domain.journal.events import JournalEvent
from tests.pages.conftest import Dashboard
from tests.pages.viewing import press, seen_again, view, words
from tests.services.building import NOW, add_closed, add_journal, add_plan


def draw() -> None:
    from app_pages.shell import run  # noqa: PLC0415  a page's text is run on its own

    run()


def test_after_an_hour_the_card_tells_what_happened_until_it_is_read(dashboard: Dashboard) -> None:
    app = view(draw)
    plan = add_plan(dashboard.session, dashboard.account)
    add_closed(dashboard.session, plan, "15", NOW + timedelta(minutes=20), 1)
    add_closed(dashboard.session, plan, "-10.50", NOW + timedelta(minutes=40), 2, opened_at=NOW + timedelta(minutes=30))
    moved = {"event": JournalEvent.STOP_MOVED.value, "at": NOW + timedelta(minutes=35)}
    for _ in range(2):
        add_journal(dashboard.session, dashboard.account, "The stop moves.", **moved)
    dashboard.session.commit()
    before = words(app)
    dashboard.clock.pass_seconds(3600)
    app = seen_again(app)
    shown = words(app)
    app = press(app, "away_read")

    assert "While you were away" not in before
    assert "While you were away" in shown
    assert "the last 1\u202fh" in shown
    assert "+4.50" in shown
    assert "2 trades: 1 won, 1 lost" in shown
    assert "2 trades opened again" not in shown
    assert "1 trade opened again" in shown
    assert "2 moves of a stop towards profit" in shown
    assert "While you were away" not in words(app)


def test_a_short_absence_tells_nothing(dashboard: Dashboard) -> None:
    app = view(draw)
    dashboard.clock.pass_seconds(29 * 60)

    assert "While you were away" not in words(seen_again(app))
