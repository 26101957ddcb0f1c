"""The exchange's refusals: an error code, its documented text and an HTTP status."""


class ApiError(Exception):
    """A refusal as the exchange words it; the request pipeline turns it into a JSON answer.

    Source: Binance USDⓈ-M Futures documentation, page "Error Code".
    """

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
