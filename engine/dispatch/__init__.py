"""Sends what a cycle decided."""
