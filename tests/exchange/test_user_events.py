from typing import Any

import pytest

from exchange.user_events import UserEvent, expired_listen_key, parse_user_events


def test_an_order_update_names_the_order() -> None:
    order = {"s": "BTCUSDT", "c": "t1-abc123-7-e-1", "S": "BUY", "x": "TRADE", "X": "FILLED", "i": 883412345678}

    events = parse_user_events({"e": "ORDER_TRADE_UPDATE", "E": 1, "T": 1, "o": order})

    assert events == [UserEvent("BTCUSDT", "t1-abc123-7-e-1")]


def test_the_early_word_of_a_fill_names_the_order() -> None:
    message = {"e": "TRADE_LITE", "E": 1, "s": "BTCUSDT", "c": "t1-abc123-7-s-1", "t": 5, "i": 7}

    assert parse_user_events(message) == [
        UserEvent("BTCUSDT", "t1-abc123-7-s-1"),
    ]


def test_a_conditional_update_names_the_conditional_order() -> None:
    order = {"caid": "t1-abc123-7-s-1", "aid": 2148719, "s": "BTCUSDT", "X": "NEW", "ai": "883412345678"}

    events = parse_user_events({"e": "ALGO_UPDATE", "T": 1, "E": 1, "o": order})

    assert events == [UserEvent("BTCUSDT", "t1-abc123-7-s-1")]


def test_an_account_update_names_each_symbol_once() -> None:
    positions = [{"s": "BTCUSDT", "ps": "LONG"}, {"s": "BTCUSDT", "ps": "SHORT"}, {"s": "ETHUSDT", "ps": "LONG"}]

    events = parse_user_events({"e": "ACCOUNT_UPDATE", "a": {"m": "ORDER", "B": [], "P": positions}})

    assert [event.symbol for event in events] == ["BTCUSDT", "ETHUSDT"]
    assert {event.client_order_id for event in events} == {None}


def test_funding_without_positions_still_says_that_the_account_changed() -> None:
    message = {"e": "ACCOUNT_UPDATE", "a": {"m": "FUNDING_FEE", "B": [{"a": "USDT"}], "P": []}}

    assert parse_user_events(message) == [UserEvent(None, None)]


def test_changed_settings_name_their_symbol_if_any() -> None:
    leverage = parse_user_events({"e": "ACCOUNT_CONFIG_UPDATE", "ac": {"s": "BTCUSDT", "l": 10}})
    assets = parse_user_events({"e": "ACCOUNT_CONFIG_UPDATE", "ai": {"j": True}})

    assert leverage == [UserEvent("BTCUSDT", None)]
    assert assets == [UserEvent(None, None)]


def test_a_wrapped_message_is_read_like_a_bare_one() -> None:
    bare = {"e": "MARGIN_CALL", "cw": "10", "p": [{"s": "BTCUSDT", "ps": "LONG"}]}

    assert parse_user_events({"stream": "key", "data": bare}) == parse_user_events(bare)


@pytest.mark.parametrize(
    "message",
    [None, 5, "text", [], {}, {"e": "STRATEGY_UPDATE"}, {"e": None}, {"data": []}, {"result": None, "id": 1}],
)
def test_what_is_not_known_names_nothing(message: Any) -> None:
    assert parse_user_events(message) == []
    assert expired_listen_key(message) is None


@pytest.mark.parametrize("kind", ["ORDER_TRADE_UPDATE", "TRADE_LITE", "ALGO_UPDATE", "ACCOUNT_UPDATE", "MARGIN_CALL"])
@pytest.mark.parametrize("inside", [None, [], "x", {"s": 1, "i": [], "c": {}, "P": {}}, {"P": [None, {"s": None}]}])
def test_a_known_kind_with_strange_contents_still_wakes(kind: str, inside: Any) -> None:
    events = parse_user_events({"e": kind, "o": inside, "a": inside, "p": inside})

    assert len(events) == 1
    assert events[0].client_order_id is None


def test_an_expired_listen_key_is_named() -> None:
    assert expired_listen_key({"e": "listenKeyExpired", "E": 1, "listenKey": "abc"}) == "abc"
    assert expired_listen_key({"e": "listenKeyExpired", "E": 1}) == ""
