"""The section Limits of Settings, and what the pages say while a limit lets nothing open."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

from domain.risk.limits import CoolDown, LimitKind, RiskLimits
from domain.risk.uses import ReachedLimit
from domain.terms import ReopenState
from storage.risk import save_reached
from tests.pages.conftest import Dashboard
from tests.pages.viewing import number_field, press, press_send, seen_again, send_button, type_text, view, words
from tests.services.building import NOW, add_closed, add_plan

D = Decimal


def draw() -> None:
    from app_pages.settings.limits import draw_limits  # noqa: PLC0415  a page's text is run on its own

    draw_limits()


def lose(dashboard: Dashboard, net: str = "-50.20") -> None:
    plan = add_plan(dashboard.session, dashboard.account)
    add_closed(dashboard.session, plan, net, NOW - timedelta(minutes=5), 1)
    dashboard.session.commit()


def saved(dashboard: Dashboard) -> RiskLimits:
    view = dashboard.services.limits.view()
    assert view is not None
    return view.limits


def test_limits_are_saved_together(dashboard: Dashboard) -> None:
    app = view(draw)
    app = type_text(app, "limit_DAY_LOSS", "50")
    app = type_text(app, "limit_LOSSES", "3")
    app = type_text(app, "limit_COOL_DOWN", "5")
    app = type_text(app, "limit_SPREAD", "0.1")
    app = press_send(app, "limits_save")

    assert "Your limits hold from now on." in words(app)
    assert saved(dashboard) == RiskLimits(
        day_loss_usdt=D("50"),
        losses_in_a_row=3,
        cool_down=CoolDown(timedelta(minutes=5), timedelta(days=1)),
        spread_percent=D("0.1"),
    )
    assert number_field(app, "limit_DAY_LOSS")["text"] == "50"


def test_what_cannot_be_read_is_said_and_nothing_typed_is_lost(dashboard: Dashboard) -> None:
    app = type_text(view(draw), "limit_DAY_LOSS", "much")
    app = type_text(app, "limit_WEEK_LOSS", "200")

    assert send_button(app, "limits_save")["disabled"]
    assert send_button(app, "limits_save")["why"].startswith("Loss per day: This is not a number.")
    assert number_field(app, "limit_WEEK_LOSS")["text"] == "200"
    assert saved(dashboard) == RiskLimits()


def test_a_limit_that_makes_no_sense_is_refused_in_words(dashboard: Dashboard) -> None:
    app = type_text(view(draw), "limit_DAY_LOSS", "0")

    assert "enter more than 0 USDT" in send_button(app, "limits_save")["why"]


def test_what_was_changed_elsewhere_is_not_overwritten_unseen(dashboard: Dashboard) -> None:
    app = type_text(view(draw), "limit_DAY_LOSS", "50")
    dashboard.services.limits.save(RiskLimits(week_loss_usdt=D("300")))
    app = press_send(app, "limits_save")

    assert "changed somewhere else" in words(app)
    assert saved(dashboard) == RiskLimits(week_loss_usdt=D("300"))
    assert number_field(app, "limit_DAY_LOSS")["text"] == "50"


def test_fields_nobody_typed_in_follow_what_is_saved(dashboard: Dashboard) -> None:
    app = view(draw)
    dashboard.services.limits.save(RiskLimits(week_loss_usdt=D("300"), whole_account=True))
    app = seen_again(app)

    assert number_field(app, "limit_WEEK_LOSS")["text"] == "300"
    assert app.checkbox[1].value is True


def test_the_bar_shows_what_is_used(dashboard: Dashboard) -> None:
    dashboard.services.limits.save(RiskLimits(day_loss_usdt=D("100.40"), losses_in_a_row=4))
    lose(dashboard)
    drawn = words(view(draw))

    assert 'aria-valuenow="50"' in drawn
    assert "50.20 of 100.40 USDT" in drawn
    assert "1 of 4 trades" in drawn


def test_a_reached_limit_says_the_engines_sentence_and_is_lifted_after_one_question(dashboard: Dashboard) -> None:
    dashboard.services.limits.save(RiskLimits(losses_in_a_row=1))
    lose(dashboard)
    app = view(draw)
    (bite,) = dashboard.services.limits.bites()
    assert bite.sentence in unescape(words(app))
    # The engine keeps the row by which it holds.
    reached = ReachedLimit(LimitKind.LOSSES, None, NOW, D(1), D(1))
    save_reached(dashboard.session, dashboard.account.id, reached)
    dashboard.session.commit()
    dashboard.clock.pass_seconds(60)

    app = press(app, "ask_LOSSES")
    assert dashboard.services.limits.bites() != ()
    app = press(app, "do_LOSSES")

    assert dashboard.services.limits.bites() == ()
    assert "lifted by you" in words(app)


def test_the_peak_is_reset_after_one_question(dashboard: Dashboard) -> None:
    dashboard.services.limits.save(RiskLimits(drawdown_usdt=D("100")))
    app = press(view(draw), "ask_peak")
    app = press(app, "keep_peak")
    app = press(app, "ask_peak")
    app = press(app, "do_peak")

    assert "It counts anew from now." in words(app)
    assert not [one for one in app.button if one.key == "do_peak"]


def test_trading_hours_begin_on_workdays(dashboard: Dashboard) -> None:
    app = view(draw)
    app.toggle(key="limit_hours_0").set_value(True)
    app = press_send(seen_again(app), "limits_save")
    hours = saved(dashboard).trading_hours

    assert hours is not None
    assert hours.days == frozenset(range(5))
    assert f"{hours.begins:%H:%M} {hours.ends:%H:%M}" == "08:00 22:00"


def test_the_snapshot_says_what_lets_nothing_open(dashboard: Dashboard) -> None:
    lose(dashboard)
    before = dashboard.services.dashboard.snapshot().bites
    dashboard.services.limits.save(RiskLimits(day_loss_usdt=D("50")))
    dashboard.clock.pass_seconds(3)

    (bite,) = dashboard.services.dashboard.snapshot().bites

    assert before == ()
    assert (bite,) == dashboard.services.limits.bites()


def test_the_banner_says_the_reason_and_the_moment(dashboard: Dashboard) -> None:
    def draw_banner() -> None:
        from app_pages.ui.banner import draw_alerts  # noqa: PLC0415  a page's text is run on its own

        draw_alerts()

    dashboard.services.limits.save(RiskLimits(day_loss_usdt=D("50")))
    quiet = words(view(draw_banner))
    lose(dashboard)
    dashboard.clock.pass_seconds(3)
    drawn = words(view(draw_banner))
    (bite,) = dashboard.services.limits.bites()

    assert quiet == ""
    assert "No new trades: Loss per day" in drawn
    assert bite.sentence in unescape(drawn)
    assert "on Mon 23 Nov at 00:00" in bite.sentence
    assert "Open trades keep their stop and target." in drawn


def test_a_trade_that_waits_for_a_limit_says_so(dashboard: Dashboard) -> None:
    def draw_trades() -> None:
        from app_pages.positions.waiting import draw_waiting  # noqa: PLC0415  a page's text is run on its own
        from app_pages.ui.session import services  # noqa: PLC0415  a page's text is run on its own

        draw_waiting(services().dashboard.snapshot())

    held = "Today's loss of 50.20 USDT has reached your limit of 50.00 USDT."
    plan = add_plan(dashboard.session, dashboard.account)
    waits = {"reopen_state": ReopenState.WAITING, "reopen_not_before": NOW + timedelta(hours=12), "phase_note": held}
    add_closed(dashboard.session, plan, "-50.20", NOW - timedelta(minutes=5), 1, **waits)
    dashboard.session.commit()

    assert "It waits: Today&#x27;s loss of 50.20 USDT" in words(view(draw_trades))
