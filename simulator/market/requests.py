"""Reading the parameters that market-data endpoints have in common."""

from collections.abc import Mapping

from simulator.endpoints import Call
from simulator.errors import ApiError
from simulator.market.prices import PriceEngine
from simulator.market.quotes import Quote


def symbol_quote(market: PriceEngine, call: Call, name: str = "symbol") -> Quote:
    """Return the quote of the symbol asked for: -1102 when not sent, -1121 when unknown."""
    quote = market.quotes.get(call.params.text(name))
    if quote is None or not quote.rules.is_listed:
        raise ApiError(-1121, "Invalid symbol.")
    return quote


def weighed_limit(parameters: Mapping[str, str]) -> int:
    """Return the limit by which a request is weighed before it is read: 500 unless a number is sent."""
    text = parameters.get("limit", "")
    return int(text) if text.isdecimal() and len(text) < 20 else 500


def limited(call: Call, default: int, most: int) -> int:
    """Return the limit asked for; -1130 outside 1 to most."""
    limit = call.params.optional_integer("limit")
    if limit is None:
        return default
    if not 1 <= limit <= most:
        raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


def time_window(call: Call) -> tuple[int | None, int | None]:
    """Return startTime and endTime; -1130 when negative, -1023 when the start lies after the end."""
    start, end = call.params.optional_integer("startTime"), call.params.optional_integer("endTime")
    for name, value in (("startTime", start), ("endTime", end)):
        if value is not None and value < 0:
            raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")
    if start is not None and end is not None and start > end:
        raise ApiError(-1023, "Start time is greater than end time.")
    return start, end
