"""Requests to the exchange as values, with their reports; no database."""
