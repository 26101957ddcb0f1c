"""Does it add up: the days of the exchange, each in three readings that have to be the same money."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.selectable import LateralFromClause

from domain.pricing.tie_out import DayBooks, UnmatchedTrade
from services.history.day_rows import of_income
from services.history.wallet_spans import load_wallets
from storage.account_epochs import load_epoch_began_at
from storage.income_tables import TRADE_ROWS, IncomeRow, IncomeShareRow
from storage.tables import AccountRow, FillRow

_UNMATCHED_AT_MOST: Final = 100  # a day: who reads more of them has another trouble
_ZERO: Final = Decimal(0)
_DAY: Final = timedelta(days=1)


def load_first_day(session: Session, account_id: int | None) -> date | None:
    """Return the day of the exchange on which the account, or its present chapter, was first watched; None without."""
    account = None if account_id is None else session.get(AccountRow, account_id)
    if account is None:
        return None
    began_at = load_epoch_began_at(session, account_id) or account.first_seen_at
    return began_at.astimezone(UTC).date()


def load_days(session: Session, account_id: int | None, last: date, days: int) -> tuple[DayBooks, ...]:
    """Return the books of so many days of the exchange, the last one first.

    Args:
        session: a database session.
        account_id: the account in use; None gives empty days.
        last: the newest day, in UTC.
        days: how many, >= 1.
    """
    midnight = datetime.combine(last - timedelta(days=days - 1), time(), UTC)
    until = datetime.combine(last, time(), UTC) + _DAY
    # What was before a reset of the account would add up with nothing that the exchange shows now.
    since = max(midnight, load_epoch_began_at(session, account_id) or midnight)
    ours, external = _load_fills(session, account_id, since, until)
    income, others, orderless, unknown = _load_income(session, account_id, since, until)
    shares = _load_shares(session, account_id, since, until)
    unmatched = _load_unmatched(session, account_id, since, until)
    wallets = load_wallets(session, account_id, midnight, until, since)
    return tuple(
        DayBooks(
            day=day,
            trades_usdt=ours[day] + shares[day],
            external_usdt=external[day] + unknown[day] + orderless[day] - shares[day],
            income_usdt=income[day],
            wallet=wallets.get(day),
            unmatched=unmatched[day],
            other_assets=others[day],
        )
        for day in (last - timedelta(days=back) for back in range(days))
    )


def _of_fills(account_id: int | None, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(FillRow.account_id == account_id, FillRow.traded_at >= since, FillRow.traded_at < until)


def _day(moment: InstrumentedAttribute[datetime]) -> ColumnElement[date]:
    return func.date(func.timezone("UTC", moment))


def _fill_usdt() -> ColumnElement[Decimal]:
    """What one fill brought: a commission in another asset is income in that asset."""
    commission = case((FillRow.commission_asset == "USDT", FillRow.commission), else_=_ZERO)
    return FillRow.realized_pnl - commission


def _load_fills(
    session: Session, account_id: int | None, since: datetime, until: datetime
) -> tuple[dict[date, Decimal], dict[date, Decimal]]:
    """Return by day what fills of our trades brought, and what the others did."""
    day, is_ours = _day(FillRow.traded_at), FillRow.position_id.is_not(None)
    statement = (
        select(day, is_ours, func.sum(_fill_usdt())).where(_of_fills(account_id, since, until)).group_by(day, is_ours)
    )
    sums: dict[bool, dict[date, Decimal]] = {True: defaultdict(Decimal), False: defaultdict(Decimal)}
    for at, ours, amount in session.execute(statement):
        sums[ours][at] += amount
    return sums[True], sums[False]


def _load_income(
    session: Session, account_id: int | None, since: datetime, until: datetime
) -> tuple[dict[date, Decimal], dict[date, dict[str, Decimal]], dict[date, Decimal], dict[date, Decimal]]:
    """Return by day the income in USDT and in other assets, and of the USDT what no trade, or no known trade, made."""
    day, of_trade = _day(IncomeRow.occurred_at), IncomeRow.income_type.in_(TRADE_ROWS)
    fill = _a_fill()
    kind = case((~of_trade, "orderless"), (fill.c.id.is_not(None), "known"), else_="unknown")
    statement = (
        select(day, IncomeRow.asset, kind, func.sum(IncomeRow.amount))
        .outerjoin(fill, true())
        .where(of_income(account_id, since, until))
        .group_by(day, IncomeRow.asset, kind)
    )
    income: dict[date, Decimal] = defaultdict(Decimal)
    others: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    of_kind: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for at, asset, what, amount in session.execute(statement):
        if asset == "USDT":
            income[at] += amount
            of_kind[what][at] += amount
        else:
            others[at][asset] += amount
    return income, others, of_kind["orderless"], of_kind["unknown"]


def _a_fill() -> LateralFromClause:
    """One fill of an income row's trade: looked up row by row, so that the table of fills is never read whole."""
    return (
        select(FillRow.id)
        .where(
            FillRow.account_id == IncomeRow.account_id,
            FillRow.symbol == IncomeRow.symbol,
            FillRow.trade_id == IncomeRow.trade_id,
        )
        .limit(1)
        .lateral("a_fill")
    )


def _load_shares(session: Session, account_id: int | None, since: datetime, until: datetime) -> Mapping[date, Decimal]:
    """Return by day what of the funding and other income is of our trades."""
    day = _day(IncomeRow.occurred_at)
    ours = (
        select(func.sum(IncomeShareRow.amount).label("amount"))
        .where(IncomeShareRow.income_id == IncomeRow.id, IncomeShareRow.position_id.is_not(None))
        .lateral("ours")
    )
    statement = (
        select(day, func.sum(ours.c.amount))
        .join(ours, true())
        .where(
            of_income(account_id, since, until),
            IncomeRow.asset == "USDT",
            IncomeRow.income_type.not_in(TRADE_ROWS),
            ours.c.amount.is_not(None),
        )
        .group_by(day)
    )
    shares: dict[date, Decimal] = defaultdict(Decimal)
    for at, amount in session.execute(statement):
        shares[at] += amount
    return shares


def _load_unmatched(
    session: Session, account_id: int | None, since: datetime, until: datetime
) -> Mapping[date, tuple[UnmatchedTrade, ...]]:
    """Return by day the trades whose fills are not the money that the income history has for them."""
    nothing = literal(_ZERO)
    traded = select(
        FillRow.symbol,
        FillRow.trade_id,
        FillRow.traded_at.label("at"),
        _fill_usdt().label("traded"),
        nothing.label("recorded"),
    ).where(_of_fills(account_id, since, until))
    recorded = select(
        IncomeRow.symbol, IncomeRow.trade_id, null().label("at"), nothing.label("traded"), IncomeRow.amount
    ).where(
        # Recorded a moment after the trade, it may be on the next day.
        of_income(account_id, since - _DAY, until + _DAY),
        IncomeRow.income_type.in_(TRADE_ROWS),
        IncomeRow.asset == "USDT",
    )
    # Added up in one heap: joined, as long as nobody has counted the rows, each would be compared with each.
    money = union_all(traded, recorded).subquery().c
    first_at, fills_usdt, recorded_usdt = func.min(money.at), func.sum(money.traded), func.sum(money.recorded)
    statement = (
        select(money.symbol, money.trade_id, first_at, fills_usdt, recorded_usdt)
        .group_by(money.symbol, money.trade_id)
        .having(first_at.is_not(None), fills_usdt != recorded_usdt)
        .order_by(first_at)
        .limit(_UNMATCHED_AT_MOST * max(1, (until - since).days))
    )
    found: dict[date, tuple[UnmatchedTrade, ...]] = defaultdict(tuple)
    for row in session.execute(statement):
        trade = UnmatchedTrade(*row)
        found[trade.traded_at.astimezone(UTC).date()] += (trade,)
    return found
