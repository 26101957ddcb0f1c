"""Sending one message through a process of its own, killed at its deadline."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from notifications.addresses import read_channel_address, read_ping_address

DEADLINE_SECONDS: Final = 20.0
REQUEST_TIMEOUT_SECONDS: Final = 10.0
LONGEST_TITLE: Final = 200
LONGEST_BODY: Final = 3500  # what the shortest of the usual services takes, with room
_ROOT: Final = Path(__file__).resolve().parents[1]


class NotSent(Exception):
    """The message did not go out: try again later; the text says why and holds nothing of the address."""


def send_message(
    url: str, title: str, body: str, *, private_allowed: bool, deadline_seconds: float = DEADLINE_SECONDS
) -> None:
    """Send one message to one address.

    Args:
        url: an address that read_channel_address() takes.
        title: cut at LONGEST_TITLE characters.
        body: plain text, cut at LONGEST_BODY characters.
        private_allowed: whether the receiver may lie on this machine or in the home network.
        deadline_seconds: for all of it; then the sending process is killed.

    Raises:
        BadAddress: the address cannot be used.
        NotSent: it did not go out, or nobody knows whether it did.
    """
    hosts = read_channel_address(url).hosts
    task = {"title": title[:LONGEST_TITLE], "body": body[:LONGEST_BODY]}
    _run({**task, "url": url.strip(), "hosts": sorted(hosts), "private_allowed": private_allowed}, deadline_seconds)


def send_ping(url: str, *, private_allowed: bool, deadline_seconds: float = DEADLINE_SECONDS) -> None:
    """Ask for an address so that its owner knows the bot is alive.

    Raises:
        BadAddress: the address cannot be used.
        NotSent: there was no answer, or not a good one.
    """
    hosts = read_ping_address(url).hosts
    task = {"ping": True, "url": url.strip(), "hosts": sorted(hosts), "private_allowed": private_allowed}
    _run(task, deadline_seconds)


def _run(task: Mapping[str, Any], deadline_seconds: float) -> None:
    text = json.dumps({**task, "timeout_seconds": min(REQUEST_TIMEOUT_SECONDS, deadline_seconds)})
    with tempfile.TemporaryDirectory(prefix="notification-") as home:
        # The address goes through standard input: a command line can be read by everybody on the machine.
        environment = {"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            finished = subprocess.run(
                [sys.executable, "-m", "notifications.child"],
                cwd=_ROOT,
                env=environment,
                input=text,
                capture_output=True,
                text=True,
                timeout=deadline_seconds,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            # From None: the exception holds what went in.
            raise NotSent(f"no answer within {deadline_seconds:.0f} seconds") from None
    try:
        problem = json.loads(finished.stdout)["problem"]
    except (ValueError, KeyError):
        problem = "the sending process ended early"
    if problem:
        raise NotSent(problem)
