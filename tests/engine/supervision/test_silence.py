"""Silent, refused and not understood are said differently, and "you need not do anything" only where it is true."""

from contextlib import closing
from datetime import timedelta

import pytest

from binance_client import BinanceTestnetClient
from domain.terms import Severity
from engine.requests.account import ReadAccount
from engine.requests.reports import TaskFailed
from engine.supervision.silence import SILENT_AFTER, check_alert
from exchange.errors import (
    Banned,
    ExchangeUnreachable,
    FailureKind,
    KeysRejected,
    OrderNotFound,
    Rejected,
    TradingError,
    UnexpectedAnswer,
    kind_of,
)
from tests.exchange.scripted_server import ScriptedServer, json_answer
from tests.services.building import NOW

CHECKED = NOW - SILENT_AFTER - timedelta(seconds=1)


def failed(kind: FailureKind, text: str = "The exchange says why.") -> TaskFailed:
    return TaskFailed(ReadAccount(), text, -1, kind)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ExchangeUnreachable("no answer"), FailureKind.SILENT),
        (Banned(NOW), FailureKind.SILENT),
        (Rejected(-4402, "region"), FailureKind.REFUSED),
        (OrderNotFound(-2013, "no"), FailureKind.REFUSED),
        (KeysRejected(-2015, "keys"), FailureKind.KEYS),
        (UnexpectedAnswer("odd"), FailureKind.UNREAD),
    ],
)
def test_an_error_is_one_of_four_kinds(error: TradingError, kind: FailureKind) -> None:
    assert kind_of(error) is kind


def test_refused_keys_are_said_at_once_and_are_a_danger_while_a_trade_lives() -> None:
    alert = check_alert(failed(FailureKind.KEYS), NOW, NOW, "Binance", [False])

    assert alert is not None
    assert (alert.code, alert.severity, alert.title) == (
        "keys_refused",
        Severity.DANGER,
        "Binance refuses the API keys",
    )
    assert alert.text.startswith("The exchange says why. Your position keeps its stop and target on the exchange. ")
    assert "Settings" in alert.text
    quiet = check_alert(failed(FailureKind.KEYS), NOW, NOW, "Binance", [])
    assert quiet is not None
    assert quiet.severity is Severity.WARNING


@pytest.mark.parametrize("kind", [FailureKind.SILENT, FailureKind.REFUSED, FailureKind.UNREAD])
def test_what_may_pass_is_said_after_a_while(kind: FailureKind) -> None:
    assert check_alert(failed(kind), NOW - SILENT_AFTER, NOW, "Binance", [False]) is None
    assert check_alert(failed(kind), CHECKED, NOW, "Binance", [False]) is not None
    assert check_alert(failed(kind), None, NOW, "Binance", [False]) is None


def test_each_kind_has_its_own_words() -> None:
    said = [check_alert(failed(kind), CHECKED, NOW, "Binance", [False]) for kind in FailureKind]

    assert len({alert.title for alert in said if alert}) == len(FailureKind)
    assert [kind for kind, alert in zip(FailureKind, said, strict=True) if alert and "need not" in alert.text] == [
        FailureKind.SILENT
    ]


def test_with_a_trade_without_a_stop_nobody_is_told_to_do_nothing() -> None:
    alert = check_alert(failed(FailureKind.SILENT), CHECKED, NOW, "Binance", [True, False])

    assert alert is not None
    assert "need not do anything" not in alert.text
    assert "Your position keeps its stop" in alert.text


def test_a_full_check_tells_what_it_met() -> None:
    server = ScriptedServer()
    client = BinanceTestnetClient("practice-key", "practice-secret", server.url, server.url.replace("http", "ws"))
    with closing(client):
        server.script("GET /fapi/v1/openAlgoOrders", json_answer({"code": -2015, "msg": "Invalid API-key."}, 401))
        refused = ReadAccount().run(client)
        server.script("GET /fapi/v1/openAlgoOrders", json_answer("text"))
        odd = ReadAccount().run(client)
    server.stop()

    assert isinstance(refused, TaskFailed)
    assert (refused.kind, refused.code) == (FailureKind.KEYS, -2015)
    assert isinstance(odd, TaskFailed)
    assert odd.kind is FailureKind.UNREAD
