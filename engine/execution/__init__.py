"""Entries, instructions and the rows of orders."""
