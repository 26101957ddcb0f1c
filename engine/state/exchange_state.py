"""What the exchange was last read to hold, and which of those reads are young enough to be believed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from domain.exchange import Balance, ConditionalOrder, ExchangePosition, RequestUsage, UnreadRow
from domain.position_key import PositionKey
from domain.pricing.liquidation import held_account, held_liquidation_price
from domain.terms import LeverageBracket, Side, SymbolRules
from engine.requests.account import ReadAccount
from engine.requests.reports import AccountRead, OrderAck, Received, TaskFailed
from engine.state.row_mapping import key_of

SAME_CLOCK: Final = timedelta(seconds=1)  # measured twice, a clock is seldom found farther apart than this


@dataclass(frozen=True, slots=True)
class PositionReading:
    """What a position read said of one key; batch orders it against our own records.

    liquidation_price is the exchange's own, shared by both sides of a symbol (ExchangeState.liquidation_prices).
    """

    quantity: Decimal
    batch: int
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    entry_price: Decimal = Decimal(0)
    unrealised_usdt: Decimal = Decimal(0)
    maintenance_usdt: Decimal = Decimal(0)
    isolated: bool = False


@dataclass(slots=True)
class ExchangeState:
    """Reads of positions, resting orders and money, each with the batch of requests that it came from."""

    batch: int = 0  # the newest batch of requests
    read_batch: int = 0  # batch of the report being taken in
    full_batch: int = 0  # batch of the last full check: keys it does not list were empty then
    unread: tuple[UnreadRow, ...] = ()  # of the last full check: what they are about may be held
    readings: dict[PositionKey, PositionReading] = field(default_factory=dict)
    recorded_batch: dict[PositionKey, int] = field(default_factory=dict)  # when we last recorded a fill at a key
    close_batch: dict[PositionKey, int] = field(default_factory=dict)  # the one that sent the last close at a key
    # Closes of which nothing is known, by row, that would come too late by now: the newest batch when that was noted.
    closes_over: dict[int, int] = field(default_factory=dict)
    resting: tuple[ConditionalOrder, ...] = ()
    resting_batch: int = 0
    resting_read_at: datetime | None = None
    last_full_check_at: datetime | None = None
    clock_origin: datetime | None = None  # what the exchange's clock showed when the steady one began to count
    check_failure: TaskFailed | None = None  # what came of the last full check, when it was no use
    reachable_since: datetime | None = None
    balance: Balance | None = None
    rules: dict[str, SymbolRules] = field(default_factory=dict)
    brackets: dict[str, tuple[LeverageBracket, ...]] = field(default_factory=dict)

    def begin_batch(self) -> int:
        """Return the number of a new batch of requests, higher than that of any before."""
        self.batch += 1
        return self.batch

    def follow_clock(self, now: datetime, steady_seconds: float) -> None:
        """Keep the age of the last full check where the exchange's clock is found ahead of what was believed.

        A clock that was moved, as the practice exchange's is, is no silence of the exchange.

        Args:
            now: the exchange's time.
            steady_seconds: of a clock of this machine that nobody sets.
        """
        origin = now - timedelta(seconds=steady_seconds)
        moved = timedelta(0) if self.clock_origin is None else origin - self.clock_origin
        if self.last_full_check_at is not None and abs(moved) > SAME_CLOCK:
            self.last_full_check_at += moved
        self.clock_origin = origin

    def take_in(self, batch: int) -> None:
        """Count what is read from now on as read in a batch."""
        self.batch = max(self.batch, batch)
        self.read_batch = batch

    def quantity_at(self, key: PositionKey) -> Decimal | None:
        """Return the quantity at a key as last read.

        None when no read is younger than our own last records there, or a row that may be about it was not readable.
        """
        reading = self.readings.get(key)
        batch = max(reading.batch if reading else 0, self.full_batch)
        if batch == 0 or batch < self.recorded_batch.get(key, 0):
            return None
        if reading is None or reading.batch < self.full_batch:
            return None if any(row.touches(key.symbol) for row in self.unread) else Decimal(0)
        return reading.quantity

    def close_is_sent(self, key: PositionKey) -> None:
        """Note that a close at a key goes out with the next batch of requests."""
        self.close_batch[key] = self.batch + 1

    def read_since_close(self, key: PositionKey) -> bool:
        """Whether the quantity at a key was asked for after the last close there had been sent."""
        reading = self.readings.get(key)
        batch = max(reading.batch if reading else 0, self.full_batch)
        return self.quantity_at(key) is not None and batch > self.close_batch.get(key, 0)

    def note_closes_over(self, order_ids: Iterable[int]) -> None:
        """Note which closes without an answer the exchange would refuse by now, all of them."""
        self.closes_over = {order_id: self.closes_over.get(order_id, self.batch) for order_id in order_ids}

    def read_since_over(self, key: PositionKey, closes: Iterable[int]) -> bool:
        """Whether the quantity at a key was asked for after all these closes had become too late to be taken."""
        reading = self.readings.get(key)
        batch = max(reading.batch if reading else 0, self.full_batch)
        return all(order_id in self.closes_over and batch > self.closes_over[order_id] for order_id in closes)

    def fresh_reading(self, key: PositionKey) -> PositionReading | None:
        """Return the reading of a key unless a later full check no longer lists it."""
        reading = self.readings.get(key)
        return reading if reading is not None and reading.batch >= self.full_batch else None

    def held(self) -> list[ExchangePosition]:
        """Return everything that the account holds, ours and external, each as last read."""
        return [
            ExchangePosition(
                symbol=key.symbol,
                side=key.side,
                quantity=reading.quantity,
                entry_price=reading.entry_price,
                mark_price=reading.mark_price or Decimal(0),
                liquidation_price=reading.liquidation_price,
                unrealised_usdt=reading.unrealised_usdt,
                maintenance_usdt=reading.maintenance_usdt,
                isolated=reading.isolated,
            )
            for key, reading in self.readings.items()
            if reading.quantity and reading.batch >= self.full_batch
        ]

    def liquidation_prices(self, keys: Iterable[PositionKey] | None = None) -> dict[PositionKey, Decimal | None]:
        """Return where the exchange would close what is held at keys (None = all), on the way that each side loses.

        A price of None is nowhere; a key at which nothing is held is missing.
        """
        positions = self.held()
        wanted = None if keys is None else frozenset(keys)
        account = None if self.balance is None else held_account(self.balance.cross_wallet_usdt, positions)
        return {
            key_of(held): held_liquidation_price(held, account, self.brackets.get(held.symbol))
            for held in positions
            if wanted is None or key_of(held) in wanted
        }

    def symbol_without_brackets(self) -> str | None:
        """Return a symbol that is held with cross margin and whose leverage table is not known yet, None for none."""
        return min(
            (held.symbol for held in self.held() if not held.isolated and held.symbol not in self.brackets),
            default=None,
        )

    def forget_quantity_at(self, key: PositionKey) -> None:
        """Believe no read of a key that is not younger than now: a fill was recorded there, or may have happened."""
        self.recorded_batch[key] = self.batch

    def held_keys(self) -> set[PositionKey]:
        """Return the keys that the newest batch has read."""
        return {key for key, reading in self.readings.items() if reading.batch >= self.batch}

    def read_positions(
        self, positions: Iterable[ExchangePosition], symbol: str | None, unread: tuple[UnreadRow, ...] = ()
    ) -> None:
        """Take in a position read: of everything (symbol None) or of one symbol, whose unlisted sides are empty."""
        if symbol is None:
            if self.read_batch >= self.full_batch:
                self.full_batch, self.unread = self.read_batch, unread
        else:
            for side in Side:
                self._note_reading(PositionKey(symbol, side), PositionReading(Decimal(0), self.read_batch, None, None))
        for position in positions:
            reading = PositionReading(
                position.quantity,
                self.read_batch,
                position.mark_price or None,
                position.liquidation_price,
                position.entry_price,
                position.unrealised_usdt,
                position.maintenance_usdt,
                position.isolated,
            )
            self._note_reading(key_of(position), reading)

    def _note_reading(self, key: PositionKey, reading: PositionReading) -> None:
        known = self.readings.get(key)
        if known is None or known.batch <= reading.batch:
            self.readings[key] = reading

    def read_resting(self, resting: tuple[ConditionalOrder, ...], symbol: str | None, now: datetime) -> None:
        """Take in which conditional orders rest: all of them (symbol None), or those of one symbol.

        An answer that newer ones have overtaken says nothing.
        """
        if self.read_batch < self.resting_batch:
            return
        self.resting_batch = self.read_batch
        others = tuple(order for order in self.resting if symbol is not None and order.symbol != symbol)
        self.resting = others + resting
        self.resting_read_at = now

    def note_reachable(self, received: Sequence[Received], usage: RequestUsage, now: datetime) -> None:
        """Note since when the exchange answers questions; what was sent says nothing about that."""
        reads = [item.observation for item in received if not isinstance(item.observation, OrderAck)]
        for read in reads:
            if isinstance(read, AccountRead):
                self.check_failure = None
            elif isinstance(read, TaskFailed) and isinstance(read.task, ReadAccount):
                self.check_failure = read
        if usage.blocked_until is not None:
            # While the exchange wants a pause nothing can be placed and nothing closed: no deadline runs.
            self.reachable_since = None
        elif any(not isinstance(read, TaskFailed) for read in reads):
            self.reachable_since = self.reachable_since or now
        elif any(isinstance(read, TaskFailed) and isinstance(read.task, ReadAccount) for read in reads):
            self.reachable_since = None
