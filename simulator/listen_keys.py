"""listenKeys: one per account, valid for an hour, kept over a restart.

Source: Binance USDⓈ-M Futures documentation, pages "Start User Data Stream", "Keepalive …" and "Close …".
"""

import secrets
import string

from simulator.clock import ExchangeClock
from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.hub import Hub
from simulator.interfaces import Json, Store

_VALID_MS = 60 * 60 * 1000
_TABLE = "listen_keys"
_ALPHABET = string.ascii_letters + string.digits
_PATH = "/fapi/v1/listenKey"


class ListenKeys:
    """Hands out, extends and ends listenKeys, and keeps the hub informed of who a key belongs to."""

    def __init__(self, store: Store, clock: ExchangeClock, hub: Hub) -> None:
        self._store = store
        self._clock = clock
        self._hub = hub
        hub.on_expiry_asked(self.expire)
        for account, row in store.rows(_TABLE).items():
            hub.assign_key(account, row["key"])

    def create(self, account: str) -> str:
        """Return the account's active key, extended by an hour, or a new one."""
        key = self._active(account) or "".join(secrets.choice(_ALPHABET) for _ in range(64))
        self._keep(account, key)
        return key

    def extend(self, account: str, key: str | None) -> str:
        """Extend the active key by an hour and return it.

        Raises:
            ApiError: -1125, there is no active key or key is another one.
        """
        active = self._active(account)
        if active is None or key not in (None, active):
            raise ApiError(
                -1125,
                "This listenKey does not exist. Please use `POST /fapi/v1/listenKey` to recreate `listenKey`",
            )
        self._keep(account, active)
        return active

    def end(self, account: str, key: str | None) -> None:
        """End the active key and close its sockets.

        Raises:
            ApiError: -1125, as in extend.
        """
        active = self.extend(account, key)
        self._store.delete(_TABLE, account)
        self._hub.end_key(account, active)

    def expire(self, account: str | None = None) -> None:
        """Expire the key of one account, or of all: listenKeyExpired is sent, the sockets stay open and silent."""
        for name, row in list(self._store.rows(_TABLE).items()):
            if account in (None, name):
                self._store.delete(_TABLE, name)
                self._hub.expire_key(name, row["key"])

    def expire_due(self) -> None:
        """Expire the keys that nobody extended in time."""
        now_ms = self._clock.now_ms()
        for name in [name for name, row in self._store.rows(_TABLE).items() if row["valid_until_ms"] <= now_ms]:
            self.expire(name)

    def _active(self, account: str) -> str | None:
        row = self._store.rows(_TABLE).get(account)
        return row["key"] if row is not None and row["valid_until_ms"] > self._clock.now_ms() else None

    def _keep(self, account: str, key: str) -> None:
        self._store.put(_TABLE, account, {"key": key, "valid_until_ms": self._clock.now_ms() + _VALID_MS})
        self._hub.assign_key(account, key)


def register(routes: Routes, keys: ListenKeys) -> None:
    """Add the listenKey endpoints."""

    def start(call: Call) -> Json:
        return {"listenKey": keys.create(_account(call))}

    def keep_alive(call: Call) -> Json:
        return {"listenKey": keys.extend(_account(call), call.params.optional_text("listenKey"))}

    def close(call: Call) -> Json:
        keys.end(_account(call), call.params.optional_text("listenKey"))
        return {}

    for method, handler in (("POST", start), ("PUT", keep_alive), ("DELETE", close)):
        routes.add(Endpoint(method, _PATH, handler, Security.API_KEY))


def _account(call: Call) -> str:
    assert call.account is not None  # the pipeline lets no API_KEY request through without one
    return call.account
