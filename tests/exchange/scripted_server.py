"""A tiny HTTP server on loopback whose answers a test writes down beforehand."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer; drop closes the connection without a word."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    raw: str
    parameters: dict[str, str]
    headers: dict[str, str]


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value).encode(), status, {"Content-Type": "application/json", **headers})


class ScriptedServer:
    """Answers each path from its script: a list is used up, then its last answer repeats; a function is called."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[str, list[Answer]] = {}
        self._functions: dict[str, Callable[[Asked], Answer]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, route: str, *answers: Answer) -> None:
        self._scripts[route] = list(answers)

    def compute(self, route: str, answer: Callable[[Asked], Answer]) -> None:
        self._functions[route] = answer

    def requests_to(self, route: str) -> list[Asked]:
        return [asked for asked in self.asked if f"{asked.method} {asked.path}" == route]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, asked: Asked) -> Answer:
        route = f"{asked.method} {asked.path}"
        with self._lock:
            self.asked.append(asked)
            if route in self._functions:
                return self._functions[route](asked)
            answers = self._scripts.get(route)
            if not answers:
                return json_answer({"code": -5000, "msg": "Path is not scripted."}, 404)
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one(self) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                raw = url.query + body
                asked = Asked(self.command, url.path, raw, dict(parse_qsl(raw)), dict(self.headers))
                answer = server._answer(asked)
                if answer.seconds:
                    threading.Event().wait(answer.seconds)
                if answer.drop:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815  # http.server's names

            def log_message(self, *args: Any) -> None:
                pass

        return Handler
