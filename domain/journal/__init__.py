"""The journal of the bot: its events, the facts of each, and the sentences made of them."""
