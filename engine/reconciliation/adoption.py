"""Taking over a position this bot did not open: its fills are found in the exchange's trades, then it is protected."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from decisions.reconciliation.effects import TakeFill
from decisions.reconciliation.fills import taken_over
from domain.journal.external_facts import Adopted
from domain.journal.trade_facts import CloseAsked
from domain.pricing.attribution import split_fill
from domain.terms import Basis, Fill, Phase, ReopenRule, TradeTerms
from engine.reconciliation.fill_rows import key_facts
from engine.reconciliation.lifecycle import Lifecycle
from engine.requests.adoption import Adoption, AdoptionFacts
from engine.state.row_mapping import key_of
from engine.state.wording import position_name
from storage.mapping import new_plan, new_position
from storage.tables import FillRow, PositionRow


def fills_that_make(trades: tuple[Fill, ...], quantity: Decimal) -> list[Fill] | None:
    """Return the newest trades that add up to a quantity held, oldest first; None when the history does not reach.

    Walks back from the newest trade until the position was empty; trades of one side only, in any order.
    """
    ordered = sorted(trades, key=lambda fill: (fill.traded_at, fill.trade_id))
    left = quantity
    for number in range(len(ordered) - 1, -1, -1):
        fill = ordered[number]
        left -= fill.quantity if fill.opening else -fill.quantity
        if left == 0:
            return ordered[number:]
    return None


class Adopter:
    """Makes an external position a trade of ours, or gives a trade the external quantity that joined it."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.journal = lifecycle.journal
        self.rows = lifecycle.rows
        self.now = lifecycle.now
        self.session: Session = lifecycle.rows.session

    def adopt(self, facts: AdoptionFacts) -> str:
        """Adopt; return what the person is told."""
        wanted = facts.adoption
        name = f"{wanted.symbol} {wanted.side.value}"
        if facts.position is None:
            return f"{name} is no longer open; nothing was done."
        live = self.rows.live_at(key_of(wanted))
        if live is not None:
            return self._join(live, wanted)
        if wanted.symbol not in self.lifecycle.state.exchange.rules and not wanted.close_at_once:
            return (
                f"{name} cannot be taken over: the bot has no rules of this pair, so it could place no stop. It trades "
                "only perpetual pairs that settle in USDT. Look after this position at the exchange."
            )
        fills = fills_that_make(self._not_ours(facts.trades), facts.position.quantity)
        if fills is None:
            return f"{name} cannot be taken over: the exchange's history does not show how it came about."
        position = self._new_trade(facts)
        self.lifecycle.apply(tuple(TakeFill(position.id, fill) for fill in fills))
        self.lifecycle.take_over(position)
        if wanted.close_at_once:
            self.journal.note(position, CloseAsked(name, external=True))
            return f"{name} is being closed."
        self.journal.note(position, Adopted(name, added_part=False))
        return f"{name} is taken over and gets a stop-loss now."

    def _join(self, live: PositionRow, wanted: Adoption) -> str:
        if wanted.close_at_once:
            return f"{position_name(live)} has become a position of this bot; nothing was closed. Look, then ask again."
        if live.external_quantity <= 0 or live.opened_at is None:
            return f"{position_name(live)} is a position of this bot alone; there is nothing to take over."
        self.lifecycle.apply(taken_over(key_facts(self.rows, live)))
        self.lifecycle.take_over(live)
        self.journal.note(live, Adopted(position_name(live), added_part=True))
        return f"{position_name(live)} is now taken care of as a whole."

    def _not_ours(self, trades: tuple[Fill, ...]) -> tuple[Fill, ...]:
        """Return what is left of trades without what our trades traded."""
        ours = select(FillRow.trade_id, func.sum(FillRow.quantity)).where(
            FillRow.account_id == self.rows.account_id,
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

    def _new_trade(self, facts: AdoptionFacts) -> PositionRow:
        wanted, held = facts.adoption, facts.position
        assert held is not None
        terms = TradeTerms(
            symbol=wanted.symbol,
            side=wanted.side,
            amount_usdt=held.quantity * held.entry_price / facts.settings.leverage,
            leverage=facts.settings.leverage,
            tp_usdt=wanted.tp_usdt,
            sl_usdt=wanted.sl_usdt,
            basis=Basis.NET,
            reopen=ReopenRule(enabled=False, after_target=False, after_stop=False),
        )
        plan = new_plan(self.rows.account_id, terms, self.now)
        self.session.add(plan)
        self.session.flush()
        position = new_position(plan, terms, phase=Phase.OPEN, sequence=1, created_at=facts.read_from)
        position.taker_rate = facts.rates.taker
        position.liquidation_price = self.lifecycle.state.exchange.liquidation_prices([key_of(held)]).get(key_of(held))
        position.close_asked_by_person = wanted.close_at_once
        self.session.add(position)
        self.session.flush()
        self.rows.add_position(position, plan)
        return position
