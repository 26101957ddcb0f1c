"""Whose request it is: key, time and signature, refused in the exchange's own words."""

from collections.abc import Callable

from simulator.endpoints import Endpoint, Security
from simulator.errors import ApiError
from simulator.interfaces import Account
from simulator.messages import Request
from simulator.params import Params
from simulator.signing import signature_holds
from simulator.switches import Switches

_DEFAULT_RECV_WINDOW_MS = 5000
_MAX_RECV_WINDOW_MS = 60_000
_AHEAD_TOLERATED_MS = 1000


class Authorisation:
    """Finds the account that a request proves to speak for."""

    def __init__(self, account_of_key: Callable[[str], Account | None], switches: Switches) -> None:
        self._account_of_key = account_of_key
        self._switches = switches

    def account(self, request: Request, endpoint: Endpoint, values: dict[str, str], shown_ms: int) -> str | None:
        """Return the account's name, None on public endpoints; shown_ms is the server time to compare with.

        Raises:
            ApiError: the key, the time or the signature does not hold.
        """
        if endpoint.security is Security.NONE:
            return None
        if not request.api_key:
            raise ApiError(-2014, "API-key format invalid.", status=401)
        account = self._account_of_key(request.api_key)
        if account is None:
            raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
        if endpoint.security is Security.SIGNED:
            parameters = Params(values)
            timestamp = parameters.integer("timestamp")
            signature = parameters.text("signature")
            _check_time(timestamp, parameters.optional_integer("recvWindow"), shown_ms)
            if not signature_holds(
                account.secret, request.query, request.body, signature, over=self._switches.signature_over
            ):
                raise ApiError(-1022, "Signature for this request is not valid.")
        return account.name


def _check_time(timestamp: int, recv_window: int | None, server_time: int) -> None:
    window = _DEFAULT_RECV_WINDOW_MS if recv_window is None else recv_window
    if window > _MAX_RECV_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000")
    if timestamp >= server_time + _AHEAD_TOLERATED_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if server_time - timestamp > window:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")
