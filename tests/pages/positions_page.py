"""The Positions page in tests: drawn, with an open position, and what was asked for on it."""

from sqlalchemy import select

from domain.terms import InstructionKind
from services.dashboard.views import PositionView
from storage.bot_tables import InstructionRow
from storage.tables import PositionRow
from tests.pages.conftest import Dashboard
from tests.services.building import D, add_fill, add_plan, add_position


def draw() -> None:
    from app_pages.positions.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


def open_btc(dashboard: Dashboard, mark: str = "100200", **changes: object) -> PositionRow:
    """Insert BTC LONG bought at 100 000, stop 99 800, target 100 700, and give its mark price."""
    position = add_position(dashboard.session, add_plan(dashboard.session, dashboard.account), **changes)
    add_fill(dashboard.session, position, trade_id=1)
    dashboard.session.commit()
    dashboard.feed.prices["BTCUSDT"] = (D(mark), 0.4)
    return position


def the_view(dashboard: Dashboard) -> PositionView:
    return dashboard.services.dashboard.snapshot().positions[0]


def asked(dashboard: Dashboard) -> list[tuple[InstructionKind, int | None, int | None]]:
    rows = dashboard.session.scalars(select(InstructionRow).order_by(InstructionRow.created_at))
    return [(row.kind, row.position_id, row.plan_id) for row in rows]
