"""Exact arithmetic of trades: brackets, results, sizes, liquidation, attribution."""
