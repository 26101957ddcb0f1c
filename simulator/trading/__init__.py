"""Accounts, orders, conditional orders, margin, funding and liquidation."""
