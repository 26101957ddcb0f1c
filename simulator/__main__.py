"""Command line of the practice exchange: python -m simulator."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from simulator.build import Settings, build
from simulator.host_guard import host_name
from simulator.market.replay import ReplayUnreadable
from simulator.server import listen, serve
from simulator.store import StateFileBusy, StateFileDamaged
from simulator.switches import Switches, switched
from simulator.trading.accounts import AccountSpec

_DEFAULT_BALANCE = Decimal(10000)


def account_spec(text: str) -> AccountSpec:
    """Return the account of a KEY:SECRET[:BALANCE] argument; its name is KEY.

    Raises:
        argparse.ArgumentTypeError: the text is something else.
    """
    key, _, rest = text.partition(":")
    secret, _, amount = rest.partition(":")
    try:
        balance = Decimal(amount) if amount else _DEFAULT_BALANCE
    except InvalidOperation:
        balance = Decimal("NaN")
    if not key or not secret or not balance.is_finite() or balance < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY:SECRET or KEY:SECRET:BALANCE")
    return AccountSpec(key, key, secret, balance)


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the command line's options, checked."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A practice exchange that speaks Binance USDⓈ-M Futures.",
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--allow-host",
        type=_host_name,
        action="append",
        default=[],
        metavar="NAME",
        help="answer requests that call it NAME; give it once for each (loopback names always work)",
    )
    parser.add_argument("--port", type=int, default=8600, help="port to listen on, 0 for a free one (default 8600)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep the state in FILE (default: in memory only)")
    parser.add_argument(
        "--account",
        type=account_spec,
        action="append",
        metavar="KEY:SECRET[:BALANCE]",
        help="an account named KEY; give it once for each (default practice:practice:10000)",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the price walk (default 1)")
    parser.add_argument("--prices", default="walk", metavar="walk|hold|FILE.csv", help="how prices move (default walk)")
    parser.add_argument(
        "--speed", type=_speed, default=Decimal(1), metavar="X", help="prices and funding X times faster"
    )
    parser.add_argument("--symbols", type=int, default=0, metavar="N", help="N made-up symbols besides the main ones")
    parser.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="choose a behaviour left open by the venue"
    )
    options = parser.parse_args(arguments)
    accounts = options.account or [account_spec("practice:practice")]
    if len({account.api_key for account in accounts}) != len(accounts):
        parser.error("two accounts have the same key")
    if not 0 <= options.port <= 65535 or options.symbols < 0:
        parser.error("--port must be 0 to 65535 and --symbols 0 or more")
    if options.prices not in ("walk", "hold") and not Path(options.prices).is_file():
        parser.error(f"--prices must be walk, hold or a CSV file; there is no file {options.prices}")
    options.account = accounts
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the practice exchange until SIGTERM or SIGINT; return the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    options = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        listener = listen(options.host, options.port)
        exchange = build(_settings(options))
    except (OSError, ReplayUnreadable, StateFileBusy, StateFileDamaged, ValueError) as error:
        print(f"practice exchange: {error}", file=sys.stderr)  # noqa: T201 - the person at the terminal reads it
        return 1
    try:
        asyncio.run(serve(exchange, listener, options.host, options.allow_host))
    finally:
        exchange.store.close()
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    from_file = options.prices not in ("walk", "hold")
    return Settings(
        state=options.state,
        accounts=tuple(options.account),
        seed=options.seed,
        mode="replay" if from_file else options.prices,
        csv=Path(options.prices) if from_file else None,
        speed=options.speed,
        made_up_symbols=options.symbols,
        switches=switched(Switches(), options.switch),
    )


def _host_name(text: str) -> str:
    try:
        return host_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _speed(text: str) -> Decimal:
    try:
        speed = Decimal(text)
    except InvalidOperation:
        speed = Decimal("NaN")
    if not speed.is_finite() or speed <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")
    return speed


if __name__ == "__main__":
    sys.exit(main())
