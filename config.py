"""Configuration: one frozen value made from the environment, and which exchange follows from it."""

import re
import shlex
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from domain.allowed_hosts import ForbiddenHost, require_test_host
from domain.passwords import PasswordRefused, require_usable_password
from domain.start_refused import StartRefused
from domain.venues import TEST_HOSTS, Venue, addresses_of, venue_at

PRACTICE_ARGS_OF_THE_BOT: Final = ("--host", "--port", "--state")


class ConfigError(StartRefused):
    """A variable of the environment cannot be used: show the message, it names one that works."""

    def __init__(self, variable: str, message: str) -> None:
        super().__init__(f"{variable}: {message}")
        self.variable = variable


class ChosenBy(StrEnum):
    """Where the choice of the exchange comes from."""

    ENVIRONMENT = "environment"
    SETTINGS = "settings"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Config:
    """What the environment asks for; None = not said.

    Secrets never show in its repr.
    """

    database_url: str | None = field(default=None, repr=False)  # None = the embedded database
    session_secret: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)  # both keys or none
    api_secret: str | None = field(default=None, repr=False)
    exchange: Venue | None = None
    futures_url: str | None = None
    stream_url: str | None = None
    practice_port: int = 8600
    practice_args: tuple[str, ...] = ()
    data_dir: Path = Path(".data")
    port: int = 8501
    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()  # further names that the dashboard is served under, lower case
    dashboard_password: str | None = field(default=None, repr=False)
    trusted_proxy_hops: int = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Config":
        """Read and check the variables; an empty one counts as not set.

        Raises:
            ConfigError: one of them cannot be used.
        """
        environ = {name: value.strip() for name, value in environment.items() if value.strip()}
        default = cls()
        config = cls(
            database_url=_database_url(environ),
            session_secret=environ.get("SESSION_SECRET"),
            api_key=environ.get("BINANCE_TESTNET_API_KEY"),
            api_secret=environ.get("BINANCE_TESTNET_API_SECRET"),
            exchange=_exchange(environ),
            futures_url=_venue_url(environ, "BINANCE_FUTURES_URL", ("http", "https")),
            stream_url=_venue_url(environ, "BINANCE_STREAM_URL", ("ws", "wss")),
            practice_port=_port(environ, "PRACTICE_PORT", default.practice_port),
            practice_args=_practice_args(environ),
            data_dir=_data_dir(environ, default.data_dir),
            port=_port(environ, "PORT", default.port),
            host=environ.get("HOST", default.host),
            allowed_hosts=_allowed_hosts(environ),
            dashboard_password=_dashboard_password(environment),
            trusted_proxy_hops=_proxy_hops(environ),
        )
        _check_together(config)
        return config

    @property
    def has_keys(self) -> bool:
        """Whether the environment brings API keys; they win over saved ones."""
        return self.api_key is not None and self.api_secret is not None


@dataclass(frozen=True, slots=True)
class ResolvedExchange:
    """The exchange to trade on."""

    venue: Venue
    rest_url: str  # without a path
    stream_url: str
    chosen_by: ChosenBy
    starts_practice: bool  # the lease holder runs the practice exchange as its child

    @property
    def family(self) -> str:
        """`practice` or `binance test`."""
        return self.venue.family


def resolve_exchange(config: Config, saved_choice: str | None) -> ResolvedExchange:
    """Return the exchange to trade on: the environment wins over the choice saved in Settings.

    Args:
        config: what the environment asks for.
        saved_choice: practice, testnet or demo as saved in Settings; None on a new database.

    Raises:
        ValueError: saved_choice is none of the three.
    """
    venue, chosen_by = _chosen(config, saved_choice)
    addresses = addresses_of(venue, config.practice_port)
    rest_url, stream_url = addresses.rest_url, addresses.stream_url
    if config.futures_url is not None:
        rest_url = config.futures_url
        if urlsplit(rest_url).hostname not in TEST_HOSTS:
            # Whatever stands in for Binance on this machine serves its streams at the same address.
            stream_url = "ws" + rest_url.removeprefix("http")
    return ResolvedExchange(
        venue=venue,
        rest_url=rest_url,
        stream_url=config.stream_url or stream_url,
        chosen_by=chosen_by,
        starts_practice=venue is Venue.PRACTICE and config.futures_url is None,
    )


def _chosen(config: Config, saved_choice: str | None) -> tuple[Venue, ChosenBy]:
    if config.exchange is not None:
        return config.exchange, ChosenBy.ENVIRONMENT
    venue = venue_at(config.futures_url)
    if venue is not None:
        return venue, ChosenBy.ENVIRONMENT
    if saved_choice is not None:
        return Venue(saved_choice), ChosenBy.SETTINGS
    return (Venue.TESTNET if config.has_keys else Venue.PRACTICE), ChosenBy.DEFAULT


def _database_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("DATABASE_URL")
    # The address may hold a password: only its scheme is repeated.
    if url is not None and not re.match(r"postgres(ql)?(\+psycopg2)?://", url):
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)", url)
        raise ConfigError(
            "DATABASE_URL",
            f"only PostgreSQL can be used{f', not {scheme[0]}' if scheme else ''}, e.g. "
            "postgresql://user:password@localhost:5432/trading. Leave it out to use the built-in PostgreSQL.",
        )
    return url


def _exchange(environ: Mapping[str, str]) -> Venue | None:
    choice = environ.get("EXCHANGE")
    if choice is None:
        return None
    try:
        return Venue(choice.lower())
    except ValueError:
        raise ConfigError("EXCHANGE", f"use practice, testnet or demo, not {choice!r}.") from None


def _venue_url(environ: Mapping[str, str], variable: str, schemes: tuple[str, str]) -> str | None:
    url = environ.get(variable)
    if url is None:
        return None
    example = f"e.g. {schemes[0]}://127.0.0.1:8600"
    if not url.lower().startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ConfigError(variable, f"use an address that begins with {schemes[0]}:// or {schemes[1]}://, {example}.")
    try:
        require_test_host(url)
        address = urlsplit(url)
        port = "" if address.port is None else f":{address.port}"
    except ForbiddenHost as refusal:
        raise ConfigError(variable, f"{refusal}; {example}.") from refusal
    except ValueError:
        raise ConfigError(variable, f"the port of the address is no port, {example}.") from None
    if address.path not in ("", "/") or address.query or address.fragment:
        raise ConfigError(variable, f"give the address without a path, {example}.")
    host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
    return f"{address.scheme}://{host}{port}"


def _port(environ: Mapping[str, str], variable: str, default: int) -> int:
    text = environ.get(variable)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ConfigError(variable, f"use a port from 1 to 65535, e.g. {default}, not {text!r}.")
    return int(text)


def _data_dir(environ: Mapping[str, str], default: Path) -> Path:
    text = environ.get("DATA_DIR", str(default))
    try:
        if len(text) > 1000 or any(unicodedata.category(character).startswith("C") for character in text):
            raise ValueError(text)
        return Path(text).expanduser()
    except (ValueError, RuntimeError):
        raise ConfigError("DATA_DIR", "use the path of a folder of its own, e.g. /home/me/bot-data.") from None


def _allowed_hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    names = [name.strip().lower() for name in environ.get("ALLOWED_HOSTS", "").split(",") if name.strip()]
    for name in names:
        if len(name) > 253 or not re.fullmatch(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:]+:[0-9a-f:.]*", name):
            raise ConfigError(
                "ALLOWED_HOSTS",
                "give names or addresses without a port and separated by commas, e.g. bot.example.com, 192.168.1.20.",
            )
    return tuple(dict.fromkeys(names))


def _dashboard_password(environment: Mapping[str, str]) -> str | None:
    # Taken as it is: white space may be part of it.
    password = environment.get("DASHBOARD_PASSWORD", "")
    if not password:
        return None
    try:
        require_usable_password(password)
    except PasswordRefused as refusal:
        raise ConfigError("DASHBOARD_PASSWORD", str(refusal)) from None
    return password


def _proxy_hops(environ: Mapping[str, str]) -> int:
    text = environ.get("TRUSTED_PROXY_HOPS", "0")
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) > 10:
        raise ConfigError(
            "TRUSTED_PROXY_HOPS",
            "give the number of proxies of yours that stand one behind the other in front of the bot, 0 to 10; "
            "e.g. 1 for one nginx.",
        )
    return int(text)


def _practice_args(environ: Mapping[str, str]) -> tuple[str, ...]:
    text = environ.get("PRACTICE_ARGS", "")
    example = 'e.g. "--prices walk --speed 10"'
    try:
        arguments = tuple(shlex.split(text))
    except ValueError:
        raise ConfigError("PRACTICE_ARGS", f"a quotation mark is not closed, {example}.") from None
    for argument in arguments:
        option = argument.split("=")[0]
        # An abbreviation counts as the option that it may be taken for.
        if len(option) > 2 and any(own.startswith(option) for own in PRACTICE_ARGS_OF_THE_BOT):
            raise ConfigError("PRACTICE_ARGS", f"{argument} is set by the bot itself; leave it out, {example}.")
    return arguments


def _check_together(config: Config) -> None:
    if (config.api_key is None) != (config.api_secret is None):
        raise ConfigError(
            "BINANCE_TESTNET_API_KEY" if config.api_key is None else "BINANCE_TESTNET_API_SECRET",
            "set BINANCE_TESTNET_API_KEY and BINANCE_TESTNET_API_SECRET together, or neither of them.",
        )
    venue = venue_at(config.futures_url)
    if config.exchange is Venue.PRACTICE and venue is not None:
        raise ConfigError(
            "BINANCE_FUTURES_URL",
            f"this is a Binance address, but EXCHANGE says practice. Set EXCHANGE={venue.value} or leave it out.",
        )
    if config.port == config.practice_port and config.futures_url is None:
        raise ConfigError(
            "PRACTICE_PORT", f"the dashboard already uses {config.port}; use another one, e.g. {config.port + 99}."
        )
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", config.host):
        raise ConfigError("HOST", "use a name or an address to listen on, e.g. 127.0.0.1, or 0.0.0.0 for all.")
