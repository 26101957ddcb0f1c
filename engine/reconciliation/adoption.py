"""Taking over a position this bot did not open: its fills are found in the exchange's trades, then it is protected."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.pricing.attribution import split_fill
from domain.terms import Basis, Fill, Phase, PlanState, ReopenState, Severity
from engine.reconciliation.attribution import take_all
from engine.reconciliation.positions import Positions
from engine.requests.adoption import Adoption, AdoptionFacts
from engine.state.row_mapping import fill_row
from engine.state.wording import place_words
from storage.tables import FillRow, PlanRow, PositionRow


def explaining_fills(trades: tuple[Fill, ...], quantity: Decimal) -> list[Fill] | None:
    """Return the newest trades that add up to a quantity held, oldest first; None when the history does not reach.

    Walks back from the newest trade until the place was empty; trades of one side only, in any order.
    """
    ordered = sorted(trades, key=lambda fill: (fill.traded_at, fill.trade_id))
    left = quantity
    for number in range(len(ordered) - 1, -1, -1):
        fill = ordered[number]
        left -= fill.quantity if fill.opening else -fill.quantity
        if left == 0:
            return ordered[number:]
    return None


class Adopting:
    """Makes a foreign position a run of ours, or gives a run the foreign quantity that joined it."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self.book = positions.book
        self.session: Session = positions.book.session

    def adopt(self, facts: AdoptionFacts) -> str:
        """Adopt; return what the person is told."""
        wanted = facts.wanted
        name = f"{wanted.symbol} {wanted.side.value}"
        if facts.position is None:
            return f"{name} is no longer open; nothing was done."
        live = self.book.live_at((wanted.symbol, wanted.side))
        if live is not None:
            return self._join(live, wanted)
        fills = explaining_fills(self._not_ours(facts.trades), facts.position.quantity)
        if fills is None:
            return f"{name} cannot be taken over: the exchange's history does not show how it came about."
        position = self._new_run(facts)
        for fill in fills:
            self._book(position, fill)
        self.positions.take_over(position)
        if wanted.close_at_once:
            self.positions.note(position, "close_asked", f"You asked to close {name}, which somebody else had opened.")
            return f"{name} is being closed."
        self.positions.note(position, "adopted", f"You took over {name}; the bot protects it now.", Severity.GOOD)
        return f"{name} is taken over and gets a stop-loss now."

    def _join(self, live: PositionRow, wanted: Adoption) -> str:
        if wanted.close_at_once:
            return f"{place_words(live)} has become a position of this bot; nothing was closed. Look, then ask again."
        if live.foreign_quantity <= 0 or live.opened_at is None:
            return f"{place_words(live)} is a position of this bot alone; there is nothing to take over."
        take_all(self.book, live)
        self.positions.take_over(live)
        self.positions.note(live, "adopted", f"You took over what was added to {place_words(live)}.", Severity.GOOD)
        return f"{place_words(live)} is now taken care of as a whole."

    def _not_ours(self, trades: tuple[Fill, ...]) -> tuple[Fill, ...]:
        """Return what is left of trades without what our runs traded."""
        ours = select(FillRow.trade_id, func.sum(FillRow.quantity)).where(
            FillRow.account_id == self.book.account_id,
            FillRow.trade_id.in_([fill.trade_id for fill in trades]),
            FillRow.symbol.in_({fill.symbol for fill in trades}),
            FillRow.position_id.is_not(None),
        )
        taken: dict[int, Decimal] = {row[0]: row[1] for row in self.session.execute(ours.group_by(FillRow.trade_id))}
        left = []
        for fill in trades:
            own = taken.get(fill.trade_id, Decimal(0))
            if own < fill.quantity:
                left.append(split_fill(fill, own)[1] if own else fill)
        return tuple(left)

    def _book(self, position: PositionRow, fill: Fill) -> None:
        known = select(FillRow).where(
            FillRow.account_id == self.book.account_id,
            FillRow.symbol == fill.symbol,
            FillRow.trade_id == fill.trade_id,
            FillRow.position_id.is_(None),
        )
        row = self.session.scalar(known) or fill_row(self.book.account_id, fill)
        row.position_id, row.beside_position_id = position.id, None
        self.session.add(row)
        self.book.fills_of[position.id].append(row)

    def _new_run(self, facts: AdoptionFacts) -> PositionRow:
        wanted, held, now = facts.wanted, facts.position, self.positions.now
        assert held is not None
        margin = held.quantity * held.entry_price / facts.settings.leverage
        plan = PlanRow(
            account_id=self.book.account_id,
            symbol=wanted.symbol,
            side=wanted.side,
            amount_usdt=margin,
            leverage=facts.settings.leverage,
            tp_usdt=wanted.tp_usdt,
            sl_usdt=wanted.sl_usdt,
            basis=Basis.NET,
            reopen_enabled=False,
            reopen_delay_seconds=300,
            reopen_maximum=None,
            reopen_after_target=False,
            reopen_after_stop=False,
            state=PlanState.ACTIVE,
            created_at=now,
        )
        self.session.add(plan)
        self.session.flush()
        position = PositionRow(
            account_id=self.book.account_id,
            plan_id=plan.id,
            sequence=1,
            reopen_count=0,
            symbol=wanted.symbol,
            side=wanted.side,
            amount_usdt=margin,
            leverage=facts.settings.leverage,
            tp_usdt=wanted.tp_usdt,
            sl_usdt=wanted.sl_usdt,
            basis=Basis.NET,
            phase=Phase.OPEN,
            entry_quantity=Decimal(0),
            exit_quantity=Decimal(0),
            foreign_quantity=Decimal(0),
            taker_rate=facts.rates.taker,
            liquidation_price=held.liquidation_price,
            close_asked_by_person=wanted.close_at_once,
            result_final=False,
            reopen_state=ReopenState.NONE,
            created_at=facts.read_from,
        )
        self.session.add(position)
        self.session.flush()
        self.book.add_run(position, plan)
        return position
