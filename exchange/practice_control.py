"""The practice exchange's own controls, asked over the same guarded connections as everything else."""

from typing import Any

import requests

from exchange.answers import Unreadable, parsed
from exchange.transport import GuardedSession

CONNECT_SECONDS = 2.0


class PracticeSilent(Exception):
    """The practice exchange gave no answer, or none that can be read."""


class ControlRefused(Exception):
    """The practice exchange said no; the text is its own sentence, "" when it gave none."""


class PracticeControl:
    """The control surface of one practice exchange."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, control: str, seconds: float) -> dict[str, Any]:
        """Return what a control tells; an answer later than after so many seconds is none.

        Raises:
            PracticeSilent, ControlRefused.
        """
        return self._answer("GET", control, None, seconds)

    def post(self, control: str, body: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Have a control do something; errors as get."""
        return self._answer("POST", control, body, seconds)

    def _answer(self, method: str, control: str, body: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
        try:
            with GuardedSession() as session:
                answer = session.request(
                    method, f"{self._url}/control/{control}", json=body, timeout=(CONNECT_SECONDS, seconds)
                )
            body = parsed(answer.content)
        except requests.RequestException as failure:
            raise PracticeSilent(type(failure).__name__) from failure
        except Unreadable as failure:
            raise PracticeSilent(str(failure)) from failure
        if not isinstance(body, dict):
            raise PracticeSilent("no object")
        if not answer.ok:
            sentence = next((body[name] for name in ("error", "msg") if isinstance(body.get(name), str)), "")
            raise ControlRefused(sentence)
        return body
