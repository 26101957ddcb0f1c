"""Binance's words and ways: calls, streams, wire formats, errors; one client in front of them."""
