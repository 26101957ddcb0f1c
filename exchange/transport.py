"""python-binance made fit for this bot: test hosts only, our own stamps, safe in threads, answers read strictly."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NoReturn
from urllib.parse import urlsplit

import requests
from binance.client import Client
from requests.adapters import HTTPAdapter

from domain.allowed_hosts import require_test_host
from exchange.clock import to_milliseconds
from exchange.errors import Failure, RequestFailed
from exchange.wire import Json

CONNECT_TIMEOUT_SECONDS = 2.0
READ_TIMEOUT_SECONDS = 5.0
ORDER_TIMEOUT_SECONDS = 3.0
RECV_WINDOW_MILLISECONDS = 5000
POOLED_CONNECTIONS = 16  # the actor, its pool of eight, the streams and room for pages
ERROR_TEXT_LENGTH = 300
NOT_JSON = object()  # JSON itself may be null

# It writes whole addresses, signatures included, into its debug lines and some warnings.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


class GuardedAdapter(HTTPAdapter):
    """The one way out: refuses every host but loopback and the known test hosts, and notes the usage headers."""

    def __init__(self, note_headers: Callable[[Mapping[str, str]], None]) -> None:
        super().__init__(pool_connections=4, pool_maxsize=POOLED_CONNECTIONS, max_retries=0)
        self._note_headers = note_headers

    def send(self, request: requests.PreparedRequest, *args: Json, **kwargs: Json) -> requests.Response:
        """Send one request.

        Raises:
            ForbiddenHost: the host is neither loopback nor a known test host.
            requests.RequestException: no answer.
        """
        url = urlsplit(request.url or "")
        require_test_host(f"{url.scheme}://{url.netloc}")
        try:
            response = super().send(request, *args, **kwargs)
        except requests.Timeout:
            raise
        except requests.ConnectionError:
            # A server may close a pooled connection in the very moment it is used again. Asking a second time is
            # harmless for a read; an order is never sent twice.
            if request.method != "GET":
                raise
            response = super().send(request, *args, **kwargs)
        self._note_headers(response.headers)
        return response


class GuardedSession(requests.Session):
    """A session that follows no redirect and takes no proxy, password or certificate from the environment."""

    def __init__(self, note_headers: Callable[[Mapping[str, str]], None]) -> None:
        super().__init__()
        self.trust_env = False
        adapter = GuardedAdapter(note_headers)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: a redirected order could arrive twice, and elsewhere."""
        return


class GuardedLibrary(Client):  # type: ignore[misc]  # python-binance ships no types
    """python-binance's client on one REST base; requests fail with RequestFailed instead of its own exceptions."""

    REQUEST_RECVWINDOW = RECV_WINDOW_MILLISECONDS

    def __init__(
        self,
        api_key: str,
        api_secret: str,
        rest_url: str,
        exchange_now: Callable[[], datetime],
        note_headers: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._exchange_now = exchange_now
        self._note_headers = note_headers
        self._last = threading.local()
        super().__init__(api_key, api_secret, testnet=True, ping=False)
        self.FUTURES_TESTNET_URL = rest_url.rstrip("/") + "/fapi"

    @property
    def response(self) -> requests.Response | None:
        """The calling thread's last answer.

        The library keeps one for all threads and reads it back after the request, so that two threads could be given
        each other's answers.
        """
        return getattr(self._last, "response", None)

    @response.setter
    def response(self, response: requests.Response | None) -> None:
        self._last.response = response

    def futures_open_listen_key(self) -> Json:
        """POST listenKey with its whole answer: the library's own method fails on an answer without the key."""
        return self._request_futures_api("post", "listenKey", signed=False, data={})

    def _init_session(self) -> requests.Session:
        session = GuardedSession(self._note_headers)
        session.headers.update(self._get_headers())
        return session

    def _get_request_kwargs(
        self, method: str, signed: bool, force_params: bool = False, **kwargs: Json
    ) -> dict[str, Json]:
        """Sign here, keeping a given timestamp: the library would overwrite it with the time of sending."""
        if signed:
            parameters = kwargs["data"]
            parameters.setdefault("timestamp", to_milliseconds(self._exchange_now()))
            parameters["recvWindow"] = self.REQUEST_RECVWINDOW
            parameters["signature"] = self._generate_signature(parameters)
        request: dict[str, Json] = super()._get_request_kwargs(method, False, force_params, **kwargs)
        answer_seconds = READ_TIMEOUT_SECONDS if method == "get" else ORDER_TIMEOUT_SECONDS
        request["timeout"] = (CONNECT_TIMEOUT_SECONDS, answer_seconds)
        return request

    def _request(self, method: str, uri: str, signed: bool, force_params: bool = False, **kwargs: Json) -> Json:
        """Send one request and return its JSON; without success raise RequestFailed, without cause or context.

        The exceptions of requests carry the URL, signature included: they end here.
        """
        try:
            return super()._request(method, uri, signed, force_params, **kwargs)
        except requests.RequestException as error:
            failure = Failure(None, None, f"no answer ({type(error).__name__})")
        except UnicodeError:
            failure = Failure(None, None, "the request could not be written")
        raise RequestFailed(failure)

    @staticmethod
    def _handle_response(response: requests.Response) -> Json:
        """Return the answer of a success; numbers come exact, as int or Decimal.

        A success that carries a negative code is none: the library would hand it on as a result.
        """
        answer = _json(response.content)
        status = response.status_code
        if answer is NOT_JSON:
            _fail(response, None, f"HTTP {status}, not JSON")
        code = answer.get("code") if isinstance(answer, dict) else None
        code = code if isinstance(code, int) else None
        if not 200 <= status < 300 or (code is not None and code < 0):
            text = answer.get("msg") if isinstance(answer, dict) else None
            _fail(response, code, str(text or f"HTTP {status}"))
        return answer


def _json(content: bytes) -> Json:
    try:
        return json.loads(content, parse_float=Decimal)
    except ValueError:
        return NOT_JSON


def _fail(response: requests.Response, code: int | None, text: str) -> NoReturn:
    seconds = response.headers.get("Retry-After", "")
    retry_after = timedelta(seconds=int(seconds)) if seconds.isdecimal() else None
    raise RequestFailed(Failure(response.status_code, code, text[:ERROR_TEXT_LENGTH], retry_after))
