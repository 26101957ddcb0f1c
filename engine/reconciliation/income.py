"""The exchange's income history in our rows, and whose each row without an order is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from decisions.reconciliation.fills import LedgerConflict
from decisions.reconciliation.results import with_funding
from domain.exchange import IncomeEntry, UnreadRow
from domain.pricing.clearance import (
    INCOME_TYPE,
    ORDER_PREFIX,
    WITHIN,
    ForcedFill,
    Shares,
    clearance_shares,
    forced_closes,
)
from domain.pricing.pnl import funding_sides, split_income
from domain.terms import Phase, Side
from engine.reconciliation.accounting import Accounting
from engine.requests.account import ReadIncome, UnvaluedFee, ValueFees
from engine.requests.reports import BalanceRead, FeesValued, IncomeRead
from engine.state.backoff import INCOME_FINAL_AFTER, INCOME_OVERLAP, UNREAD_INCOME_ASKED_FOR
from engine.state.context import CycleContext
from storage.account_settings import load_income_read_until, save_income_read_until
from storage.income_tables import TRADE_ROWS, EquityRow, IncomeRow, IncomeShareRow
from storage.tables import AccountRow, FillRow, PositionRow

FEES_AT_A_TIME = 20
# Neither of a trade nor of a position; what else is not of a trade is attributed by holding.
NOT_OF_POSITIONS = frozenset({"TRANSFER", "WELCOME_BONUS", "INTERNAL_TRANSFER"})


class IncomeLedger:
    """Records income of one account and makes results final."""

    def __init__(self, context: CycleContext, accounting: Accounting) -> None:
        self.rows = context.rows
        self.state = context.state
        self.now = context.now
        self.accounting = accounting
        self.session = context.rows.session
        self.account_id = context.rows.account_id

    def next_read(self) -> ReadIncome:
        """Return the span to read: from a little before the last read's end until now."""
        read_until = load_income_read_until(self.session, self.account_id)
        account = self.session.get(AccountRow, self.account_id)
        assert account is not None
        return ReadIncome((read_until or account.first_seen_at) - INCOME_OVERLAP, self.now)

    def on_income(self, income: IncomeRead) -> None:
        """Record rows that are new, attribute them, and make results final once the ledger was read late enough.

        Raises:
            LedgerConflict: a row recorded before now has other content.
        """
        conflicts = [conflict for entry in income.entries if (conflict := self._add(entry)) is not None]
        orderless: dict[tuple[str, datetime, str], list[IncomeEntry]] = defaultdict(list)
        for entry in income.entries:
            if entry.income_type not in TRADE_ROWS | NOT_OF_POSITIONS:
                orderless[entry.symbol, entry.occurred_at, entry.income_type].append(entry)
        touched: set[int] = set()
        for (symbol, at, kind), entries in orderless.items():
            rate = income.funding_rates.get((symbol, at))
            shares = (
                self._clearance(symbol, at, entries) if kind == INCOME_TYPE else self._held(symbol, at, entries, rate)
            )
            touched |= self._attribute(entries, shares)
        self.session.flush()
        for position_id in touched:
            self._recalculate(position_id)
        self._finalise(income.until, income.unread)
        save_income_read_until(self.session, self.account_id, _known_until(income))
        if conflicts:
            raise conflicts[0]

    def _add(self, entry: IncomeEntry) -> LedgerConflict | None:
        """Record a row that is new; return the conflict when it is recorded with other content."""
        values = {
            "account_id": self.account_id,
            "income_type": entry.income_type,
            "tran_id": entry.tran_id,
            "symbol": entry.symbol,
            "amount": entry.amount,
            "asset": entry.asset,
            "trade_id": entry.trade_id,
            "occurred_at": entry.occurred_at,
        }
        added = self.session.execute(
            insert(IncomeRow)
            .values(**values)
            .on_conflict_do_nothing(index_elements=["account_id", "income_type", "tran_id"])
            .returning(IncomeRow.id)
        ).scalar()
        if added is not None:
            return None
        stored = self._stored(entry)
        if (stored.amount, stored.symbol, stored.asset, stored.occurred_at) != (
            entry.amount,
            entry.symbol,
            entry.asset,
            entry.occurred_at,
        ):
            return LedgerConflict(f"income {entry.income_type} {entry.tran_id}")
        return None

    def _stored(self, entry: IncomeEntry) -> IncomeRow:
        return self.session.scalars(
            select(IncomeRow).where(
                IncomeRow.account_id == self.account_id,
                IncomeRow.income_type == entry.income_type,
                IncomeRow.tran_id == entry.tran_id,
            )
        ).one()

    def _attribute(self, entries: list[IncomeEntry], shares: Sequence[Shares]) -> set[int]:
        """Give each row to the trades that it belongs to, the rest is external; return the trades that changed.

        Done anew with each read of the row: a fill from before it may have been recorded meanwhile.
        """
        stored_ids = [self._stored(entry).id for entry in entries]
        before = self.session.scalars(
            delete(IncomeShareRow).where(IncomeShareRow.income_id.in_(stored_ids)).returning(IncomeShareRow.position_id)
        )
        touched = {position_id for position_id in before if position_id is not None}
        for stored_id, of_row in zip(stored_ids, shares, strict=True):
            for position_id, amount in of_row.items():
                if position_id is not None:
                    self.session.add(IncomeShareRow(income_id=stored_id, position_id=position_id, amount=amount))
                    touched.add(position_id)
        return touched

    def _held(self, symbol: str, at: datetime, entries: list[IncomeEntry], rate: Decimal | None) -> Sequence[Shares]:
        """Return whose funding is: that of the trades that held something then, by side and quantity."""
        holders = self._holders(symbol, at)
        longs, shorts = (
            sum((quantity for (_, side), quantity in holders.items() if side is wanted), Decimal(0))
            for wanted in (Side.LONG, Side.SHORT)
        )
        sides: tuple[Side | None, ...] = funding_sides([e.amount for e in entries], longs, shorts, rate)
        return [
            split_income(entry.amount, _signed(holders, side), side) for entry, side in zip(entries, sides, strict=True)
        ]

    def _clearance(self, symbol: str, at: datetime, entries: list[IncomeEntry]) -> Sequence[Shares]:
        """Return whose the rows of a liquidation are: those whose autoclose order it was."""
        rows = self.session.scalars(
            select(FillRow).where(
                FillRow.account_id == self.account_id,
                FillRow.symbol == symbol,
                FillRow.client_order_id.startswith(ORDER_PREFIX),
                FillRow.traded_at.between(at - WITHIN, at + WITHIN),
            )
        )
        fills = [
            ForcedFill(row.exchange_order_id, row.position_id, row.price * row.quantity, row.traded_at) for row in rows
        ]
        entries.sort(key=lambda entry: entry.tran_id)
        rules = self.state.exchange.rules.get(symbol)
        fee_rate = None if rules is None else rules.liquidation_fee
        return clearance_shares([entry.amount for entry in entries], forced_closes(fills, at), fee_rate)

    def _holders(self, symbol: str, at: datetime) -> dict[tuple[int | None, Side], Decimal]:
        """Return quantities held at a moment by trade and side, with what somebody else held beside them under None."""
        # In two steps, each by its index: joined they would read every fill of the pair.
        open_then = self.session.scalars(
            select(PositionRow.id).where(
                PositionRow.account_id == self.account_id,
                PositionRow.symbol == symbol,
                or_(PositionRow.closed_at.is_(None), PositionRow.closed_at >= at),
            )
        ).all()
        external = and_(FillRow.position_id.is_(None), FillRow.found_at_position_id.in_(open_then))
        rows = self.session.execute(
            select(FillRow.position_id, FillRow.side, FillRow.opening, FillRow.quantity).where(
                or_(FillRow.position_id.in_(open_then), external), FillRow.traded_at < at
            )
        )
        held: dict[tuple[int | None, Side], Decimal] = defaultdict(Decimal)
        for position_id, side, opening, quantity in rows:
            held[position_id, side] += quantity if opening else -quantity
        return {holder: quantity for holder, quantity in held.items() if quantity}

    def _recalculate(self, position_id: int) -> None:
        position = self.rows.positions.get(position_id)
        if position is not None:
            self.accounting.recalculate(position)
            return
        row = self.session.get(PositionRow, position_id)
        if row is None or row.gross_usdt is None or row.fees_usdt is None:
            return
        effects = self.accounting.effects
        effects.apply((with_funding(row.id, row.gross_usdt, row.fees_usdt, effects.funding(row)),))

    def _finalise(self, read_until: datetime, unread: Sequence[UnreadRow] = ()) -> None:
        """Make results final that no later row can change, nor one that could not be read."""
        symbols = {row.symbol for row in unread}
        if None in symbols:
            return
        self.session.execute(
            update(PositionRow)
            .where(
                PositionRow.account_id == self.account_id,
                PositionRow.phase == Phase.CLOSED,
                ~PositionRow.result_final,
                PositionRow.closed_at <= read_until - INCOME_FINAL_AFTER,
                *([PositionRow.symbol.not_in(symbols)] if symbols else []),
            )
            .values(result_final=True)
        )

    def unvalued_fees(self) -> ValueFees | None:
        """Return the question what fees in another asset were worth, the newest first; None where all is known."""
        rows = self.session.scalars(
            select(FillRow)
            .where(FillRow.account_id == self.account_id, FillRow.fee_usdt.is_(None))
            .order_by(FillRow.traded_at.desc())
            .limit(FEES_AT_A_TIME)
        )
        fees = tuple(UnvaluedFee(row.id, row.commission_asset, row.commission, row.traded_at) for row in rows)
        return ValueFees(fees) if fees else None

    def on_fees_valued(self, report: FeesValued) -> None:
        """Keep the values, and work out anew the trades that paid these fees."""
        for row in self.session.scalars(select(FillRow).where(FillRow.id.in_(report.values))):
            if row.fee_usdt is None:
                row.fee_usdt = report.values[row.id]
                if row.position_id is not None:
                    self.rows.include([row.position_id])
                    self.session.flush()
                    self.accounting.recalculate(self.rows.positions[row.position_id])

    def record_balance(self, read: BalanceRead) -> None:
        """Keep the account's money at this moment."""
        self.session.add(
            EquityRow(
                account_id=self.account_id,
                at=read.read_at,
                wallet_usdt=read.balance.wallet_usdt,
                unrealised_usdt=read.balance.unrealised_usdt,
                available_usdt=read.balance.available_usdt,
            )
        )


def _known_until(income: IncomeRead) -> datetime:
    """Return until when every row is recorded: one that cannot be read is asked for again for a while."""
    first = min((row.at or income.since for row in income.unread), default=income.until)
    return max(first, income.until - UNREAD_INCOME_ASKED_FOR) if income.unread else income.until


def _signed(holders: dict[tuple[int | None, Side], Decimal], side: Side | None) -> dict[int | None, Decimal]:
    """Return signed quantities by trade, of one side or of both together."""
    signed: dict[int | None, Decimal] = defaultdict(Decimal)
    for (position_id, held_side), quantity in holders.items():
        if side in (None, held_side):
            signed[position_id] += held_side.sign * quantity
    return signed
