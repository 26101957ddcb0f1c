"""What each alert is called and what it means for the person, in plain words."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from domain.bot_status import Alert
from domain.exchange import UnreadRow
from domain.terms import Severity
from domain.wording import format_duration, format_quantity
from exchange.error_codes import MAY_WITHDRAW_CODE, MEANINGS, MODE_BLOCKED_CODES
from exchange.errors import Banned, KeysRejected, Rejected, Throttled, TradingError, UnexpectedAnswer

ROWS_NAMED = 3
PAUSED_TITLE = "The exchange wants no requests for now"
# Of what is worked out anew with each cycle.
TITLES = {
    "unprotected": "A position has no stop-loss on the exchange",
    "external": "Somebody else added to a position of the bot",
    "overclosed": "More was closed than the bot held",
    "silent": "The exchange has not answered for a while",
    "ending": "The exchange ends a pair that you trade",
    "unlisted": "The exchange no longer lists a pair that you trade",
    "income": "The exchange does not show the account's income",
    "assets": "The account holds no USDT",
    "streams": "The live connection to the exchange is interrupted",
    "deaf": "The live connection says nothing of your orders",
}
DEAF_TEXT = (
    "It is open, and an order that changed was not told on it. The bot asks the exchange every 5 seconds instead: a "
    "closed trade shows a little later. Stops and targets work as always. It tries the other ways to connect by itself."
)
STREAMS_TEXT = (
    "The bot asks the exchange every 5 seconds instead: prices here may stand still, and a closed trade shows a little "
    "later. Stops and targets work as always. The bot connects again by itself."
)
UNPROTECTED_TEXT = (
    "until it has one, a loss is not limited. The bot places it again, and closes the position if the exchange does "
    "not take it. You can close it yourself with Close now."
)
EXTERNAL_TEXT = (
    "Stop-loss and target would close that too. Say on Positions what is to be done: adopt it, close it or ignore it."
)
INCOME_TEXT = (
    "Funding is not recorded, and results of closed trades are not final until it does. The bot asks again, ever more "
    "slowly; stops, targets and closing do not wait for it."
)
CONFLICT_TITLE = "The exchange changed figures that are recorded already"
OWN_DATABASE = (
    "The database does not answer",
    "Your positions keep their stops and targets on the exchange. The database is the bot's own: the bot starts it "
    "again by itself and opens nothing new meanwhile. If it lasts, see whether the disk is full, and look into the log "
    "of the database in its data folder.",
)
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


def unusable_assets(assets: Iterable[str]) -> str:
    """Return what is said of a wallet that holds these assets and no USDT."""
    return (
        f"The futures wallet holds {' and '.join(assets)} and no USDT. The bot trades with USDT as margin only, so "
        "it opens nothing: move USDT into the futures wallet, or use an account whose futures wallet holds USDT."
    )


def overclosed_trades(trades: Iterable[tuple[str, Decimal]]) -> str:
    """Return what is said of trades that closed more than they held, each with its name and by how much."""
    named = ", ".join(f"{format_quantity(more)} of {name}" for name, more in trades)
    return (
        f"{named}: somebody else traded there, and the exchange has not shown that trade yet. The bot asks for it "
        "every 2 seconds; the result is not known before."
    )


def sign_in_words(error: TradingError) -> tuple[str, str, str]:
    """Return code, title and text of a sign-in that failed: which step was refused, why, and what to do."""
    step = f" while {error.step}" if error.step else ""
    if isinstance(error, KeysRejected):
        title, what_to_do = TEXTS["keys"]
        title = "The bot does not use these API keys" if error.code == MAY_WITHDRAW_CODE else title
        return "keys", title, f"{error.text} {what_to_do}"
    if isinstance(error, Rejected) and error.code in MODE_BLOCKED_CODES:
        return "refused", TEXTS["refused"][0], _blocked_words(error)
    if isinstance(error, Rejected):
        # Its own words stand in for a sentence of ours: it has more reasons than its documents list.
        why = error.text if error.code in MEANINGS else f"It says: {error.details}."
        return "refused", TEXTS["refused"][0], f"The exchange refused{step}. {why} The bot tries again by itself."
    if isinstance(error, Banned | Throttled):
        return "paused", PAUSED_TITLE, f"{error.text} Positions opened before keep their stops and targets there."
    if isinstance(error, UnexpectedAnswer):
        title = "The exchange answers in a way that the bot does not understand"
        return (
            "unreachable",
            title,
            f"That was{step}. The bot tries again every 2 seconds; please report it with the log.",
        )
    return ("unreachable", *TEXTS["unreachable"])


def _blocked_words(error: Rejected) -> str:
    """Return what keeps the account from hedge mode, orders excepted, which nobody looked for."""
    needs = "The bot needs hedge mode, which Binance only allows while nothing is open. "
    if error.in_the_way is None:
        return TEXTS["refused"][1]
    if error.in_the_way:
        named = ", ".join(sorted(set(error.in_the_way)))
        return f"{needs}Open now: {named}. Close that and all orders on Binance; the bot tries again by itself."
    return (
        f"{needs}No position of USD-margined futures is open, so it is orders that wait, or positions of COIN-M "
        "futures, which share this setting and which a reset of the test exchange may have left there. Cancel and "
        "close them on Binance; the bot tries again by itself."
    )


def pause_words(exchange: str, until: datetime, live: Sequence[bool], *, banned: bool) -> tuple[str, str]:
    """Return title and text of a pause that the exchange asked for; live as in check_alert."""
    why = (
        "too many requests came from this internet address. Stop other programs that ask it from here."
        if banned
        else "too many requests came within a minute."
    )
    waits = " A position without a stop, or that is to be closed, waits for it too." if any(live) else ""
    kept = " Stops and targets stay on the exchange." if live else ""
    return (
        PAUSED_TITLE,
        f"{exchange} answers nothing until {until:%d %b %H:%M:%S} UTC: {why} The bot waits.{kept}{waits}",
    )


def unread_rows(unread: Sequence[UnreadRow]) -> tuple[str, str]:
    """Return title and text of rows that the bot cannot read: which, and that the others count."""
    named = [f"{row.of}, row {row.number}{f' ({row.symbol})' if row.symbol else ''}" for row in unread[:ROWS_NAMED]]
    more = f" and {len(unread) - ROWS_NAMED} more" if len(unread) > ROWS_NAMED else ""
    return (
        "The exchange sent something that the bot cannot read",
        f"Left out: {'; '.join(named)}{more}. Everything else it sent is used; only what these rows are about waits. "
        "The log says why they cannot be read; please report it.",
    )


def ending_pairs(ending: Sequence[tuple[str, datetime]]) -> str:
    """Return what it means that the exchange ends pairs, each a trade's name with the moment."""
    named = "; ".join(f"{name} on {at:%d %b %Y, %H:%M} UTC" for name, at in ending)
    return (
        f"{named}: the exchange then closes what is open there at its own price. Stops and targets work until then. "
        "Nothing opens again in these pairs; close a trade yourself before that to choose its price."
    )


def unlisted_pairs(unlisted: Sequence[tuple[str, datetime | None]]) -> str:
    """Return what it means that pairs of live trades are listed no more, each a trade's name with its rules' moment."""
    named = "; ".join(f"{name}{f' (rules of {at:%d %b, %H:%M} UTC)' if at else ''}" for name, at in unlisted)
    return (
        f"{named}: the bot goes on with the last rules it knows. Stop and target stay where they are, and Close works "
        "as long as the exchange takes it. Nothing opens again there."
    )


def stall(seconds: float, now: datetime) -> Alert:
    """Return the alert that the bot has not got on for so long."""
    lasted = timedelta(seconds=seconds)
    return Alert(
        "stuck",
        Severity.DANGER,
        f"The bot stood still for {format_duration(lasted)}",
        "It gave up control meanwhile, so that another bot process could take over, and sent nothing. Positions keep "
        "their stops and targets on the exchange. It begins anew by itself as soon as it gets on; if it does not, "
        "start it again.",
        now - lasted,
    )


def standby(since: datetime) -> Alert:
    """Return what is shown while another process is in charge."""
    return Alert(
        "standby",
        Severity.INFO,
        "Another bot process is in charge",
        "It trades and watches; this one takes over by itself when that one stops. What you ask for here is done by "
        "the one in charge.",
        since,
    )
