"""Live positions as the pages show them: rows, streamed mark prices, and results after the fees of both ways."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, case, cast, exists, func, select
from sqlalchemy.orm import Session

from domain.preview.edits import OpenTrade
from domain.pricing.valuation import TradeMoney, percent_of, taker_rate_of
from domain.terms import LIVE_PHASES, InstructionKind, Phase, PlanState, SymbolRules
from services.dashboard.moving import moving_view
from services.dashboard.views import FillMark, MovingView, PositionView, Protection
from services.feed import MonitorFeed
from storage.bot_tables import InstructionRow
from storage.exit_tables import ExitProgressRow
from storage.income_tables import IncomeRow, IncomeShareRow
from storage.mapping import reopen_rule, trade_terms
from storage.tables import FillRow, OrderRow, PlanRow, PositionRow

_ZERO = Decimal(0)
_TICK_UNTIL_KNOWN = Decimal("0.01")  # only until the exchange's rules have been read once
_WITH_ORDER = ("REALIZED_PNL", "COMMISSION")  # income that the trade's fills already count


@dataclass(frozen=True, slots=True)
class _LiveTrade:
    position: PositionRow
    plan: PlanRow
    entry_commission: Decimal
    fees_paid: Decimal
    gross_realized: Decimal
    funding: Decimal
    close_asked: bool
    progress: ExitProgressRow | None
    taken: dict[str, str] | None  # what was closed for each target, by its number


def load_position_views(session: Session, feed: MonitorFeed, account_id: int) -> tuple[PositionView, ...]:
    """Return every live position of the account, oldest first, in one SQL statement whatever their number."""
    rules = feed.symbol_rules()
    views = []
    for trade in _load_live(session, account_id):
        known = rules.get(trade.position.symbol)
        tick = _TICK_UNTIL_KNOWN if known is None else known.tick_size
        base = trade.position.symbol.removesuffix("USDT") if known is None else known.base_asset
        views.append(_view(trade, feed.mark_price(trade.position.symbol), tick, base, known))
    return tuple(views)


_MOST_MARKS = 200  # fills on a chart


def load_fill_marks(session: Session, account_id: int, position_id: int) -> tuple[FillMark, ...]:
    """Return the fills of one trade of the account and the latest of earlier trades of its plan, oldest first."""
    plan = select(PositionRow.plan_id).where(PositionRow.id == position_id).scalar_subquery()
    statement = (
        select(FillRow.traded_at, FillRow.opening, FillRow.price, FillRow.quantity, FillRow.position_id != position_id)
        .join(PositionRow, PositionRow.id == FillRow.position_id)
        .where(FillRow.account_id == account_id, PositionRow.plan_id == plan)
        .order_by(FillRow.traded_at.desc(), FillRow.trade_id.desc())
        .limit(_MOST_MARKS)
    )
    return tuple(FillMark(*row) for row in reversed(session.execute(statement).all()))


def _load_live(session: Session, account_id: int) -> list[_LiveTrade]:
    def total(amount: SQLColumnExpression[Decimal] | SQLColumnExpression[Decimal | None]) -> ColumnElement[Decimal]:
        return func.coalesce(func.sum(amount), _ZERO)

    live = (PositionRow.account_id == account_id, PositionRow.phase.in_(LIVE_PHASES))
    fills = (
        select(
            FillRow.position_id,
            total(case((FillRow.opening, FillRow.fee_usdt), else_=_ZERO)).label("entry_commission"),
            total(FillRow.fee_usdt).label("fees_paid"),
            total(FillRow.realized_pnl).label("gross_realized"),
        )
        .join(PositionRow, PositionRow.id == FillRow.position_id)
        .where(*live)
        .group_by(FillRow.position_id)
        .subquery()
    )
    funding = (
        select(total(IncomeShareRow.amount))
        .join(IncomeRow, IncomeRow.id == IncomeShareRow.income_id)
        .where(IncomeShareRow.position_id == PositionRow.id, IncomeRow.income_type.not_in(_WITH_ORDER))
        .correlate(PositionRow)
        .scalar_subquery()
    )
    close_asked = exists().where(
        InstructionRow.position_id == PositionRow.id,
        InstructionRow.kind == InstructionKind.CLOSE,
        ~InstructionRow.terms.has_key("share"),
        InstructionRow.consumed_at.is_(None),
    )
    sums = (
        func.coalesce(column, _ZERO) for column in (fills.c.entry_commission, fills.c.fees_paid, fills.c.gross_realized)
    )
    statement = (
        select(PositionRow, PlanRow, *sums, funding, close_asked, ExitProgressRow, _taken_of_targets(live))
        .join(PlanRow, PlanRow.id == PositionRow.plan_id)
        .outerjoin(fills, fills.c.position_id == PositionRow.id)
        .outerjoin(ExitProgressRow, ExitProgressRow.position_id == PositionRow.id)
        .where(*live)
        .order_by(PositionRow.created_at, PositionRow.id)
    )
    return [_LiveTrade(*row) for row in session.execute(statement)]


def _taken_of_targets(live: tuple[ColumnElement[bool], ...]) -> ColumnElement[Any]:
    """Return what was closed for each partial target of a trade as an object of strings, null where there is none."""
    taken = (
        select(OrderRow.position_id, OrderRow.target_number, func.sum(OrderRow.executed_quantity).label("quantity"))
        .where(OrderRow.target_number.is_not(None))
        .where(OrderRow.position_id.in_(select(PositionRow.id).where(*live)))
        .group_by(OrderRow.position_id, OrderRow.target_number)
        .subquery()
    )
    each = func.jsonb_object_agg(cast(taken.c.target_number, Text), cast(taken.c.quantity, Text))
    return select(each).where(taken.c.position_id == PositionRow.id).correlate(PositionRow).scalar_subquery()


def _money_of(trade: _LiveTrade) -> TradeMoney | None:
    """Return the trade in money, None before the first fill."""
    row = trade.position
    if row.entry_price is None or not row.entry_quantity:
        return None
    return TradeMoney(
        side=row.side,
        entry_price=row.entry_price,
        open_quantity=row.entry_quantity - row.exit_quantity,
        gross_realized=trade.gross_realized,
        fees_paid=trade.fees_paid,
        funding=trade.funding,
        taker_rate=row.taker_rate or taker_rate_of(row.entry_price, row.entry_quantity, trade.entry_commission),
    )


def _view(
    trade: _LiveTrade, price: tuple[Decimal, float] | None, tick: Decimal, base_asset: str, rules: SymbolRules | None
) -> PositionView:
    row, plan, money = trade.position, trade.plan, _money_of(trade)
    mark = None if price is None else price[0]
    result = None if money is None or mark is None else money.net_at(mark)
    value = None if money is None else money.open_quantity * money.entry_price
    margin = row.amount_usdt if value is None else value / row.leverage
    return PositionView(
        id=row.id,
        plan_id=row.plan_id,
        symbol=row.symbol,
        base_asset=base_asset,
        side=row.side,
        leverage=row.leverage,
        sequence=row.sequence,
        phase=row.phase,
        phase_note=row.phase_note,
        quantity=row.entry_quantity - row.exit_quantity,
        tick_size=tick,
        entry_price=row.entry_price,
        mark_price=mark,
        price_age_seconds=None if price is None else price[1],
        margin_usdt=margin,
        value_usdt=value,
        result_usdt=result,
        result_percent=percent_of(result, margin),
        result_r=None if result is None or not row.sl_usdt else result / row.sl_usdt,
        stop_price=row.stop_price,
        target_price=row.target_price,
        stop_usdt=_bracket_usdt(trade, money, row.stop_price, -row.sl_usdt),
        target_usdt=_bracket_usdt(trade, money, row.target_price, row.tp_usdt),
        liquidation_price=row.liquidation_price,
        liquidation_percent=_distance_percent(mark, row.liquidation_price),
        protection=_protection(row),
        opened_at=row.opened_at,
        created_at=row.created_at,
        plan_state=plan.state,
        reopens=plan.reopen_enabled and plan.state is PlanState.ACTIVE,
        close_requested=trade.close_asked or row.phase is Phase.CLOSING,
        open_trade=None if money is None or not money.open_quantity else _open_trade(money, tick),
        fees_usdt=trade.fees_paid,
        funding_usdt=trade.funding,
        reopen_count=row.reopen_count,
        external_quantity=row.external_quantity,
        own_part_only=row.own_part_only,
        next_terms=trade_terms(plan, reopen_rule(plan)),
        moving=None if money is None else _moving(trade, money.taker_rate, mark, rules),
    )


def _moving(
    trade: _LiveTrade, taker_rate: Decimal, mark: Decimal | None, rules: SymbolRules | None
) -> MovingView | None:
    taken = {int(number): Decimal(quantity) for number, quantity in (trade.taken or {}).items()}
    return moving_view(trade.position, trade.progress, taken, trade.entry_commission, taker_rate, mark, rules)


def _open_trade(money: TradeMoney, tick: Decimal) -> OpenTrade:
    return OpenTrade(
        side=money.side,
        quantity=money.open_quantity,
        entry_price=money.entry_price,
        paid_usdt=money.fees_paid - money.gross_realized - money.funding,
        taker_rate=money.taker_rate,
        tick_size=tick,
    )


def _bracket_usdt(trade: _LiveTrade, money: TradeMoney | None, price: Decimal | None, asked: Decimal) -> Decimal:
    return asked if money is None or price is None else money.bracket_at(price, trade.position.basis)


def _distance_percent(mark: Decimal | None, liquidation: Decimal | None) -> Decimal | None:
    return None if mark is None or liquidation is None else percent_of(abs(mark - liquidation), mark)


def _protection(row: PositionRow) -> Protection:
    """Return PLACING while nothing is filled or the stop is on its way, NONE only for a fill without a stop."""
    if row.protected_at is not None:
        return Protection.PROTECTED
    return Protection.NONE if row.unprotected_since is not None else Protection.PLACING
