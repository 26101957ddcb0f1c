"""Answers held against the models of Binance's own SDK: `python -m tests.system.compat.sdk_models URL`.

An answer agrees when the SDK reads it into its model without a complaint about a type, and the two have the same
fields: those that the model names are there, and no others.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import requests
from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import DerivativesTradingUsdsFutures
from pydantic import BaseModel

from tests.system.compat.rows import Row, print_rows

PAIR = "BTCUSDT"
LONG = {"symbol": PAIR, "position_side": "LONG"}


# What an answer and its model may differ in, and why; anything else is a problem.
EXPLAINED = {
    "activatePrice is missing": "on trailing stops only",
    "priceRate is missing": "on trailing stops only",
    "notionalCoef is missing": "for accounts with brackets of their own only",
    "adlQuantile.BOTH is missing": "in one-way mode only",
    "adlQuantile.LONG is missing": "in hedge mode only",
    "adlQuantile.SHORT is missing": "in hedge mode only",
    "actualQty is missing": "once an order has triggered",
    "actualType is missing": "once an order has triggered",
    "actualQty is not in the model": "seen in answers of the test venue",
    "isActivated is not in the model": "seen in answers of the test venue",
    "slPrice is not in the model": "in the documentation's example",
    "slTriggerPrice is not in the model": "in the documentation's example",
    "tpPrice is not in the model": "in the documentation's example",
    "tpTriggerPrice is not in the model": "in the documentation's example",
    "lastUpdateId is not in the model": "newer answers carry it",
    "futuresType is not in the model": "part of exchangeInfo, whatever the model names",
    "symbols.filters.positionControlSide is not in the model": "part of exchangeInfo, whatever the model names",
    "symbols.maxMoveOrderLimit is not in the model": "part of exchangeInfo, whatever the model names",
    "symbols.permissionSets is not in the model": "part of exchangeInfo, whatever the model names",
}
_OF_FILTERS = "symbols.filters."  # each kind has fields of its own, the model names those of all


class Listener(logging.Handler):
    """Keeps what the SDK complains of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.complaints: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.complaints.append(record.getMessage().replace("\n", " "))


class Client:
    """The SDK's client, and the answer that it got last, as it came."""

    def __init__(self, url: str) -> None:
        self.rest = DerivativesTradingUsdsFutures(
            config_rest_api=ConfigurationRestAPI("practice", "practice", base_path=url, retries=0)
        ).rest_api
        self.listener = Listener()
        logging.getLogger().addHandler(self.listener)
        self.raw: Any = None
        send = requests.Session.request

        def kept(session: requests.Session, *args: Any, **kwargs: Any) -> requests.Response:
            answer = send(session, *args, **kwargs)
            self.raw = answer.json()
            return answer

        requests.Session.request = kept  # type: ignore[assignment, method-assign]

    def compared(self, name: str, call: Callable[[], Any]) -> Row:
        """Make one call and compare its answer with its model."""
        self.listener.complaints.clear()
        try:
            model = call().data()
        except Exception as error:
            return Row(name, f"{type(error).__name__}: {error}"[:300])
        differences = sorted(set(_differences(self.raw, model, "")) - EXPLAINED.keys())
        differences = [each for each in differences if not (each.startswith(_OF_FILTERS) and each.endswith("missing"))]
        problems = [*self.listener.complaints, *differences]
        return Row(name, "; ".join(problems)[:600])


def calls(rest: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield calls in an order in which later ones find what earlier ones did."""
    yield from _of_market(rest)
    yield from _of_settings(rest)
    yield from _of_trading(rest)
    yield from _of_account(rest)


def _of_market(rest: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "time", rest.check_server_time
    yield "exchangeInfo", rest.exchange_information
    yield "depth", lambda: rest.order_book(symbol=PAIR, limit=5)
    yield "trades", lambda: rest.recent_trades_list(symbol=PAIR, limit=5)
    yield "historicalTrades", lambda: rest.old_trades_lookup(symbol=PAIR, limit=5)
    yield "aggTrades", lambda: rest.compressed_aggregate_trades_list(symbol=PAIR, limit=5)
    yield "premiumIndex", lambda: rest.mark_price(symbol=PAIR)
    yield "premiumIndex of all", rest.mark_price
    yield "fundingRate", lambda: rest.get_funding_rate_history(symbol=PAIR, limit=5)
    yield "fundingInfo", rest.get_funding_rate_info
    yield "ticker/24hr", lambda: rest.ticker24hr_price_change_statistics(symbol=PAIR)
    yield "ticker/24hr of all", rest.ticker24hr_price_change_statistics
    yield "ticker/price", lambda: rest.symbol_price_ticker(symbol=PAIR)
    yield "ticker/price v2", lambda: rest.symbol_price_ticker_v2(symbol=PAIR)
    yield "ticker/bookTicker", lambda: rest.symbol_order_book_ticker(symbol=PAIR)
    yield "openInterest", lambda: rest.open_interest(symbol=PAIR)


def _of_settings(rest: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "positionSide/dual, change", lambda: rest.change_position_mode(dual_side_position="true")
    yield "positionSide/dual", rest.get_current_position_mode
    yield "multiAssetsMargin", rest.get_current_multi_assets_mode
    yield "leverage", lambda: rest.change_initial_leverage(symbol=PAIR, leverage=10)
    yield "marginType", lambda: rest.change_margin_type(symbol="ETHUSDT", margin_type="ISOLATED")
    yield "leverageBracket", lambda: rest.notional_and_leverage_brackets(symbol=PAIR)
    yield "commissionRate", lambda: rest.user_commission_rate(symbol=PAIR)
    yield "symbolConfig", lambda: rest.symbol_configuration(symbol=PAIR)
    yield "accountConfig", rest.futures_account_configuration
    yield "rateLimit/order", rest.query_user_rate_limit
    yield "listenKey", rest.start_user_data_stream


def _of_trading(rest: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    buy = {**LONG, "side": "BUY", "quantity": 0.01}
    far = round(float(rest.mark_price(symbol=PAIR).data().actual_instance.mark_price) * 0.9)
    algo = {**LONG, "algo_type": "CONDITIONAL", "side": "SELL", "close_position": "true"}
    yield "order, market", lambda: rest.new_order(**buy, type="MARKET", new_order_resp_type="RESULT")
    limit = {**buy, "type": "LIMIT", "time_in_force": "GTC", "price": far}
    yield "order, limit", lambda: rest.new_order(**limit, new_client_order_id="mine")
    yield (
        "order, modified",
        lambda: rest.modify_order(orig_client_order_id="mine", symbol=PAIR, side="BUY", quantity=0.02, price=far),
    )
    yield "order, asked for", lambda: rest.query_order(symbol=PAIR, orig_client_order_id="mine")
    yield "openOrder", lambda: rest.query_current_open_order(symbol=PAIR, orig_client_order_id="mine")
    yield "openOrders", lambda: rest.current_all_open_orders(symbol=PAIR)
    yield "order, cancelled", lambda: rest.cancel_order(symbol=PAIR, orig_client_order_id="mine")
    yield "order/test", lambda: rest.test_order(**limit)
    yield "algoOrder", lambda: rest.new_algo_order(**algo, type="STOP_MARKET", trigger_price=far, client_algo_id="stop")
    yield "algoOrder, asked for", lambda: rest.query_algo_order(client_algo_id="stop")
    yield "openAlgoOrders", lambda: rest.current_all_algo_open_orders(symbol=PAIR)
    yield "algoOrder, cancelled", lambda: rest.cancel_algo_order(client_algo_id="stop")
    yield "allAlgoOrders", lambda: rest.query_all_algo_orders(symbol=PAIR)
    yield "algoOpenOrders, cancelled", lambda: rest.cancel_all_algo_open_orders(symbol=PAIR)
    yield "allOpenOrders, cancelled", lambda: rest.cancel_all_open_orders(symbol=PAIR)
    yield "countdownCancelAll", lambda: rest.auto_cancel_all_open_orders(symbol=PAIR, countdown_time=0)
    yield "allOrders", lambda: rest.all_orders(symbol=PAIR)
    yield "userTrades", lambda: rest.account_trade_list(symbol=PAIR)


def _of_account(rest: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "positionRisk v2", lambda: rest.position_information_v2(symbol=PAIR)
    yield "positionRisk v3", lambda: rest.position_information_v3(symbol=PAIR)
    yield "adlQuantile", lambda: rest.position_adl_quantile_estimation(symbol=PAIR)
    yield "account v2", rest.account_information_v2
    yield "account v3", rest.account_information_v3
    yield "balance v2", rest.futures_account_balance_v2
    yield "balance v3", rest.futures_account_balance_v3
    yield "income", rest.get_income_history
    yield "forceOrders", rest.users_force_orders


def compare(url: str) -> Iterator[Row]:
    """Make the calls at an exchange and yield how each answer compares."""
    client = Client(url)
    for name, call in calls(client.rest):
        yield client.compared(name, call)


def _differences(raw: Any, model: Any, path: str) -> Iterator[str]:
    """Yield the fields that only one of an answer and its model has; rows of a list count once."""
    model = getattr(model, "actual_instance", None) or model
    if isinstance(raw, list) and isinstance(model, list):
        for row, part in zip(raw, model, strict=True):
            yield from _differences(row, part, path)
    elif isinstance(raw, dict) and isinstance(model, BaseModel):
        names = {(field.alias or name): name for name, field in type(model).model_fields.items()}
        names.pop("additional_properties", None)
        yield from (f"{path}{name} is not in the model" for name in raw.keys() - names.keys())
        yield from (f"{path}{name} is missing" for name in names.keys() - raw.keys())
        for alias in raw.keys() & names.keys():
            yield from _differences(raw[alias], getattr(model, names[alias]), f"{path}{alias}.")


if __name__ == "__main__":
    print_rows(compare(sys.argv[1]))
