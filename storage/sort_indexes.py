"""Indexes of what History can be sorted by, so that every page of it is found by its key."""

from typing import Final

from sqlalchemy import Index, text

_SORTS: Final = {
    "pair": "symbol",
    "result": "net_usdt",
    "reason": "close_reason",
    "gross": "gross_usdt",
    "fees": "fees_usdt",
    "funding": "funding_usdt",
    "duration": "(closed_at - opened_at)",
    "run": "sequence",
}


def closed_sort_indexes() -> tuple[Index, ...]:
    """Return an index of the closed positions for each order: the figure, then the time of closing, then the id."""
    return tuple(
        Index(
            f"closed_by_{name}",
            "account_id",
            text(figure),
            "closed_at",
            "id",
            postgresql_where=text("phase = 'CLOSED'"),
        )
        for name, figure in _SORTS.items()
    )
