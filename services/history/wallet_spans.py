"""What the wallet was at both ends of a day, and the income history between the two readings."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Interval, Select, column, exists, func, literal, select, true, values
from sqlalchemy.orm import Session

from domain.pricing.tie_out import WalletSpan
from storage.income_tables import EquityRow, IncomeRow

_ZERO: Final = Decimal(0)
_DAY: Final = timedelta(days=1)
# A reading of the wallet counts when no income came this close to it: which came first, nobody could say.
_QUIET: Final = timedelta(seconds=5)


def load_wallets(
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
