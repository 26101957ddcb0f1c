"""The latest answers, for a fault that hands a client the answer of another request."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.messages import Request

_KEPT = 50
_SIGNING = frozenset({"timestamp", "recvWindow", "signature"})  # these differ between two requests for the same thing


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer and what it was the answer to."""

    request: Request
    values: Mapping[str, str]
    status: int
    body: bytes


class RecentAnswers:
    """A bounded memory of answers, newest last."""

    def __init__(self) -> None:
        self._answers: deque[Answer] = deque(maxlen=_KEPT)

    def note(self, answer: Answer) -> None:
        """Remember an answer."""
        self._answers.append(answer)

    def of_another(self, request: Request, values: Mapping[str, str]) -> Answer | None:
        """Return the newest answer that another request with this key got, None when there is none.

        One to the same method and path with other parameters comes first: it is the hardest to tell from the right one.
        """
        mine = [answer for answer in reversed(self._answers) if answer.request.api_key == request.api_key]
        alike = (answer for answer in mine if _aim(answer.request) == _aim(request))
        other = (answer for answer in mine if _aim(answer.request) != _aim(request))
        wanted = _wanted(values)
        return next((answer for answer in alike if _wanted(answer.values) != wanted), None) or next(other, None)

    def clear(self) -> None:
        """Forget all answers."""
        self._answers.clear()


def _aim(request: Request) -> tuple[str, str]:
    return request.method, request.path


def _wanted(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in _SIGNING}
