from tests.simulator.trading.venue import D, Venue


def test_a_fill_reads_as_documented() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.move("61000")
    venue.events.take()
    answer = venue.market_order("SELL", "0.010", positionSide="LONG", newClientOrderId="c-1")

    _, lite, account, order = venue.events.take()

    assert order["o"] == {
        "s": "BTCUSDT",
        "c": "c-1",
        "S": "SELL",
        "o": "MARKET",
        "f": "GTC",
        "q": "0.010",
        "p": "0",
        "ap": "60999.90000",
        "sp": "0",
        "x": "TRADE",
        "X": "FILLED",
        "i": answer["orderId"],
        "l": "0.010",
        "z": "0.010",
        "L": "60999.9",
        "n": "0.30499950",
        "N": "USDT",
        "T": answer["updateTime"],
        "t": 7_000_000_002,
        "b": "0",
        "a": "0",
        "m": False,
        "R": True,
        "wt": "CONTRACT_PRICE",
        "ot": "MARKET",
        "ps": "LONG",
        "cp": False,
        "rp": "9.99900000",
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": "EXPIRE_MAKER",
        "pm": "NONE",
        "gtd": 0,
        "er": "0",
    }
    assert {name: lite[name] for name in "sqpmcSLlti"} == {
        "s": "BTCUSDT",
        "q": "0.010",
        "p": "0.00",
        "m": False,
        "c": "c-1",
        "S": "SELL",
        "L": "60999.90",
        "l": "0.010",
        "t": 7_000_000_002,
        "i": answer["orderId"],
    }
    assert account["a"] == {
        "m": "ORDER",
        "B": [{"a": "USDT", "wb": "10009.39400050", "cw": "10009.39400050", "bc": "0"}],
        "P": [
            {
                "s": "BTCUSDT",
                "pa": "0",
                "ep": "0",
                "bep": "0",
                "cr": "9.999",
                "up": "0",
                "mt": "cross",
                "iw": "0",
                "ps": "LONG",
                "ma": "USDT",
            }
        ],
    }


def test_a_new_order_names_a_commission_of_nothing_and_no_trade() -> None:
    venue = Venue()
    venue.limit_order("BUY", "0.010", "59000")

    (event,) = venue.events.take()

    assert "M" not in event["o"]
    assert (event["o"]["n"], event["o"]["N"]) == ("0", "USDT")
    assert (event["o"]["t"], event["o"]["b"], event["o"]["p"]) == (0, "590", "59000.00")


def test_a_waiting_stop_reads_as_documented() -> None:
    venue = Venue(dual_side=True)
    placed = venue.stop("SELL", "59000", positionSide="LONG", quantity="0.010", clientAlgoId="sl-1")

    (event,) = venue.events.take()

    assert (event["e"], event["T"]) == ("ALGO_UPDATE", placed["updateTime"])
    assert event["o"] == {
        "caid": "sl-1",
        "aid": placed["algoId"],
        "at": "CONDITIONAL",
        "o": "STOP_MARKET",
        "s": "BTCUSDT",
        "S": "SELL",
        "ps": "LONG",
        "f": "GTC",
        "q": "0.010",
        "X": "NEW",
        "ai": "",
        "tp": "59000.00",
        "p": "0",
        "V": "EXPIRE_MAKER",
        "wt": "MARK_PRICE",
        "pm": "NONE",
        "cp": False,
        "pP": False,
        "R": False,
        "tt": 0,
        "gtd": 0,
        "ia": False,
    }


def test_a_margin_call_names_every_position() -> None:
    venue = Venue(balance=D(1000))
    venue.market_order("BUY", "0.300")
    venue.events.take()

    venue.move("56000")

    call = venue.events.take()[0]
    assert call["cw"] == "991"
    assert call["p"] == [
        {
            "s": "BTCUSDT",
            "ps": "BOTH",
            "pa": "0.300",
            "mt": "CROSSED",
            "iw": "0",
            "mp": "56000",
            "up": "-1200",
            "mm": "67.2",
        }
    ]
