"""Runs the practice exchange on a socket until it is told to stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterable, Iterator

import uvicorn

from simulator.app import PracticeExchange
from simulator.connections import HttpProtocol, SocketProtocol
from simulator.host_guard import HostGuard

_PING_EVERY_SECONDS = 180.0
_PONG_WITHIN_SECONDS = 600.0
_KEEP_ALIVE_SECONDS = 300
_LARGEST_FRAME = 256 * 1024  # of a client: the names of 1024 streams are a sixth of it


class _Server(uvicorn.Server):
    """Says when it is ready, and leaves signals to the command line."""

    def __init__(self, config: uvicorn.Config, ready_line: str, end_faults: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready_line = ready_line
        self._end_faults = end_faults

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        print(self._ready_line, flush=True)  # noqa: T201 - what callers wait for

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_faults()  # an answer that drips would hold up the end
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to host and port, 0 for a free port.

    Raises:
        OSError: the address is taken or is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delay only on sockets that name their protocol; with the delay an answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


async def serve(
    exchange: PracticeExchange, listener: socket.socket, host: str, further_names: Iterable[str] = ()
) -> None:
    """Serve until SIGTERM or SIGINT, saying so on standard output once ready.

    Requests are answered that call the exchange by a loopback name, by host or by one of the further names.
    """
    config = uvicorn.Config(
        HostGuard(exchange.app, (host, *further_names)),
        http=HttpProtocol,
        ws=SocketProtocol,
        ws_ping_interval=_PING_EVERY_SECONDS,
        ws_ping_timeout=_PONG_WITHIN_SECONDS,
        ws_per_message_deflate=False,
        ws_max_size=_LARGEST_FRAME,
        proxy_headers=False,  # they would let anybody pretend to be another address, or this machine
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=2,
        lifespan="off",
        access_log=False,
        log_config=None,
    )
    shown_host = f"[{host}]" if ":" in host else host
    ready_line = f"practice exchange listening on http://{shown_host}:{listener.getsockname()[1]}"
    server = _Server(config, ready_line, exchange.faults.clear)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    ticking = asyncio.create_task(exchange.ticker.run())
    try:
        await server.serve(sockets=[listener])
    finally:
        ticking.cancel()
