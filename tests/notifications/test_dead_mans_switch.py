"""The ping: only while the bot really goes round, its failure said once."""

from notifications.dead_mans_switch import DeadMansSwitch, failure_address
from notifications.sending import NotSent

URL = "https://hc-ping.com/abc"


class Bot:
    """A bot whose cycle is as old as it is said to be."""

    def __init__(self) -> None:
        self.age, self.holds_lease, self.asked = 0.5, True, list[str]()
        self.switch = DeadMansSwitch(
            cycle_age_seconds=lambda: self.age, active=lambda: self.holds_lease, ping=self._ping
        )

    def _ping(self, url: str, *, private_allowed: bool) -> None:
        if url.endswith("silent"):
            raise NotSent("no answer")
        self.asked.append(url)

    def minute(self, url: str = URL) -> str:
        return self.switch.ping_once(url, private_allowed=False)


def test_it_pings_while_the_bot_goes_round() -> None:
    bot = Bot()

    outcomes = [bot.minute(), bot.minute()]

    assert (outcomes, bot.asked) == (["", ""], [URL, URL])


def test_a_bot_that_stands_still_says_so_once_and_then_is_silent() -> None:
    bot = Bot()
    bot.minute()
    bot.age = 25

    for _ in range(3):
        bot.minute()
    bot.age = 1
    bot.minute()

    assert bot.asked == [URL, f"{URL}/fail", URL]


def test_a_standby_pings_nothing() -> None:
    bot = Bot()
    bot.holds_lease = False

    bot.minute()

    assert bot.asked == []


def test_a_failure_that_could_not_be_said_is_said_again() -> None:
    bot = Bot()
    bot.age = 25

    assert bot.minute("https://hc-ping.com/silent") != "no answer"  # its failure address is another one
    assert bot.asked == ["https://hc-ping.com/silent/fail"]


def test_the_failure_address_keeps_what_is_asked_with_it() -> None:
    assert failure_address("https://hc.example/ping/abc/?rid=1") == "https://hc.example/ping/abc/fail?rid=1"
