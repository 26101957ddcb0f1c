"""Exits that move: where they put stop and targets, and when a trade has had its time."""
