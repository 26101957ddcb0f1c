"""The process that sends one message and ends: `python -m notifications.child`, its task as JSON on standard input.

Apprise's plugins open their own connections. Here they can only reach the hosts of the task: every look-up of a name
is checked, redirects are not followed, and neither a proxy nor a .netrc of the environment is used. The process has a
minimal environment, knows no exchange keys, and is killed at its deadline by whoever started it.
"""

import json
import logging
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

import apprise
import requests

from notifications.addresses import is_private

MEMORY_BYTES: Final = 768 * 1024 * 1024
READ_BYTES: Final = 64 * 1024


class NotAllowed(OSError):
    """The connection leads somewhere the person did not enter."""


def guard_network(hosts: frozenset[str], private_allowed: bool) -> None:
    """Let this process look up and reach only these hosts from now on.

    Args:
        hosts: names or addresses, lower case.
        private_allowed: whether a host may lie on this machine or in the home network.
    """
    look_up: Callable[..., Any] = socket.getaddrinfo

    def guarded(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401  as the standard library
        name = (host.decode() if isinstance(host, bytes) else str(host or "")).lower().rstrip(".")
        if name not in hosts:
            raise NotAllowed("this host was not entered")
        found = look_up(host, port, *arguments, **options)
        if not private_allowed and any(is_private(entry[4][0]) for entry in found):
            raise NotAllowed("this host lies in a private network")
        return found

    socket.getaddrinfo = guarded


def guard_requests(timeout_seconds: float) -> None:
    """Make every request of this process follow no redirect, use no proxy and no .netrc, and wait so long at most."""
    send: Callable[..., requests.Response] = requests.Session.request

    def guarded(self: requests.Session, method: str, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        self.trust_env = False
        options["allow_redirects"], options["timeout"] = False, timeout_seconds
        answer = send(self, method, url, **options)
        if answer.is_redirect:
            raise requests.TooManyRedirects("redirects are not followed")
        return answer

    requests.Session.request = guarded  # type: ignore[method-assign, assignment]


def perform(task: dict[str, Any]) -> str:
    """Do what the task says and return "" when it worked, else why not in a few plain words.

    Args:
        task: url, hosts, private_allowed, timeout_seconds, and either title and body, or ping (true).
    """
    guard_network(frozenset(task["hosts"]), bool(task["private_allowed"]))
    guard_requests(float(task["timeout_seconds"]))
    if task.get("ping"):
        return _ping(str(task["url"]))
    sender = apprise.Apprise()
    if not sender.add(str(task["url"])):
        return "the address cannot be read"
    sent = sender.notify(
        title=str(task["title"]), body=str(task["body"]), body_format=apprise.NotifyFormat.TEXT, interpret_escapes=False
    )
    return "" if sent else "the service did not take the message"


def _ping(url: str) -> str:
    try:
        answer = requests.get(url, stream=True)  # noqa: S113  guard_requests sets the timeout
        answer.raw.read(READ_BYTES)
    except (requests.RequestException, OSError) as error:
        return f"no answer ({type(error).__name__})"
    return "" if answer.ok else f"answered {answer.status_code}"


def main() -> int:
    """Read the task, perform it, print the outcome as JSON; the address never appears in it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)
    try:
        problem = perform(json.load(sys.stdin))
    except Exception as error:  # a plugin may raise anything; its text may hold the address
        problem = f"sending failed ({type(error).__name__})"
    json.dump({"problem": problem}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
