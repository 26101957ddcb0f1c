"""When the routine reads of the account are due: jobs say so, and each has a moment at which it is due anyway."""

from dataclasses import dataclass, field
from datetime import datetime

from engine.requests.account import ReadAccount, ReadBalance, ReadBrackets, ReadIncome, ReadRules
from engine.requests.reports import Request
from engine.state.backoff import (
    BALANCE_AT_LATEST,
    FULL_CHECK_AT_LATEST,
    INCOME_AFTER_CLOSE,
    INCOME_EVERY,
    INCOME_RETRY,
    READ_RETRY,
    READ_UNANSWERED,
    RULES_AGAIN_AFTER,
)
from engine.state.routines import Routine


@dataclass(slots=True)
class Schedule:
    """Moments of exchange time; None = at once. A read that was asked for is due again once answered."""

    full_check_at: datetime | None = None
    balance_at: datetime | None = None
    income_at: datetime | None = None
    income_after: datetime | None = None  # when the last trade ended: only a read from later knows its income
    income_failures: int = 0  # in a row
    brackets_at: datetime | None = None
    rules_due: bool = False  # those of the sign-in are fresh
    rules_not_before: datetime | None = None
    retention_due: bool = False
    preparing: set[str] = field(default_factory=set)

    def make_due(self, routine: Routine) -> None:
        """Do a routine with the next cycle, as its job asks; those that are not of the account's rows are not here."""
        match routine:
            case Routine.CHECK_POSITIONS:
                self.full_check_at = None
            case Routine.SAMPLE_EQUITY:
                self.balance_at = None
            case Routine.APPLY_RETENTION:
                self.retention_due = True
            case Routine.READ_RULES:
                self.rules_due = True
            case _:
                pass

    def take_retention(self) -> bool:
        """Whether old rows are to be thinned out; that is done then."""
        due, self.retention_due = self.retention_due, False
        return due

    def take_full_check(self, now: datetime) -> bool:
        """Whether the full check is due; it then counts as asked for."""
        due = self.full_check_at is None or now >= self.full_check_at
        if due:
            self.full_check_at = now + READ_UNANSWERED
        return due

    def take_balance(self, now: datetime) -> bool:
        """Whether the account's money is to be read; it then counts as asked for."""
        due = self.balance_at is None or now >= self.balance_at
        if due:
            self.balance_at = now + READ_UNANSWERED
        return due

    def take_brackets(self, now: datetime) -> bool:
        """Whether a leverage table that is missing may be asked for; it then counts as asked for, one at a time."""
        due = self.brackets_at is None or now >= self.brackets_at
        if due:
            self.brackets_at = now + READ_UNANSWERED
        return due

    def take_rules(self, now: datetime) -> bool:
        """Whether the rules of every pair are to be read; they then count as asked for."""
        due = self.rules_due and (self.rules_not_before is None or now >= self.rules_not_before)
        if due:
            self.rules_due, self.rules_not_before = False, now + RULES_AGAIN_AFTER
        return due

    def take_income(self, now: datetime) -> bool:
        """Whether the income history is to be read; it then counts as asked for."""
        due = self.income_at is None or now >= self.income_at
        if due:
            self.income_at = now + READ_UNANSWERED
        return due

    def full_check_done(self, now: datetime) -> None:
        """Note that the account was checked; the next check is a job's, this moment the net under it."""
        self.full_check_at = now + FULL_CHECK_AT_LATEST

    def balance_done(self, now: datetime) -> None:
        """Note that the account's money was read."""
        self.balance_at = now + BALANCE_AT_LATEST

    def brackets_done(self) -> None:
        """Note that a leverage table was read; the next one that is missing may be asked for."""
        self.brackets_at = None

    def income_done(self, until: datetime, now: datetime) -> None:
        """Note that the income until a moment was read: again soon where a trade has ended after it."""
        late = self.income_after is not None and until < self.income_after
        self.income_at = now + INCOME_AFTER_CLOSE if late else until + INCOME_EVERY
        self.income_failures = 0

    def trade_ended(self, now: datetime) -> None:
        """Read the income early: a trade has ended, and what it cost is being written there."""
        self.income_at = now + INCOME_AFTER_CLOSE
        self.income_after = now

    def failed(self, task: Request, now: datetime) -> None:
        """Note that a routine read had no answer."""
        soon = now + READ_RETRY
        match task:
            case ReadAccount():
                self.full_check_at = soon
            case ReadBalance():
                self.balance_at = soon
            case ReadIncome():
                self.income_at = now + INCOME_RETRY.after(self.income_failures)
                self.income_failures += 1
            case ReadBrackets():
                self.brackets_at = soon
            case ReadRules():
                self.rules_due = True
            case _:
                pass  # not a routine read
