"""Another user of the same machine, without any rights: what it can do to a bot that runs beside it."""

import json
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

OTHER_USER = 54_321  # a number that no account of the machine has
WHY_NOT = "only root can act as another user of the machine"


def can_be_another_user() -> bool:
    """Whether this process can act as somebody else."""
    return os.geteuid() == 0


def as_another_user(act: Callable[[], Any], seconds: int = 60) -> Any:
    """Return what act returns, as JSON, when a user without any rights runs it.

    It runs in a copy of this process, ended after some seconds: an interpreter in another user's home could not be
    started by that user. What act needs must be imported already.

    Raises:
        AssertionError: it failed, with its trace.
    """
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        _act(act, writes, seconds)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        reply = pipe.read()
    os.waitpid(child, 0)
    assert reply, "the other user did not come to an end"
    answer = json.loads(reply)
    assert "failed" not in answer, answer["failed"]
    return answer["returned"]


def _act(act: Callable[[], Any], writes: int, seconds: int) -> NoReturn:
    signal.alarm(seconds)
    try:
        os.chdir("/")
        os.setgroups([])
        os.setresgid(OTHER_USER, OTHER_USER, OTHER_USER)
        os.setresuid(OTHER_USER, OTHER_USER, OTHER_USER)
        answer: dict[str, Any] = {"returned": act()}
    except BaseException:
        answer = {"failed": traceback.format_exc()}
    os.write(writes, json.dumps(answer).encode())
    os._exit(0)
