"""Why the bot cannot start, for whoever starts it."""


class StartRefused(Exception):
    """The bot cannot start like this: show the message, it says what would work. Nothing was changed or sent."""
