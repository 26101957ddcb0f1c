"""The bot of the flow tests, on its real parts; every test ends with the check against the exchange's ledger."""

from tests.system.flow.conftest import bot, exchange

__all__ = ["bot", "exchange"]
