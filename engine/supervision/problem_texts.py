"""What each problem is called and what it means for the person, in plain words."""

TEXTS = {
    "database": (
        "The database does not answer",
        "Your positions keep their stops and targets on the exchange. The bot opens nothing new and tries again every "
        "second. If it lasts, check that PostgreSQL is running.",
    ),
    "newer": (
        "The database belongs to a newer version of the bot",
        "This version must not touch it, so it does nothing. Positions keep their stops and targets on the exchange. "
        "Start the newer version.",
    ),
    "internal": (
        "The bot ran into a fault of its own",
        "It has forgotten what it was doing and asks the exchange for everything again. Your positions keep their "
        "stops and targets. If this stays, look into the log.",
    ),
    "unreachable": (
        "The exchange cannot be reached",
        "The bot tries again every 2 seconds. Positions opened before keep their stops and targets on the exchange. "
        "Check the internet connection if it lasts.",
    ),
    "practice": (
        "The practice exchange cannot be started",
        "The bot tries again every 2 seconds. Positions opened before keep their stops and targets there.",
    ),
    "keys": (
        "The exchange does not accept the API keys",
        "Open Settings and paste keys of the Binance test environment. Nothing is traded until then; stops and "
        "targets stay on the exchange.",
    ),
    "refused": (
        "The account cannot be used yet",
        "The bot needs hedge mode, which Binance only allows while nothing is open. Close positions and orders of "
        "this account on Binance; the bot tries again by itself.",
    ),
}
