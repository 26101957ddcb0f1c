"""The ways to ask for an account's events."""

from exchange.private_forms import KeyPlace, PrivateForm, private_forms


def test_events_are_asked_for_by_name_with_the_key_in_the_query() -> None:
    address = PrivateForm("ws://127.0.0.1:1", KeyPlace.QUERY).address("K")

    assert address.startswith("ws://127.0.0.1:1/private/ws?listenKey=K&events=ORDER_TRADE_UPDATE/")


def test_the_other_place_of_the_key_is_the_path() -> None:
    assert PrivateForm("ws://127.0.0.1:1", KeyPlace.PATH).address("K") == "ws://127.0.0.1:1/private/ws/K"


def test_an_exchange_with_one_host_is_asked_in_both_forms() -> None:
    assert private_forms("ws://127.0.0.1:1/") == (
        PrivateForm("ws://127.0.0.1:1", KeyPlace.QUERY),
        PrivateForm("ws://127.0.0.1:1", KeyPlace.PATH),
    )


def test_both_hosts_of_the_test_exchanges_are_tried_the_chosen_one_first() -> None:
    forms = private_forms("wss://demo-fstream.binance.com")

    assert [(form.stream_url, form.key_place) for form in forms] == [
        ("wss://demo-fstream.binance.com", KeyPlace.QUERY),
        ("wss://demo-fstream.binance.com", KeyPlace.PATH),
        ("wss://fstream.binancefuture.com", KeyPlace.QUERY),
        ("wss://fstream.binancefuture.com", KeyPlace.PATH),
    ]
