"""Request parameters and signatures, read from the bytes as they arrived.

Source: Binance USDⓈ-M Futures documentation, page "General Info", section "Endpoint Security Type".
"""

import hashlib
import hmac
from urllib.parse import unquote, unquote_plus, unquote_to_bytes

from simulator.errors import ApiError
from simulator.params import Values


def parse_parameters(query: bytes, body: bytes) -> Values:
    """Return the parameters of query string and form body together; the query wins where both have one.

    Raises:
        ApiError: -1101, the same name twice within the query or within the body.
    """
    return Values({**_parse_form(body), **_parse_form(query)})


def signature_holds(secret: str, query: bytes, body: bytes, signature: str, *, over: str = "either") -> bool:
    """Return whether signature is the HMAC-SHA256 of the request, in either case of its hex digits.

    What is signed is the query string and the body put together with nothing in between, without the signature
    itself. Clients differ in whether they sign before or after percent-encoding, and the exchange's rule for
    futures is not settled, so both readings are accepted unless over asks for "sent" or "decoded" alone.
    """
    signed = _without_signature(query) + _without_signature(body)
    text = signed.decode("utf-8", "replace")
    decoded = {unquote_plus(text).encode(), unquote(text).encode()}
    readings = {"sent": {signed}, "decoded": decoded}.get(over, {signed} | decoded)
    return any(hmac.compare_digest(_digest(secret, reading), signature.lower().encode()) for reading in readings)


def _digest(secret: str, payload: bytes) -> bytes:
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest().encode()


def _without_signature(part: bytes) -> bytes:
    if b"signature=" not in part:
        return part
    return b"&".join(piece for piece in part.split(b"&") if not piece.startswith(b"signature="))


def _parse_form(part: bytes) -> Values:
    values = Values()
    for piece in part.split(b"&"):
        if not piece:
            continue
        name, _, value = piece.partition(b"=")
        key = _decode(name)
        if key in values:
            raise ApiError(-1101, "Duplicate values for a parameter detected.")
        values[key] = _decode(value)
    return values


def _decode(raw: bytes) -> str:
    if b"%" in raw or b"+" in raw:
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    return raw.decode("utf-8", "replace")
