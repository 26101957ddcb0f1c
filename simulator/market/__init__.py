"""Symbols, prices, candles and books: everything public about the market."""
