"""Closed trades, statements, exports, activity."""
