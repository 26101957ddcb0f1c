"""Positions: what is open, what it is worth, whether it is protected."""

from __future__ import annotations


def page() -> None:
    """Draw the page."""
