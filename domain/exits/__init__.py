"""Exits that move: what a person can ask for, where it puts stop and targets, and when a trade has had its time."""
