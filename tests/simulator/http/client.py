"""A bare client: signs like the documentation says and shows answers as they came."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import requests


@dataclass(slots=True)
class BareClient:
    """Speaks to one exchange as one account."""

    url: str
    key: str = "practice"
    secret: str = "practice"
    session: requests.Session = field(default_factory=requests.Session)

    def time(self) -> int:
        return int(self.session.get(f"{self.url}/fapi/v1/time", timeout=10).json()["serverTime"])

    def send(self, method: str, path: str, **parameters: Any) -> requests.Response:
        """Send an unsigned request, parameters in the query."""
        return self.session.request(
            method, self.url + path, params=parameters, headers={"X-MBX-APIKEY": self.key}, timeout=10
        )

    def signed(self, method: str, path: str, **parameters: Any) -> requests.Response:
        """Send a signed request, parameters in the query."""
        if "timestamp" not in parameters:
            parameters["timestamp"] = self.time()
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return self.session.request(
            method,
            f"{self.url}{path}?{query}&signature={sign(self.secret, query)}",
            headers={"X-MBX-APIKEY": self.key},
            timeout=10,
        )

    def control(self, method: str, path: str, **sent: Any) -> Any:
        """Send a control request and return its answer, which must be a success."""
        answer = self.session.request(method, f"{self.url}/control{path}", json=sent or None, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, match: str, kind: str, **rest: Any) -> int:
        return int(self.control("POST", "/faults", match=match, kind=kind, **rest)["id"])


def sign(secret: str, payload: str) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
