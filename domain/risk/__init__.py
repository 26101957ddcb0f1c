"""Limits that a person sets on the bot: what they are, what is used of them, and what they let through."""
