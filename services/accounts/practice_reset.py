"""Practice begun anew: money, history and clock of the practice exchange that this bot runs itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from config import ResolvedExchange
from domain.practice import PracticeBeginning
from domain.terms import LIVE_PHASES, ReopenState
from domain.venues import Venue
from domain.wording import counted
from services.account import current_account_id
from services.errors import NotRecorded, PracticeRefused, reading
from services.feed import MonitorFeed
from storage.practice import load_practice_beginning, save_practice_beginning
from storage.tables import PositionRow

_NOT_PRACTICE = "Only practice can begin anew. Nothing of a test account at Binance is ever reset from here."
_RUN_BY_OTHERS = (
    "This practice exchange was started by somebody else. End it there, and start it with a new state file to begin "
    "anew."
)


@dataclass(frozen=True, slots=True)
class WhatGoes:
    """What is lost when practice begins anew: trades open now, and those that wait to open again."""

    open_trades: int
    waiting: int


class PracticeReset:
    """Takes down the wish; the process that trades follows it within a second."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        feed: MonitorFeed,
        exchange: Callable[[], ResolvedExchange],
        clock: Callable[[], datetime],
    ) -> None:
        """Remember the parts; clock is this machine's time."""
        self._sessions = sessions
        self._feed = feed
        self._exchange = exchange
        self._clock = clock

    def refused_because(self) -> str:
        """Return why practice cannot begin anew from here, "" when it can. May raise NotReadable."""
        exchange = self._exchange()
        if exchange.venue is not Venue.PRACTICE:
            return _NOT_PRACTICE
        return "" if exchange.starts_practice else _RUN_BY_OTHERS

    def what_goes(self) -> WhatGoes:
        """Return what is lost with the account in use. May raise NotReadable."""
        with reading(self._sessions) as session:
            account_id = current_account_id(session, self._feed.health())
            mine = select(func.count()).select_from(PositionRow).where(PositionRow.account_id == account_id)
            live = session.scalar(mine.where(PositionRow.phase.in_(LIVE_PHASES))) or 0
            waiting = session.scalar(mine.where(PositionRow.reopen_state == ReopenState.WAITING)) or 0
        return WhatGoes(live, waiting)

    def begin_anew(self, balance_usdt: Decimal) -> None:
        """Let practice begin anew with so much money: another account, no history, the clock as this machine's.

        Raises:
            PracticeRefused: it is not practice that the bot trades on, or one that it does not run itself.
            NotRecorded: the database did not take it down.
        """
        refusal = self.refused_because()
        if refusal:
            raise PracticeRefused(refusal)
        if not balance_usdt.is_finite() or balance_usdt <= 0:
            raise PracticeRefused("The money to begin with must be a number above 0. Nothing was changed.")
        with reading(self._sessions, NotRecorded) as session:
            former = current_account_id(session, self._feed.health())
            pending = load_practice_beginning(session)
            if pending is not None and pending.former_account_id is not None:
                former = pending.former_account_id  # the bot has not come to it yet
            save_practice_beginning(session, PracticeBeginning(self._clock(), balance_usdt, former))
        self._feed.wake()


def goes_words(what: WhatGoes) -> str:
    """Return what is lost besides money and history, "" when nothing is: "2 open trades go with the old account."."""
    parts = []
    if what.open_trades:
        parts.append(counted(what.open_trades, "open trade"))
    if what.waiting:
        parts.append(counted(what.waiting, "trade that waits to open again", "trades that wait to open again"))
    if not parts:
        return ""
    goes = "goes" if what.open_trades + what.waiting == 1 else "go"
    return f"{' and '.join(parts)} {goes} with the old account."
