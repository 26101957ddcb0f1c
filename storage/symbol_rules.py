"""The rules of every pair as last read, by venue: what a trade lives by when its pair leaves the listing."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from domain.terms import SymbolRules
from storage.tables import Base

_FIELDS = tuple(field.name for field in fields(SymbolRules) if field.name != "read_at")


class SymbolRulesRow(Base):
    """What a venue last said of one pair."""

    __tablename__ = "symbol_rules"

    family: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    base_asset: Mapped[str]
    tick_size: Mapped[Decimal]
    min_price: Mapped[Decimal]
    max_price: Mapped[Decimal]
    step_size: Mapped[Decimal]
    min_quantity: Mapped[Decimal]
    max_quantity: Mapped[Decimal]
    min_notional: Mapped[Decimal]
    multiplier_up: Mapped[Decimal]
    multiplier_down: Mapped[Decimal]
    market_take_bound: Mapped[Decimal]
    trading: Mapped[bool]
    liquidation_fee: Mapped[Decimal | None]
    delivers_at: Mapped[datetime | None]
    listed: Mapped[bool]
    price_precision: Mapped[int | None]
    read_at: Mapped[datetime]


def load_symbol_rules(session: Session, family: str) -> dict[str, SymbolRules]:
    """Return the rules of every pair that the venue has ever shown, by symbol, each as last read."""
    rows = session.scalars(select(SymbolRulesRow).where(SymbolRulesRow.family == family))
    return {
        row.symbol: SymbolRules(**{name: getattr(row, name) for name in _FIELDS}, read_at=row.read_at) for row in rows
    }


def save_listing(
    session: Session, family: str, listed: Mapping[str, SymbolRules], now: datetime
) -> dict[str, SymbolRules]:
    """Save what the venue lists now; return that with the last rules of what it lists no more, which trades not."""
    known = load_symbol_rules(session, family)
    read = {symbol: replace(rules, read_at=now) for symbol, rules in listed.items()}
    gone = {
        symbol: replace(rules, trading=False, listed=False) for symbol, rules in known.items() if symbol not in read
    }
    newly_gone = [rules for symbol, rules in gone.items() if known[symbol].listed]
    values = [{"family": family, **asdict(rules)} for rules in (*read.values(), *newly_gone)]
    if values:
        row = insert(SymbolRulesRow).values(values)
        changed = {name: row.excluded[name] for name in (*_FIELDS, "read_at") if name != "symbol"}
        session.execute(row.on_conflict_do_update(index_elements=["family", "symbol"], set_=changed))
    return gone | read
