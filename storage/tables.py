"""The tables of trades: accounts, plans, positions, orders and fills; and the base of every other table."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from domain.terms import (
    Basis,
    CloseReason,
    InstructionKind,
    OrderState,
    Phase,
    PlanState,
    Purpose,
    ReopenState,
    Severity,
    Side,
)
from storage.column_types import Money, UtcDateTime, one_of, words
from storage.sort_indexes import closed_sort_indexes


class Base(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {
        Decimal: Money(),
        datetime: UtcDateTime(),
        str: Text(),
        int: BigInteger(),
        dict[str, Any]: JSONB(),
    } | {
        terms: words(terms)
        for terms in (
            Basis,
            CloseReason,
            InstructionKind,
            OrderState,
            Phase,
            PlanState,
            Purpose,
            ReopenState,
            Severity,
            Side,
        )
    }


class AccountRow(Base):
    """One account at one family of venues (practice | binance test), named by the exchange's own alias."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("family", "alias"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    family: Mapped[str]
    alias: Mapped[str]
    first_seen_at: Mapped[datetime]


class PlanRow(Base):
    """What a person asked for; every trade of it is a position."""

    __tablename__ = "plans"
    __table_args__ = (one_of("side", Side), one_of("basis", Basis), one_of("state", PlanState))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    symbol: Mapped[str]
    side: Mapped[Side]
    amount_usdt: Mapped[Decimal]
    leverage: Mapped[int]
    tp_usdt: Mapped[Decimal]
    sl_usdt: Mapped[Decimal]
    basis: Mapped[Basis]
    reopen_enabled: Mapped[bool]
    reopen_delay_seconds: Mapped[int]
    reopen_maximum: Mapped[int | None]
    reopen_after_target: Mapped[bool]
    reopen_after_stop: Mapped[bool]
    exits: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # those that move; None = none do
    state: Mapped[PlanState]
    state_reason: Mapped[str | None]  # plain words: why it is paused or ended
    created_at: Mapped[datetime]


class PositionRow(Base):
    """One trade of a plan, with its own copy of the terms.

    sequence counts the plan's rounds: one that never opened leaves its number to the next try.
    """

    __tablename__ = "positions"
    __table_args__ = (
        one_of("side", Side),
        one_of("basis", Basis),
        one_of("phase", Phase),
        one_of("close_reason", CloseReason),
        one_of("reopen_state", ReopenState),
        Index(
            "one_live_run_per_place",
            "account_id",
            "symbol",
            "side",
            unique=True,
            postgresql_where=text("phase IN ('ENTERING', 'OPEN', 'CLOSING')"),
        ),
        Index(
            "one_opened_child_per_parent",
            "parent_position_id",
            unique=True,
            postgresql_where=text("phase IN ('OPEN', 'CLOSING', 'CLOSED')"),
        ),
        Index(
            "one_opened_run_per_turn",
            "plan_id",
            "sequence",
            unique=True,
            postgresql_where=text("phase IN ('OPEN', 'CLOSING', 'CLOSED')"),
        ),
        Index("closed_positions_by_time", "account_id", "closed_at"),
        # What a cycle and a snapshot look for, however many closed trades there are.
        Index("live_positions", "account_id", postgresql_where=text("phase IN ('ENTERING', 'OPEN', 'CLOSING')")),
        Index("positions_waiting_to_reopen", "account_id", postgresql_where=text("reopen_state = 'WAITING'")),
        Index(
            "positions_filled_late",
            "account_id",
            postgresql_where=text("phase = 'FAILED' AND entry_quantity > exit_quantity"),
        ),
        Index(
            "results_not_final",
            "account_id",
            "closed_at",
            postgresql_where=text("phase = 'CLOSED' AND NOT result_final"),
        ),
        Index("positions_by_plan", "plan_id", "sequence"),
        *closed_sort_indexes(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    parent_position_id: Mapped[int | None] = mapped_column(ForeignKey("positions.id"))
    sequence: Mapped[int]
    reopen_count: Mapped[int]
    symbol: Mapped[str]
    side: Mapped[Side]
    amount_usdt: Mapped[Decimal]
    leverage: Mapped[int]
    tp_usdt: Mapped[Decimal]
    sl_usdt: Mapped[Decimal]
    basis: Mapped[Basis]
    exits: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # those that move; None = none do

    phase: Mapped[Phase]
    phase_note: Mapped[str | None]  # plain words shown beside the phase: why FAILED, what is being found out
    entry_quantity: Mapped[Decimal] = mapped_column(default=Decimal(0))  # base units filled by the entry
    entry_price: Mapped[Decimal | None]  # average of the entry's fills
    external_quantity: Mapped[Decimal] = mapped_column(
        "foreign_quantity", default=Decimal(0)
    )  # at our key, by an external trader; base units
    own_part_only: Mapped[bool] = mapped_column(default=False)  # stop and target leave an external quantity alone
    exit_quantity: Mapped[Decimal] = mapped_column(default=Decimal(0))  # base units closed by anybody
    exit_price: Mapped[Decimal | None]  # average of the closing fills
    taker_rate: Mapped[Decimal] = mapped_column(default=Decimal(0))  # fee fraction at entry, for what a close will cost
    stop_price: Mapped[Decimal | None]  # where the stop ought to rest
    target_price: Mapped[Decimal | None]  # where the target ought to rest; None when not placed
    liquidation_price: Mapped[Decimal | None]  # as last read from the exchange
    protected_at: Mapped[datetime | None]  # since when a stop is known to rest; None = not protected
    unprotected_since: Mapped[datetime | None] = mapped_column(
        "naked_since"
    )  # first sign of a fill without a known resting stop

    close_reason: Mapped[CloseReason | None]
    close_quantity: Mapped[Decimal | None]  # the person wants so much of it closed now, base units
    close_asked_by_person: Mapped[bool] = mapped_column(default=False)
    gross_usdt: Mapped[Decimal | None]  # sum of realizedPnl
    fees_usdt: Mapped[Decimal | None]  # sum of commissions, positive = paid
    funding_usdt: Mapped[Decimal | None]  # positive = received
    net_usdt: Mapped[Decimal | None]  # gross − fees + funding
    result_final: Mapped[bool] = mapped_column(default=False)

    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopen_state: Mapped[ReopenState] = mapped_column(default=ReopenState.NONE)
    reopen_not_before: Mapped[datetime | None]
    reopen_lapses_at: Mapped[datetime | None]


class OrderRow(Base):
    """One intent towards the exchange, committed before it is sent."""

    __tablename__ = "orders"
    __table_args__ = (
        one_of("side", Side),
        one_of("purpose", Purpose),
        one_of("state", OrderState),
        Index("orders_by_position", "position_id"),
        Index(
            "orders_not_final",
            "account_id",
            postgresql_where=text("state IN ('RESERVED', 'UNKNOWN', 'WORKING', 'TRIGGERED')"),
        ),
        Index("orders_by_exchange_id", "account_id", "symbol", "exchange_order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    position_id: Mapped[int] = mapped_column(ForeignKey("positions.id"))
    client_order_id: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[Purpose]
    attempt: Mapped[int]
    symbol: Mapped[str]
    side: Mapped[Side]  # of the position
    quantity: Mapped[Decimal | None]  # None = closePosition
    trigger_price: Mapped[Decimal | None]  # None = market order
    target_number: Mapped[int | None]  # which of the partial targets it takes, counted from 1
    close_reason: Mapped[CloseReason | None]  # for a close: what it would be recorded as
    state: Mapped[OrderState]
    request_timestamp: Mapped[datetime | None] = mapped_column(
        "stamp"
    )  # the request timestamp committed before sending, exchange time, ms; None = not sent
    exchange_order_id: Mapped[int | None]  # matching-engine id: the order itself, or the child of a conditional order
    algo_id: Mapped[int | None]
    executed_quantity: Mapped[Decimal] = mapped_column(default=Decimal(0))
    triggered_at: Mapped[datetime | None]  # a conditional order that is known to have fired
    answer_code: Mapped[int | None]
    answer_text: Mapped[str | None]
    not_before: Mapped[datetime | None]  # the next question (not final) or the next try (REFUSED) waits for this moment
    query_count: Mapped[int] = mapped_column("ask_count", default=0)
    created_at: Mapped[datetime]
    final_at: Mapped[datetime | None] = mapped_column("settled_at")

    @property
    def sent_at(self) -> datetime:
        """When it was sent, exchange time, as far as we know: a reserved one may have been sent since it was made."""
        return self.request_timestamp or self.created_at

    @property
    def for_external_part(self) -> bool:
        """Whether it closes what somebody else added to the position, as the person asked."""
        return self.purpose is Purpose.CLOSE and self.close_reason is CloseReason.EXTERNAL


def _fee_in_usdt(context: DefaultExecutionContext) -> Decimal | None:
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    fee: Decimal = row["commission"]
    return fee if row["commission_asset"] == "USDT" else None


class FillRow(Base):
    """One trade of the account in the exchange's own figures, or a part of one that two holders share.

    position_id None = external: found_at_position_id then names the position of ours on whose key it happened. Both: an
    order of the position found at closed this part along with its own, of an abandoned entry that filled late.
    """

    __tablename__ = "fills"
    __table_args__ = (
        UniqueConstraint("account_id", "symbol", "trade_id", "position_id"),
        Index(
            "one_foreign_part_per_trade",
            "account_id",
            "symbol",
            "trade_id",
            unique=True,
            postgresql_where=text("position_id IS NULL"),
        ),
        Index("fills_beside_position", "beside_position_id"),
        one_of("side", Side),
        Index("fills_by_position", "position_id"),
        Index("fills_by_time", "account_id", "traded_at"),
        Index("fills_by_trade", "account_id", "symbol", "traded_at"),
        Index("fills_without_fee_value", "account_id", postgresql_where=text("fee_usdt IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    position_id: Mapped[int | None] = mapped_column(ForeignKey("positions.id"))
    found_at_position_id: Mapped[int | None] = mapped_column("beside_position_id", ForeignKey("positions.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))  # None = not one of our orders
    symbol: Mapped[str]
    trade_id: Mapped[int]
    exchange_order_id: Mapped[int]
    client_order_id: Mapped[str | None]  # of an order that is not ours, as the exchange names it
    side: Mapped[Side]  # of the position
    opening: Mapped[bool]  # increases the position
    price: Mapped[Decimal]
    quantity: Mapped[Decimal]
    commission: Mapped[Decimal]
    commission_asset: Mapped[str]
    # The commission's value when it was paid; None = not known yet.
    fee_usdt: Mapped[Decimal | None] = mapped_column(default=_fee_in_usdt)
    realized_pnl: Mapped[Decimal]
    maker: Mapped[bool]
    traded_at: Mapped[datetime]
