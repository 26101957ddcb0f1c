"""python-binance made fit for this bot: test hosts only, our own stamps, safe in threads, answers read strictly."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import NoReturn
from urllib.parse import urlsplit

import requests
from binance.client import Client
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from domain.allowed_hosts import require_test_host
from exchange.answers import LARGEST_ANSWER_BYTES, Unreadable, parsed, unpacked
from exchange.clock import to_milliseconds
from exchange.deadlines import (
    FIRST_BYTE_SECONDS,
    PROVEN_SECONDS,
    Allowance,
    AnswerTooLarge,
    HttpPool,
    HttpsPool,
    allowing,
)
from exchange.errors import Failure, RequestFailed
from exchange.gate import RequestGate, longest_pause
from exchange.wire import Json

CONNECT_SECONDS = 2.0  # name look-up and all addresses together
READ_SECONDS = 10.0  # from the request to the answer's last byte, a repetition included
ORDER_SECONDS = 5.0
READ_REUSE_SECONDS = 15.0  # below what any exchange or router waits before it forgets an idle connection
RECV_WINDOW_MILLISECONDS = 5000
POOLED_CONNECTIONS = 16  # the actor, its pool of eight, the streams and room for pages
ERROR_TEXT_LENGTH = 300
ORDER_PATHS = ("/order", "/algoOrder")

# It writes whole addresses, signatures included, into its debug lines and some warnings.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)

_urgent: ContextVar[bool] = ContextVar("urgent", default=False)


@contextmanager
def urgent() -> Iterator[None]:
    """Send this thread's requests meanwhile over connections of their own: nothing else can occupy those.

    For stops, closes and questions about an unprotected position; orders take that lane by themselves.
    """
    token = _urgent.set(True)
    try:
        yield
    finally:
        _urgent.reset(token)


class UnreadableAnswer(requests.RequestException):
    """An answer came that cannot be used: too large, damaged or cut off."""


class _Lane(HTTPAdapter):
    """A pool of connections with deadlines."""

    def init_poolmanager(self, *args: Json, **options: Json) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def close(self) -> None:
        """Close the pooled connections now: urllib3 would leave that to the last answer that still refers to a pool."""
        pools = self.poolmanager.pools
        for key in pools.keys():  # noqa: SIM118  (the container does not iterate by itself)
            pools[key].close()
        super().close()


class GuardedAdapter(BaseAdapter):
    """The one way out: refuses every host but loopback and the known test hosts, and notes the usage headers.

    An answer is read here, whole and within its deadline and size; only then it is an answer.
    """

    def __init__(self, note_headers: Callable[[Mapping[str, str]], None]) -> None:
        super().__init__()
        self._note_headers = note_headers
        self._ordinary, self._urgent = (
            _Lane(pool_connections=4, pool_maxsize=POOLED_CONNECTIONS, max_retries=0) for _ in range(2)
        )

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Json = None,
        verify: Json = True,
        cert: Json = None,
        proxies: Json = None,
    ) -> requests.Response:
        """Send one request; a read is sent a second time, over a fresh connection, when its first broke.

        Args:
            request: what to send.
            stream: has no effect, the answer is always read.
            timeout: seconds to connect, and for everything to the answer's last byte.
            verify: as for requests.
            cert: as for requests.
            proxies: have no effect, none is ever used.

        Raises:
            ForbiddenHost: the host is neither loopback nor a known test host.
            requests.RequestException: no answer, or none that can be read.
        """
        url = urlsplit(request.url or "")
        require_test_host(f"{url.scheme}://{url.netloc}")
        connect_seconds, seconds = timeout
        answer_by = time.monotonic() + seconds
        is_read = request.method == "GET"
        lane = self._urgent if _urgent.get() or (not is_read and url.path.endswith(ORDER_PATHS)) else self._ordinary

        def attempt(reuse_idle_seconds: float, first_byte_seconds: float | None) -> requests.Response:
            connect_by = min(time.monotonic() + connect_seconds, answer_by)
            allowance = Allowance(connect_by, answer_by, LARGEST_ANSWER_BYTES, reuse_idle_seconds, first_byte_seconds)
            return _whole_answer(lane, request, allowance, verify, cert)

        if not is_read:
            # Never sent twice, so never over a connection that may have died unnoticed.
            response = attempt(PROVEN_SECONDS, None)
        else:
            try:
                response = attempt(READ_REUSE_SECONDS, FIRST_BYTE_SECONDS)
            except requests.ConnectTimeout:
                raise
            except (requests.ConnectionError, requests.Timeout):
                if time.monotonic() >= answer_by:
                    raise
                response = attempt(-1, None)
        self._note_headers(response.headers)
        return response

    def close(self) -> None:
        """Close the pooled connections of both lanes."""
        self._ordinary.close()
        self._urgent.close()


def _whole_answer(
    lane: _Lane, request: requests.PreparedRequest, allowance: Allowance, verify: Json, cert: Json
) -> requests.Response:
    """Send once and read the answer to its last byte.

    Raises:
        requests.RequestException: no answer, or none that can be read.
    """
    try:
        with allowing(allowance):
            response = lane.send(request, stream=True, timeout=None, verify=verify, cert=cert)
            body = b"".join(response.raw.stream(65536, decode_content=False))
        response._content = unpacked(body, response.headers.get("Content-Encoding", "").lower())
        response._content_consumed = True  # type: ignore[attr-defined]  # not in the stubs
    except ReadTimeoutError as failure:
        raise requests.ReadTimeout(failure, request=request) from failure
    except AnswerTooLarge as failure:
        raise UnreadableAnswer("too large", request=request) from failure
    except Unreadable as failure:
        raise UnreadableAnswer(str(failure), request=request) from failure
    except HTTPError as failure:
        raise requests.ConnectionError(failure, request=request) from failure
    return response


class GuardedSession(requests.Session):
    """A session that follows no redirect and takes no proxy, password or certificate from the environment."""

    def __init__(self, note_headers: Callable[[Mapping[str, str]], None] = lambda _: None) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["Accept-Encoding"] = "gzip"
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
        gate: RequestGate,
    ) -> None:
        self._exchange_now = exchange_now
        self._gate = gate
        self._note_headers = note_headers
        self._last = threading.local()
        super().__init__(api_key, api_secret, testnet=True, ping=False)
        self.FUTURES_TESTNET_URL = rest_url.rstrip("/") + "/fapi"
        self.FUTURES_COIN_TESTNET_URL = rest_url.rstrip("/").replace("//demo-fapi.", "//demo-dapi.") + "/dapi"

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

    def key_restrictions(self) -> Json:
        """GET apiRestrictions from this exchange: the library asks the real one, to which nothing is ever sent."""
        address = self.FUTURES_TESTNET_URL.removesuffix("/fapi") + "/sapi/v1/account/apiRestrictions"
        return self._request("get", address, signed=True, data={})

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
        request["timeout"] = (CONNECT_SECONDS, READ_SECONDS if method == "get" else ORDER_SECONDS)
        return request

    def _request(self, method: str, uri: str, signed: bool, force_params: bool = False, **kwargs: Json) -> Json:
        """Send one request and return its JSON; without success raise RequestFailed, without cause or context.

        The exceptions of requests carry the URL, signature included: they end here. Nothing is sent while the exchange
        wants a pause.
        """
        order = method != "get" and uri.endswith(ORDER_PATHS)
        if (pause := self._gate.pause(order=order)) is not None:
            why = "held back: the exchange asked for a pause"
            raise RequestFailed(Failure(418 if pause.banned else 429, None, why, pause.left, held_back=True))
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
        status = response.status_code
        answer, wrong = _parsed(response.content)
        if wrong:
            _fail(response, None, f"HTTP {status}, {wrong}")
        code = answer.get("code") if isinstance(answer, dict) else None
        code = code if isinstance(code, int) else None
        if not 200 <= status < 300 or (code is not None and code < 0):
            text = answer.get("msg") if isinstance(answer, dict) else None
            _fail(response, code, str(text or f"HTTP {status}"))
        return answer


def _parsed(content: bytes) -> tuple[Json, str]:
    """Return the JSON of a content and "", or nothing and what is wrong with it."""
    try:
        return parsed(content), ""
    except Unreadable as reason:
        return None, str(reason)


def _fail(response: requests.Response, code: int | None, text: str) -> NoReturn:
    longest = longest_pause(banned=response.status_code == 418)
    seconds = response.headers.get("Retry-After", "")
    retry_after = min(timedelta(seconds=int(seconds[:9])), longest) if seconds.isdecimal() else None
    raise RequestFailed(Failure(response.status_code, code, text[:ERROR_TEXT_LENGTH], retry_after))
