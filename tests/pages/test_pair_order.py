"""Pairs are listed favourites first, then those traded last; the chosen one says its price and how far it has gone."""

from datetime import timedelta

from app_pages.new_trade.pair_now import day_change
from app_pages.ui.pair_order import ordered
from domain.exchange import Candle
from domain.terms import Phase
from tests.pages.conftest import Dashboard
from tests.pages.new_trade_page import draw, slow
from tests.pages.viewing import press, view, words
from tests.services.building import NOW, D, add_plan, add_position


def test_favourites_come_first_then_the_last_traded_then_all_by_name() -> None:
    listed = ordered(("AAVEUSDT", "BTCUSDT", "ETHUSDT", "XRPUSDT"), ("XRPUSDT",), ("ETHUSDT", "XRPUSDT"))

    assert listed == ("XRPUSDT", "ETHUSDT", "AAVEUSDT", "BTCUSDT")


def test_a_favourite_that_is_not_traded_any_more_is_not_listed() -> None:
    assert ordered(("BTCUSDT",), ("GONEUSDT",), ("GONEUSDT",)) == ("BTCUSDT",)


def test_the_change_is_from_the_price_of_a_day_before() -> None:
    quarter = timedelta(minutes=15)
    candles = [Candle(NOW + n * quarter, D(n), D(n), D(n), D(n), D(1)) for n in range(1, 181)]

    assert day_change(candles, D(170)) == 100  # the 96th from the end opened at 85
    assert day_change(candles[-95:], D(170)) is None


@slow
def test_a_starred_pair_leads_the_list_behind_it_the_last_traded(market: Dashboard) -> None:
    add_position(market.session, add_plan(market.session, market.account, symbol="ETHUSDT"), phase=Phase.CLOSED)
    market.session.commit()
    market.feed.prices["BTCUSDT"] = (D("84309.2"), 0.4)
    app = view(draw)
    assert app.selectbox(key="trade_symbol").options[0] == "ETH/USDT"

    press(app, "pair_unstarred")

    assert app.selectbox(key="trade_symbol").options[:2] == ["★ BTC/USDT", "ETH/USDT"]
    assert app.selectbox(key="trade_symbol").value == "BTCUSDT"
    assert "<b>84\u202f309.2" in words(app)
    assert "in 24 h" in words(app)
    press(app, "pair_starred")
    assert "★" not in "".join(app.selectbox(key="trade_symbol").options)
