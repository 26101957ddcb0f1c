"""Limits as Settings shows and changes them; whether they bite is said by the rule that the engine asks too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from database import save_event
from domain.journal.facts import JournalFacts
from domain.journal.person_facts import LimitLiftedByHand, LimitsChanged, PeakReset
from domain.risk.limits import NO_LIMITS, LimitKind, RiskLimits, check_limits, limit_name
from domain.risk.limits_json import limits_to_json
from domain.risk.uses import Lift, LimitUse, RiskFacts, limit_uses
from domain.risk.verdict import Bite, judge
from services.account import current_account_id
from services.errors import LimitsRefused, reading
from services.feed import MonitorFeed
from storage.risk import lift, load_limits, reset_baseline, save_limits
from storage.risk_figures import load_risk_facts
from storage.risk_tables import ReachedLimitRow

HISTORY_SHOWN = 20
_SAME_PRESS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ReachedLimitView:
    """A limit that was reached once: when, at what, and when it was lifted."""

    kind: LimitKind
    reached_at: datetime
    used: Decimal
    limit: Decimal
    lifted_at: datetime | None
    lifted_by_hand: bool


@dataclass(frozen=True, slots=True)
class LimitsView:
    """Limits of the account in use, how much of each is used, what bites now, and what was reached before."""

    limits: RiskLimits
    uses: tuple[LimitUse, ...]
    bites: tuple[Bite, ...]
    history: tuple[ReachedLimitView, ...]


class Limits:
    """Reads, changes and lifts limits; every change is a line of the journal."""

    def __init__(self, sessions: sessionmaker[Session], feed: MonitorFeed, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._feed = feed
        self._now = now

    def view(self) -> LimitsView | None:
        """Return everything Settings shows, None before there is an account. May raise NotReadable."""
        with reading(self._sessions) as session:
            account_id = current_account_id(session, self._feed.health())
            if account_id is None:
                return None
            facts = self.facts(session, account_id)
            return LimitsView(facts.limits, limit_uses(facts), judge(facts).bites, _history(session, account_id))

    def bites(self) -> tuple[Bite, ...]:
        """Return the limits that let nothing open now; empty while trades may open. May raise NotReadable."""
        with reading(self._sessions) as session:
            account_id = current_account_id(session, self._feed.health())
            return () if account_id is None else self.bites_in(session, account_id)

    def bites_in(self, session: Session, account_id: int) -> tuple[Bite, ...]:
        """Return what bites() does, within a session; while no limit is set one row is read and no figure."""
        if load_limits(session, account_id) == NO_LIMITS:
            return ()
        return judge(self.facts(session, account_id)).bites

    def facts(self, session: Session, account_id: int) -> RiskFacts:
        """Return what a verdict needs, as the engine would read it at this moment."""
        balance = self._feed.health().balance
        equity = None if balance is None else balance.wallet_usdt + balance.unrealised_usdt
        return load_risk_facts(session, account_id, self._now(), equity_usdt=equity, mark_price=self._mark_price)

    def save(self, limits: RiskLimits) -> None:
        """Save the limits of the account in use.

        Raises:
            LimitsRefused: they make no sense, or there is no account yet; nothing was changed.
            NotReadable: the database does not answer.
        """
        wrong = check_limits(limits)
        if wrong:
            raise LimitsRefused(" ".join(wrong))
        with reading(self._sessions) as session:
            account_id = self._account_id(session)
            before = load_limits(session, account_id)
            changed = _changes(before, limits)
            if not changed:
                return
            save_limits(session, account_id, limits, self._now())
            facts = LimitsChanged("; ".join(changed), limits_to_json(before), limits_to_json(limits))
            self._note(session, account_id, facts)
        self._feed.wake()

    def lift(self, kind: LimitKind, plan_id: int | None) -> None:
        """Lift a limit that holds; it counts anew from now. May raise LimitsRefused or NotReadable.

        A browser may say one press twice: what was lifted by hand a moment ago is lifted.
        """
        with reading(self._sessions) as session:
            account_id = self._account_id(session)
            if not lift(session, account_id, kind, plan_id, self._now()):
                if _just_lifted(session, account_id, kind, plan_id, self._now()):
                    return
                raise LimitsRefused("This limit no longer holds. Nothing was changed.")
            self._note(session, account_id, LimitLiftedByHand(kind.value, limit_name(kind), plan_id))
        self._feed.wake()

    def reset_peak(self) -> None:
        """Count the drawdown anew from here. May raise LimitsRefused or NotReadable."""
        balance = self._feed.health().balance
        if balance is None:
            raise LimitsRefused("The wallet is not known yet. Try again in a moment.")
        with reading(self._sessions) as session:
            account_id = self._account_id(session)
            equity = balance.wallet_usdt + balance.unrealised_usdt
            reset_baseline(session, account_id, equity, self._now())
            lift(session, account_id, LimitKind.DRAWDOWN, None, self._now())
            self._note(session, account_id, PeakReset(equity))
        self._feed.wake()

    def _account_id(self, session: Session) -> int:
        account_id = current_account_id(session, self._feed.health())
        if account_id is None:
            raise LimitsRefused("The bot is not connected to an account yet. Nothing was changed.")
        return account_id

    def _mark_price(self, symbol: str) -> Decimal | None:
        priced = self._feed.mark_price(symbol)
        return None if priced is None else priced[0]

    def _note(self, session: Session, account_id: int, facts: JournalFacts) -> None:
        save_event(session, facts, at=self._now(), account_id=account_id)


def can_lift(use: LimitUse) -> bool:
    """Whether a limit that is reached can be lifted by hand: room and time cannot be."""
    return (
        use.reached
        and use.lift is not Lift.WITH_ROOM
        and use.kind
        not in (
            LimitKind.TRADING_HOURS,
            LimitKind.COOL_DOWN,
        )
    )


def _just_lifted(session: Session, account_id: int, kind: LimitKind, plan_id: int | None, now: datetime) -> bool:
    lifted = select(ReachedLimitRow.id).where(
        ReachedLimitRow.account_id == account_id,
        ReachedLimitRow.kind == kind.value,
        ReachedLimitRow.plan_id.is_not_distinct_from(plan_id),
        ReachedLimitRow.lifted_by_hand,
        ReachedLimitRow.lifted_at > now - _SAME_PRESS,
    )
    return session.scalars(lifted.limit(1)).first() is not None


def _history(session: Session, account_id: int) -> tuple[ReachedLimitView, ...]:
    statement = (
        select(ReachedLimitRow)
        .where(ReachedLimitRow.account_id == account_id)
        .order_by(ReachedLimitRow.reached_at.desc(), ReachedLimitRow.id.desc())
        .limit(HISTORY_SHOWN)
    )
    return tuple(
        ReachedLimitView(
            LimitKind(row.kind), row.reached_at, row.used, row.limit_amount, row.lifted_at, row.lifted_by_hand
        )
        for row in session.scalars(statement)
    )


def _changes(before: RiskLimits, after: RiskLimits) -> list[str]:
    """Return what changed, each in a few words: "Loss per day 50 instead of 100"."""
    found = []
    for kind in LimitKind:
        was, now = before.amount(kind), after.amount(kind)
        if was != now:
            found.append(f"{limit_name(kind)} {_words(now)} instead of {_words(was)}")
    rest_before = {name: value for name, value in limits_to_json(before).items() if name in _WITHOUT_NUMBER}
    rest_after = {name: value for name, value in limits_to_json(after).items() if name in _WITHOUT_NUMBER}
    found += [_WITHOUT_NUMBER[name] for name, value in rest_after.items() if rest_before[name] != value]
    return found


_WITHOUT_NUMBER = {
    "whole_account": "what counts as a loss",
    "count_open_risk": "whether open risk counts",
    "trading_hours": "trading hours",
    "cool_down": "the wait after a loss",
    "close_all_after": "which limits close everything",
}


def _words(amount: Decimal | None) -> str:
    return "no limit" if amount is None else format(amount, "f")
