import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ChosenBy, Config, ConfigError, resolve_exchange
from domain.venues import Venue

KEYS = {"BINANCE_TESTNET_API_KEY": "key-text", "BINANCE_TESTNET_API_SECRET": "secret-text"}


def test_an_empty_environment_gives_the_defaults() -> None:
    config = Config.from_environment({"EXCHANGE": " ", "PORT": ""})

    assert config == Config()
    assert (config.host, config.port, config.practice_port, config.data_dir) == ("127.0.0.1", 8501, 8600, Path(".data"))


def test_every_variable_is_read() -> None:
    config = Config.from_environment(
        KEYS
        | {
            "DATABASE_URL": "postgres://me:pw@db/bot",
            "SESSION_SECRET": "s3cret",
            "EXCHANGE": "Demo",
            "BINANCE_FUTURES_URL": "http://127.0.0.1:9000/",
            "BINANCE_STREAM_URL": "ws://localhost:9001",
            "PRACTICE_PORT": "8700",
            "PRACTICE_ARGS": "--prices walk --speed 10",
            "DATA_DIR": "/data/bot",
            "PORT": "80",
            "HOST": "0.0.0.0",
            "ALLOWED_HOSTS": "Bot.example.com, 192.168.1.20,,bot.example.com",
            "DASHBOARD_PASSWORD": " correct horse battery",
            "TRUSTED_PROXY_HOPS": "1",
        }
    )

    assert config == Config(
        database_url="postgres://me:pw@db/bot",
        session_secret="s3cret",
        api_key="key-text",
        api_secret="secret-text",
        exchange=Venue.DEMO,
        futures_url="http://127.0.0.1:9000",
        stream_url="ws://localhost:9001",
        practice_port=8700,
        practice_args=("--prices", "walk", "--speed", "10"),
        data_dir=Path("/data/bot"),
        port=80,
        host="0.0.0.0",
        allowed_hosts=("bot.example.com", "192.168.1.20"),
        dashboard_password=" correct horse battery",
        trusted_proxy_hops=1,
    )


def test_secrets_stay_out_of_the_repr() -> None:
    environ = KEYS | {"SESSION_SECRET": "s3cret", "DATABASE_URL": "postgresql://me:pw@db/bot"}

    shown = repr(Config.from_environment(environ))

    assert not [secret for secret in ("key-text", "secret-text", "s3cret", "pw") if secret in shown]


@pytest.mark.parametrize(
    ("environ", "advice"),
    [
        ({"DATABASE_URL": "sqlite:///bot.db"}, "postgresql://user:password@localhost:5432/trading"),
        ({"DATABASE_URL": "mysql://me:pw@db/bot"}, "not mysql"),
        ({"DATABASE_URL": "somewhere"}, "only PostgreSQL can be used, e.g."),
        ({"EXCHANGE": "binance"}, "practice, testnet or demo"),
        ({"ALLOWED_HOSTS": "bot.example.com:443"}, "without a port"),
        ({"ALLOWED_HOSTS": "*"}, "e.g. bot.example.com"),
        ({"ALLOWED_HOSTS": "http://bot.example.com"}, "names or addresses"),
        ({"TRUSTED_PROXY_HOPS": "-1"}, "0 to 10"),
        ({"TRUSTED_PROXY_HOPS": "11"}, "1 for one nginx"),
        ({"TRUSTED_PROXY_HOPS": "١"}, "0 to 10"),
        ({"DASHBOARD_PASSWORD": "short"}, "at least 10 characters"),
        ({"DASHBOARD_PASSWORD": "with a newline\n"}, "nothing invisible"),
        ({"PORT": "eighty"}, "from 1 to 65535, e.g. 8501"),
        ({"PORT": "0"}, "from 1 to 65535"),
        ({"PRACTICE_PORT": "70000"}, "e.g. 8600"),
        ({"PRACTICE_PORT": "8501"}, "e.g. 8600"),
        ({"PRACTICE_ARGS": "--prices 'walk"}, "quotation mark"),
        ({"PRACTICE_ARGS": "--port 9"}, "set by the bot itself"),
        ({"PRACTICE_ARGS": "--hos 0.0.0.0"}, "set by the bot itself"),
        ({"PRACTICE_ARGS": "--s=/tmp/x"}, "set by the bot itself"),
        ({"PRACTICE_ARGS": "--p 9"}, "set by the bot itself"),
        ({"DATA_DIR": "~nobody-of-that-name/bot"}, "a folder of its own"),
        ({"PRACTICE_ARGS": "--state=x"}, "set by the bot itself"),
        ({"BINANCE_TESTNET_API_KEY": "k"}, "together"),
        ({"BINANCE_TESTNET_API_SECRET": "s"}, "together"),
        ({"BINANCE_FUTURES_URL": "https://fapi.binance.com"}, "never to an exchange with real money"),
        ({"BINANCE_FUTURES_URL": "127.0.0.1:8600"}, "begins with http://"),
        ({"BINANCE_FUTURES_URL": "http://127.0.0.1:8600/fapi"}, "without a path"),
        ({"BINANCE_FUTURES_URL": "http://127.0.0.1:99999"}, "no port"),
        ({"BINANCE_STREAM_URL": "wss://fstream.binance.com"}, "never to an exchange with real money"),
        ({"BINANCE_STREAM_URL": "http://127.0.0.1:8600"}, "begins with ws://"),
        ({"EXCHANGE": "practice", "BINANCE_FUTURES_URL": "https://demo-fapi.binance.com"}, "EXCHANGE=demo"),
        ({"HOST": "all of them"}, "e.g. 127.0.0.1"),
    ],
)
def test_what_cannot_be_used_is_answered_with_what_works(environ: dict[str, str], advice: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Config.from_environment(environ)

    assert advice in str(refusal.value)
    assert "pw" not in str(refusal.value)


@pytest.mark.parametrize(
    ("environ", "saved", "exchange", "chosen_by"),
    [
        ({}, None, Venue.PRACTICE, ChosenBy.DEFAULT),
        (KEYS, None, Venue.TESTNET, ChosenBy.DEFAULT),
        (KEYS, "practice", Venue.PRACTICE, ChosenBy.SETTINGS),
        ({}, "demo", Venue.DEMO, ChosenBy.SETTINGS),
        ({"EXCHANGE": "practice"}, "demo", Venue.PRACTICE, ChosenBy.ENVIRONMENT),
        ({"BINANCE_FUTURES_URL": "https://demo-fapi.binance.com"}, "practice", Venue.DEMO, ChosenBy.ENVIRONMENT),
        ({"BINANCE_FUTURES_URL": "http://127.0.0.1:9"}, "testnet", Venue.TESTNET, ChosenBy.SETTINGS),
    ],
)
def test_the_environment_wins_over_settings(
    environ: dict[str, str], saved: str | None, exchange: Venue, chosen_by: ChosenBy
) -> None:
    resolved = resolve_exchange(Config.from_environment(environ), saved)

    assert (resolved.venue, resolved.chosen_by) == (exchange, chosen_by)


@pytest.mark.parametrize(
    ("environ", "rest_url", "stream_url", "starts_practice"),
    [
        ({}, "http://127.0.0.1:8600", "ws://127.0.0.1:8600", True),
        ({"PRACTICE_PORT": "9"}, "http://127.0.0.1:9", "ws://127.0.0.1:9", True),
        ({"BINANCE_FUTURES_URL": "http://127.0.0.1:7"}, "http://127.0.0.1:7", "ws://127.0.0.1:7", False),
        ({"EXCHANGE": "testnet"}, "https://testnet.binancefuture.com", "wss://fstream.binancefuture.com", False),
        ({"EXCHANGE": "demo"}, "https://demo-fapi.binance.com", "wss://demo-fstream.binance.com", False),
        (
            {"EXCHANGE": "demo", "BINANCE_STREAM_URL": "wss://fstream.binancefuture.com"},
            "https://demo-fapi.binance.com",
            "wss://fstream.binancefuture.com",
            False,
        ),
    ],
)
def test_addresses_follow_from_the_exchange(
    environ: dict[str, str], rest_url: str, stream_url: str, starts_practice: bool
) -> None:
    resolved = resolve_exchange(Config.from_environment(environ), None)

    assert (resolved.rest_url, resolved.stream_url) == (rest_url, stream_url)
    assert resolved.starts_practice is starts_practice


def test_testnet_and_demo_are_one_family() -> None:
    assert Venue.TESTNET.family == Venue.DEMO.family != Venue.PRACTICE.family


VARIABLES = (
    "DATABASE_URL",
    "SESSION_SECRET",
    "BINANCE_TESTNET_API_KEY",
    "BINANCE_TESTNET_API_SECRET",
    "EXCHANGE",
    "BINANCE_FUTURES_URL",
    "BINANCE_STREAM_URL",
    "PRACTICE_PORT",
    "PRACTICE_ARGS",
    "DATA_DIR",
    "PORT",
    "HOST",
    "ALLOWED_HOSTS",
    "DASHBOARD_PASSWORD",
    "TRUSTED_PROXY_HOPS",
)


def test_every_variable_that_is_read_is_tried() -> None:
    source = Path("config.py").read_text()

    assert set(re.findall(r'environ(?:ment)?(?:\.get\(|, )"([A-Z_]+)"', source)) == set(VARIABLES)


# What each kind of field trips over, beside any text that a variable can hold.
ODD = (
    *("", " ", "NaN", "inf", "-Infinity", "1e400", "9" * 5000, "-1", "0", "0." + "1" * 30, "١٢٣", "1_000", "８５０１"),
    *(
        "\t",
        "\n",
        "\x1b[2J",
        "\x7f",
        "\u202e",
        "\ud800",
        "é" * 300,
        "'",
        '"',
        "\\",
        "a:b@c",
        "http://[",
        "ws://[::1",
        "~x",
    ),
    *(
        "postgresql://h:port/db",
        "postgres://[",
        "postgresql://",
        "http://127.0.0.1:99999",
        "https://127.0.0.1:1:2",
        "--",
    ),
)
ANY_TEXT = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_characters="\x00"), max_size=80),
    st.builds("{}{}".format, st.sampled_from(ODD), st.text(max_size=10)),
)


@pytest.mark.parametrize("variable", VARIABLES)
@given(value=ANY_TEXT)
@settings(max_examples=250, deadline=None)
def test_whatever_a_variable_holds_is_used_or_refused_in_words(variable: str, value: str) -> None:
    try:
        config = Config.from_environment({variable: value})
    except ConfigError as refusal:
        assert str(refusal).startswith(f"{refusal.variable}: ")
    else:
        assert isinstance(config, Config)
