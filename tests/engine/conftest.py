"""Requests are tried on a practice exchange, one for the whole package."""

from tests.support.practice_fixtures import client, exchange, process

__all__ = ["client", "exchange", "process"]
