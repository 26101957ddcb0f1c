"""Does it add up: the days of the exchange, each in three readings that have to be the same money."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Interval,
    Select,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    select,
    true,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.selectable import LateralFromClause

from domain.pricing.tie_out import DayBooks, UnmatchedTrade, WalletSpan
from services.history.views import IncomeEntry
from storage.account_epochs import load_epoch_began_at
from storage.income_tables import TRADE_ROWS, EquityRow, IncomeRow, IncomeShareRow
from storage.tables import AccountRow, FillRow

_UNMATCHED_AT_MOST: Final = 100  # a day: who reads more of them has another trouble
_ZERO: Final = Decimal(0)
_DAY: Final = timedelta(days=1)
# A reading of the wallet counts when no income came this close to it: which came first, nobody could say.
_QUIET: Final = timedelta(seconds=5)


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
    wallets = _load_wallets(session, account_id, midnight, until, since)
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


def load_rows(
    session: Session, account_id: int | None, day: date, offset: int, limit: int
) -> tuple[tuple[IncomeEntry, ...], int]:
    """Return rows of the income history of one day of the exchange, oldest first, and how many there are."""
    since = datetime.combine(day, time(), UTC)
    on_day = _of_income(account_id, since, since + _DAY)
    rows = session.scalars(
        select(IncomeRow).where(on_day).order_by(IncomeRow.occurred_at, IncomeRow.id).offset(offset).limit(limit)
    ).all()
    holders = _load_holders(session, account_id, rows)
    entries = tuple(
        IncomeEntry(
            occurred_at=row.occurred_at,
            income_type=row.income_type,
            symbol=row.symbol,
            amount=row.amount,
            asset=row.asset,
            position_ids=tuple(sorted(holders[row.id])),
        )
        for row in rows
    )
    return entries, session.scalar(select(func.count()).select_from(IncomeRow).where(on_day)) or 0


def _of_fills(account_id: int | None, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(FillRow.account_id == account_id, FillRow.traded_at >= since, FillRow.traded_at < until)


def _of_income(account_id: int | None, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(IncomeRow.account_id == account_id, IncomeRow.occurred_at >= since, IncomeRow.occurred_at < until)


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
        .where(_of_income(account_id, since, until))
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
            _of_income(account_id, since, until),
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
    trades = (
        select(
            FillRow.symbol,
            FillRow.trade_id,
            func.min(FillRow.traded_at).label("at"),
            func.sum(_fill_usdt()).label("usdt"),
        )
        .where(_of_fills(account_id, since, until))
        .group_by(FillRow.symbol, FillRow.trade_id)
        .subquery()
    )
    recorded = (
        select(IncomeRow.symbol, IncomeRow.trade_id, func.sum(IncomeRow.amount).label("usdt"))
        .where(
            # Recorded a moment after the trade, it may be on the next day.
            _of_income(account_id, since - _DAY, until + _DAY),
            IncomeRow.income_type.in_(TRADE_ROWS),
            IncomeRow.asset == "USDT",
        )
        .group_by(IncomeRow.symbol, IncomeRow.trade_id)
        .subquery()
    )
    amount = func.coalesce(recorded.c.usdt, _ZERO)
    statement = (
        select(trades.c.symbol, trades.c.trade_id, trades.c.at, trades.c.usdt, amount)
        .outerjoin(recorded, and_(recorded.c.symbol == trades.c.symbol, recorded.c.trade_id == trades.c.trade_id))
        .where(trades.c.usdt != amount)
        .order_by(trades.c.at)
        .limit(_UNMATCHED_AT_MOST * max(1, (until - since).days))
    )
    found: dict[date, tuple[UnmatchedTrade, ...]] = defaultdict(tuple)
    for row in session.execute(statement):
        trade = UnmatchedTrade(*row)
        found[trade.traded_at.astimezone(UTC).date()] += (trade,)
    return found


def _load_wallets(
    session: Session, account_id: int | None, since: datetime, until: datetime, watched_from: datetime
) -> dict[date, WalletSpan]:
    """Return by day the first reading of the wallet on it and on the next, and the income between them.

    A day that has not ended, or was not followed by a watched one, ends with its own last reading.
    """
    begins = [since + _DAY * number for number in range((until - since).days + 1)]
    moment = EquityRow.at.type
    days = values(column("day", Date()), column("since", moment), column("until", moment), name="days").data(
        [(at.date(), at, at + _DAY) for at in begins]
    )
    begins_at = func.greatest(days.c.since, watched_from)
    first = _reading(account_id, begins_at, days.c.until, EquityRow.at.asc()).lateral("first")
    last = _reading(account_id, begins_at, days.c.until, EquityRow.at.desc()).lateral("last")
    watched = (
        select(days.c.day, first.c.at, first.c.usdt, last.c.at.label("last_at"), last.c.usdt.label("last_usdt"))
        .join_from(days, first, true())
        .join(last, true())
        .cte("watched")
    )
    following = watched.alias("following")
    after = func.coalesce(following.c.at, watched.c.last_at)
    recorded = select(func.coalesce(func.sum(IncomeRow.amount), _ZERO)).where(
        IncomeRow.account_id == account_id,
        IncomeRow.asset == "USDT",
        IncomeRow.occurred_at > watched.c.at,
        IncomeRow.occurred_at <= after,
    )
    statement = (
        select(
            watched.c.day,
            watched.c.at,
            after,
            watched.c.usdt,
            func.coalesce(following.c.usdt, watched.c.last_usdt),
            recorded.scalar_subquery(),
        )
        .outerjoin_from(watched, following, following.c.day == watched.c.day + 1)
        .where(watched.c.day < until.date(), after > watched.c.at)
    )
    return {row[0]: WalletSpan(*row[1:]) for row in session.execute(statement)}


def _reading(
    account_id: int | None, since: ColumnElement[datetime], until: ColumnElement[datetime], order: ColumnElement[Any]
) -> Select[datetime, Decimal]:
    """The first reading of the wallet in that order that no income came close to."""
    quiet = literal(_QUIET, Interval)
    close = IncomeRow.occurred_at.between(EquityRow.at - quiet, EquityRow.at + quiet)
    return (
        select(EquityRow.at.label("at"), EquityRow.wallet_usdt.label("usdt"))
        .where(
            EquityRow.account_id == account_id,
            EquityRow.at >= since,
            EquityRow.at < until,
            ~exists().where(IncomeRow.account_id == account_id, close),
        )
        .order_by(order)
        .limit(1)
    )


def _load_holders(session: Session, account_id: int | None, rows: Sequence[IncomeRow]) -> Mapping[int, set[int]]:
    """Return by row the trades of ours that it belongs to."""
    holders: dict[int, set[int]] = defaultdict(set)
    ids = [row.id for row in rows]
    shares = select(IncomeShareRow.income_id, IncomeShareRow.position_id).where(
        IncomeShareRow.income_id.in_(ids), IncomeShareRow.position_id.is_not(None)
    )
    found: list[tuple[int, int | None]] = [(row[0], row[1]) for row in session.execute(shares)]
    fills = (
        select(IncomeRow.id, FillRow.position_id)
        .join(
            FillRow,
            and_(
                FillRow.account_id == IncomeRow.account_id,
                FillRow.symbol == IncomeRow.symbol,
                FillRow.trade_id == IncomeRow.trade_id,
            ),
        )
        .where(IncomeRow.id.in_(ids), FillRow.position_id.is_not(None), IncomeRow.account_id == account_id)
    )
    found += [(row[0], row[1]) for row in session.execute(fills)]
    for income_id, position_id in found:
        if position_id is not None:
            holders[income_id].add(position_id)
    return holders
