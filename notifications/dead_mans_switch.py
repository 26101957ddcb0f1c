"""The ping that stops when the bot stops: a watching service then tells the person what the bot no longer can."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from notifications.addresses import BadAddress
from notifications.sending import NotSent, send_ping

log = logging.getLogger(__name__)

ALIVE_WITHIN_SECONDS = 20.0


def failure_address(url: str) -> str:
    """Return the address that reports a failure: the ping's with /fail behind its path."""
    parts = urlsplit(url.strip())
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))


class DeadMansSwitch:
    """Pings while the bot really goes round; says once when it no longer does."""

    def __init__(
        self,
        *,
        cycle_age_seconds: Callable[[], float],
        active: Callable[[], bool],
        ping: Callable[..., None] = send_ping,
    ) -> None:
        """Build it.

        Args:
            cycle_age_seconds: age of the bot's last cycle.
            active: whether this process holds the lease; a standby pings nothing.
            ping: asks for an address; raises BadAddress or NotSent.
        """
        self._cycle_age_seconds = cycle_age_seconds
        self._active = active
        self._ping = ping
        self._failing = False

    def ping_once(self, url: str, *, private_allowed: bool) -> str:
        """Ping, or report the failure; return "" when it went out, else why not.

        Args:
            url: as the person entered it.
            private_allowed: whether it may lie on this machine or in the home network.
        """
        if not self._active():
            return ""
        alive = self._cycle_age_seconds() < ALIVE_WITHIN_SECONDS
        if not alive and self._failing:
            return ""
        try:
            self._ping(url if alive else failure_address(url), private_allowed=private_allowed)
        except (BadAddress, NotSent) as error:
            log.warning("ping not sent reason=%s", error)
            return str(error)
        self._failing = not alive
        return ""
