"""The report on how the exchange behaves: shown in plain words, handed out as a file."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from domain.venue_probe.questions import NOT_MEASURED, NOT_TRIED, WORDINGS, Question, sentence_of
from services.account import current_account_id
from services.errors import reading
from services.feed import MonitorFeed
from storage.venue_probes import VenueProbeRow, load_latest_probe, load_unfinished_probes


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the report."""

    title: str
    sentence: str
    consequence: str
    measured: bool
    tried: bool  # no order far from the price can show the others


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """One measurement, UTC; file is the same as JSON."""

    measured_at: datetime
    venue: str
    symbol: str
    answers: tuple[Answer, ...]
    problem: str | None
    file: bytes

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(answer.measured for answer in self.answers)

    @property
    def tried(self) -> int:
        """How many questions are measured at all."""
        return sum(answer.tried for answer in self.answers)


@dataclass(frozen=True, slots=True)
class ProbeState:
    """The newest report, and whether a measurement is under way or being tidied up."""

    report: ProbeReport | None
    under_way: bool
    possible: bool  # the bot is signed in


class VenueProbes:
    """Reads reports; asking for one is an instruction."""

    def __init__(self, sessions: sessionmaker[Session], feed: MonitorFeed) -> None:
        self._sessions = sessions
        self._feed = feed

    def state(self) -> ProbeState:
        """Return what is known of the exchange in use.

        Raises:
            NotReadable: the database does not answer.
        """
        health = self._feed.health()
        with reading(self._sessions) as session:
            account_id = current_account_id(session, health)
            if account_id is None:
                return ProbeState(None, under_way=False, possible=False)
            latest = load_latest_probe(session, account_id)
            under_way = bool(load_unfinished_probes(session, account_id))
        report = None if latest is None else _report(latest, health.venue.label)
        return ProbeState(report, under_way, possible=health.account_id is not None)


def _report(row: VenueProbeRow, venue: str) -> ProbeReport:
    assert row.measured_at is not None  # load_latest_probe gives no other
    found = row.findings or {}
    answers = tuple(_answer(question, str(found.get(question, NOT_MEASURED))) for question in Question)
    return ProbeReport(row.measured_at, venue, row.symbol, answers, row.problem, _file(row, venue))


def _answer(question: Question, answer: str) -> Answer:
    wording, tried = WORDINGS[question], question not in NOT_TRIED
    return Answer(wording.title, sentence_of(question, answer), wording.consequence, answer != NOT_MEASURED, tried)


def _file(row: VenueProbeRow, venue: str) -> bytes:
    content = {
        "exchange": venue,
        "began_at": row.began_at.isoformat(),
        "measured_at": None if row.measured_at is None else row.measured_at.isoformat(),
        "nothing_left_at": None if row.finished_at is None else row.finished_at.isoformat(),
        "pair": row.symbol,
        "problem": row.problem,
        "answers": {question.value: (row.findings or {}).get(question, NOT_MEASURED) for question in Question},
        "not_tried": {question.value: reason for question, reason in NOT_TRIED.items()},
        "heard_at": row.heard or [],
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode()
