"""One measurement of what the exchange's documents leave open: orders far from the price, each cancelled at once."""

import time
from collections.abc import Callable
from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.terms import SymbolRules
from domain.venue_probe import answers
from domain.venue_probe.placing import ClosingOrder, FarPrices, FiredOrder, NoRoom, far_prices
from domain.venue_probe.questions import NOT_MEASURED, TRIED, Question
from engine.requests.probe_cleaning import is_gone
from exchange.errors import TradingError
from exchange.private_forms import KeyPlace, PrivateForm, private_forms
from exchange.private_listener import Listener
from exchange.probe_calls import RawAnswer

LASTS_AT_MOST_SECONDS = 30.0
HEARD_WITHIN_SECONDS = 2.0
CONNECTED_WITHIN_SECONDS = 3.5
READ_WITHIN_SECONDS = 3.0
READ_AGAIN_SECONDS = 0.05
COUNTDOWN_MILLISECONDS = 1000
COUNTED_DOWN_WITHIN_SECONDS = 4.0
ORDER_NEWS = frozenset({"ORDER_TRADE_UPDATE"})
PRICE_NEWS = frozenset({"markPriceUpdate"})
WRONG_ROUTE = "/public/ws/!markPrice@arr@1s"


class OutOfRoom(Exception):
    """A trade needs the requests, or the probe has taken too long: what is not measured yet stays open."""


class ProbeRun:
    """Measures one question after the other; what could not be measured keeps that as its answer."""

    def __init__(self, client: BinanceTestnetClient, rules: SymbolRules, prefix: str, room: Callable[[], bool]) -> None:
        self._client = client
        self._rules = rules
        self._prefix = prefix
        self._room = room
        self._ends_at = time.monotonic() + LASTS_AT_MOST_SECONDS
        self._number = 0
        self.findings: dict[str, str] = dict.fromkeys(map(str, TRIED), NOT_MEASURED)
        self.heard: tuple[PrivateForm, ...] = ()
        self.left: set[str] = set()  # sent, and not known to be gone
        self.problem = ""

    def measure(self, fired: FiredOrder | None, closing: ClosingOrder | None) -> None:
        """Measure all there is; orders of our own that closed something tell what such are called."""
        try:
            self._reads(fired, closing)
            if self._client.probe.read_open_orders(self._rules.symbol).rows():
                self.problem = "Somebody else has an order in this pair."
                return
            prices = far_prices(self._rules, self._client.fetch_mark_price(self._rules.symbol))
            self._listen(prices)
            self._stops(prices)
            self._countdown(prices)
        except NoRoom:
            self.problem = "The pair's rules leave no price that is far enough."
        except OutOfRoom:
            self.problem = "It was cut short, because a trade needed the requests or the exchange was slow."
        except TradingError as error:
            self.problem = error.text

    def _step(self) -> None:
        if time.monotonic() > self._ends_at or not self._room():
            raise OutOfRoom

    def _find(self, question: Question, answer: str | None) -> None:
        self.findings[question] = answer or NOT_MEASURED

    def _name(self) -> str:
        self._number += 1
        return f"{self._prefix}{self._number}"

    def _reads(self, fired: FiredOrder | None, closing: ClosingOrder | None) -> None:
        probe = self._client.probe
        pages = [probe.read_income_page(page) for page in (1, 2)]
        ids = [[int(row["tranId"]) for row in page.rows() if "tranId" in row] for page in pages]
        code = next((page.code for page in pages if page.failure is not None), None)
        readable = all(page.accepted for page in pages)
        self._find(
            Question.INCOME_PAGE,
            answers.income_page(ids[0] if readable else None, ids[1] if readable else None, code),
        )
        self._step()
        fees = probe.read_fees(self._rules.symbol)
        maker, taker = fees.text("makerCommissionRate"), fees.text("takerCommissionRate")
        self._find(Question.FEES, f"{maker} / {taker}" if maker and taker else None)
        sent, decoded = (probe.read_absent_order(self._rules.symbol, signed_as_sent=way).code for way in (True, False))
        self._find(Question.SIGNATURE, answers.signature(sent, decoded))
        if fired is not None:
            child = probe.read_order(fired.symbol, order_id=fired.order_id)
            self._find(Question.CHILD_TYPE, child.text("origType"))
            self._find(Question.CLOSER_TIME, probe.read_stop(fired.client_order_id).text("timeInForce"))
        if closing is not None:
            shown = probe.read_order(closing.symbol, order_id=closing.order_id).text("reduceOnly")
            self._find(Question.CLOSING_ORDERS, {"True": "reduce_only", "False": "plain"}.get(shown or ""))
        self._step()

    def _listen(self, prices: FarPrices) -> None:
        """Place a limit order and cancel it, and see where that is heard."""
        key = self._client.open_listen_key()
        forms = private_forms(self._client.stream_url)
        unnamed = [PrivateForm(form.stream_url, KeyPlace.QUERY_UNNAMED) for form in forms[::2]]
        listeners = {form: Listener(form.address(key)) for form in (*forms, *unnamed)}
        prices_elsewhere = Listener(f"{self._client.stream_url.rstrip('/')}{WRONG_ROUTE}")
        try:
            until = time.monotonic() + CONNECTED_WITHIN_SECONDS
            for listener in (*listeners.values(), prices_elsewhere):
                listener.wait_connected(max(0.0, until - time.monotonic()))
            self._step()
            placed = self._place_and_cancel(prices)
            until = time.monotonic() + HEARD_WITHIN_SECONDS
            heard = {f: at.heard(ORDER_NEWS, max(0.0, until - time.monotonic())) for f, at in listeners.items()}
            if placed:
                self._judge_listeners(heard)
            loose = prices_elsewhere.heard(PRICE_NEWS, max(0.0, until - time.monotonic()))
            connected = prices_elsewhere.wait_connected(0)
            self._find(Question.ROUTING, ("loose" if loose else "strict") if connected else None)
        finally:
            for listener in (*listeners.values(), prices_elsewhere):
                listener.close()

    def _judge_listeners(self, heard: dict[PrivateForm, bool]) -> None:
        self.heard = tuple(form for form, has in heard.items() if has and form.key_place is not KeyPlace.QUERY_UNNAMED)
        hosts = sorted({form.stream_url for form in self.heard})
        self._find(Question.STREAM_HOSTS, " and ".join(hosts) or "none")
        if not hosts:
            return  # then nothing tells the forms apart
        at = {place: any(has for form, has in heard.items() if form.key_place is place) for place in KeyPlace}
        self._find(Question.EVENTS_UNNAMED, "all" if at[KeyPlace.QUERY_UNNAMED] else "none")
        self._find(Question.KEY_IN_PATH, "heard" if at[KeyPlace.PATH] else "silent")

    def _place_and_cancel(self, prices: FarPrices) -> bool:
        """Place the limit order, see when it can be read, cancel it; return whether it was taken."""
        probe, symbol, name = self._client.probe, self._rules.symbol, self._name()
        self.left.add(name)
        answer = probe.place_limit(symbol, prices.limit, prices.quantity, name)
        if not answer.accepted:
            self._refused(answer, name)
            self.problem = self.problem or f"The limit order was refused (code {answer.code})."
            return False
        self._find(Question.ORDER_ANSWER, "long" if answer.text("avgPrice") is not None else "short")
        self._find(Question.READ_LAG, self._lag(symbol, name))
        sides = {str(row.get("positionSide")) for row in probe.read_positions(symbol).rows()}
        if "LONG" in sides:
            self._find(Question.FLAT_SIDE, "listed" if "SHORT" in sides else "left_out")
        self._gone(name, probe.cancel_limit(symbol, name))
        return True

    def _lag(self, symbol: str, name: str) -> str:
        placed = time.monotonic()
        while time.monotonic() < placed + READ_WITHIN_SECONDS:
            if self._client.probe.read_order(symbol, client_order_id=name).accepted:
                return str(round((time.monotonic() - placed) * 1000))
            time.sleep(READ_AGAIN_SECONDS)
        return "unseen"

    def _stops(self, prices: FarPrices) -> None:
        self._step()
        probe, symbol = self._client.probe, self._rules.symbol
        name = self._name()
        if self._place_stop(prices.stop, prices, name).accepted:
            again = probe.place_stop(symbol, prices.stop, prices.quantity, name)
            self._find(Question.DUPLICATE_ID, answers.duplicate_id(again.accepted, again.code))
            self._note_status(again)
            self._gone(name, probe.cancel_stop(name))
        tries: tuple[tuple[Question, Decimal | None, dict[str, str], Callable[[bool, int | None], str]], ...] = (
            (Question.TRIGGER_TICK, prices.between_ticks, {}, answers.trigger_tick),
            (Question.STOP_BAND, prices.outside, {}, answers.stop_band),
            (Question.BOOLEANS, prices.stop, {"priceProtect": "TRUE"}, answers.booleans),
        )
        for question, price, others, judge in tries:
            if price is None:
                continue
            self._step()
            name = self._name()
            answer = self._place_stop(price, prices, name, **others)
            self._find(question, judge(answer.accepted, answer.code))
            if answer.accepted:
                self._gone(name, probe.cancel_stop(name))

    def _countdown(self, prices: FarPrices) -> None:
        """Let a countdown run out over a limit order and a stop: when the one is gone, look for the other."""
        self._step()
        probe, symbol = self._client.probe, self._rules.symbol
        limit, stop = self._name(), self._name()
        self.left.add(limit)
        placed = probe.place_limit(symbol, prices.limit, prices.quantity, limit)
        if not placed.accepted:
            self._refused(placed, limit)
            return
        both = self._place_stop(prices.stop, prices, stop).accepted
        if both and probe.cancel_all_after(symbol, COUNTDOWN_MILLISECONDS).accepted:
            if self._is_cancelled_soon(symbol, limit):
                rests = probe.read_stop(stop).text("algoStatus")
                self._find(Question.COUNTDOWN, {None: None, "NEW": "orders_only"}.get(rests, "stops_too"))
            probe.cancel_all_after(symbol, 0)
        self._gone(limit, probe.cancel_limit(symbol, limit))
        if both:
            self._gone(stop, probe.cancel_stop(stop))

    def _is_cancelled_soon(self, symbol: str, name: str) -> bool:
        until = time.monotonic() + COUNTED_DOWN_WITHIN_SECONDS
        while time.monotonic() < until:
            time.sleep(READ_AGAIN_SECONDS * 4)
            if self._client.probe.read_order(symbol, client_order_id=name).text("status") in ("CANCELED", "EXPIRED"):
                return True
        return False

    def _place_stop(self, price: Decimal, prices: FarPrices, name: str, **others: str) -> RawAnswer:
        self.left.add(name)
        answer = self._client.probe.place_stop(self._rules.symbol, price, prices.quantity, name, **others)
        if not answer.accepted:
            self._refused(answer, name)
        return answer

    def _refused(self, answer: RawAnswer, name: str) -> None:
        self._note_status(answer)
        if answer.code is not None and answer.failure is not None and 400 <= (answer.failure.status or 0) < 500:
            self.left.discard(name)

    def _note_status(self, answer: RawAnswer) -> None:
        if answer.code is not None and answer.failure is not None and answer.failure.status:
            self._find(Question.REFUSAL_STATUS, str(answer.failure.status))

    def _gone(self, name: str, cancelled: RawAnswer) -> None:
        if is_gone(cancelled):
            self.left.discard(name)
