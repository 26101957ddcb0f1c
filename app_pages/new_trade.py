"""New trade: one form, and the verdict on it before anything is sent."""

from __future__ import annotations


def page() -> None:
    """Draw the page."""
