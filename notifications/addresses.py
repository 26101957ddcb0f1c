"""The addresses a person may enter: services on a list, each with the hosts it stands for."""

import ipaddress
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import apprise

LONGEST_ADDRESS: Final = 2000

# It writes parts of addresses that it cannot use, bot tokens among them, into its log.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

# Scheme: what a person calls the service, and its host; None where the address itself names one.
_SERVICES: Final[Mapping[str, tuple[str, str | None]]] = {
    "tgram": ("Telegram", "api.telegram.org"),
    "discord": ("Discord", "discord.com"),
    "pover": ("Pushover", "api.pushover.net"),
    "slack": ("Slack", "hooks.slack.com"),
    "ntfy": ("ntfy", None),
    "ntfys": ("ntfy", None),
    "gotify": ("Gotify", None),
    "gotifys": ("Gotify", None),
    "mailto": ("E-mail", None),
    "mailtos": ("E-mail", None),
    "json": ("Webhook", None),
    "jsons": ("Webhook", None),
}
_NATIVE_HOSTS: Final = {"discord.com": "discord", "discordapp.com": "discord", "hooks.slack.com": "slack"}
# Notifications and exchange keys never meet: nothing is ever sent to an exchange from here.
_EXCHANGE_DOMAINS: Final = ("binance.com", "binance.us", "binance.vision", "binancefuture.com", "bnbstatic.com")


class BadAddress(ValueError):
    """The address cannot be used: show the message, it names one that works and repeats nothing of a secret."""


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    """What an address leads to: the service as a person calls it, and the only hosts that may be spoken to."""

    service: str
    hosts: frozenset[str]


def read_channel_address(text: str) -> ChannelAddress:
    """Return what an address leads to.

    Args:
        text: as typed, e.g. ``tgram://bot_token/chat_id`` or ``ntfy://my-topic``.

    Raises:
        BadAddress: not an address, or of a service that is not on the list, or an exchange's.
    """
    text = _checked(text)
    scheme = text.partition("://")[0].lower()
    if scheme in ("http", "https"):
        scheme = _NATIVE_HOSTS.get((_split(text).hostname or "").lower(), "")
    if scheme not in _SERVICES:
        raise BadAddress(
            "This service is not on the list. These work: Telegram (tgram://), Discord (discord://), e-mail "
            "(mailtos://), ntfy (ntfy://), Pushover (pover://), Slack (slack://), Gotify (gotifys://) and webhooks "
            "(jsons://)."
        )
    service, fixed_host = _SERVICES[scheme]
    plugin = _plugin_of(text)
    if plugin is None:
        raise BadAddress(f"This is not a complete {service} address. {_EXAMPLES[service]}")
    hosts = {fixed_host} if fixed_host else _hosts_of(plugin)
    for host in hosts:
        _refuse_exchange(host)
    return ChannelAddress(service, frozenset(hosts))


def read_ping_address(text: str) -> ChannelAddress:
    """Return what the address of a dead man's ping leads to.

    Raises:
        BadAddress: not an http or https address, or an exchange's.
    """
    text = _checked(text)
    address = _split(text)
    if address.scheme not in ("http", "https") or not address.hostname or address.username or address.fragment:
        raise BadAddress("Enter the whole address that your watching service gave you, e.g. https://hc-ping.com/…")
    _refuse_exchange(address.hostname)
    return ChannelAddress("Ping", frozenset({address.hostname.lower()}))


def is_private(address: str) -> bool:
    """Whether an IP address is anything but a public one: this machine, the home network, link-local, reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return not (mapped or ip).is_global


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise BadAddress("Enter the address first, e.g. tgram://bot_token/chat_id or ntfy://my-topic.")
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or any(character.isspace() for character in text):
        raise BadAddress("An address is one line without spaces, of at most 2,000 characters.")
    if "://" not in text:
        raise BadAddress("An address begins with the service, e.g. tgram://bot_token/chat_id or ntfy://my-topic.")
    return text


def _plugin_of(text: str) -> Any:  # noqa: ANN401  Apprise's plugins have no type of their own
    try:
        return apprise.Apprise.instantiate(text, suppress_exceptions=True)
    except Exception:  # its readers of addresses trip over some that are cut short, each in its own way
        return None


def _split(text: str) -> SplitResult:
    """Return the parts of an address; BadAddress where a bracket or the port makes no sense."""
    try:
        address = urlsplit(text)
        _ = address.port
    except ValueError:
        raise BadAddress("The server in this address is wrong. Copy it again, e.g. https://hc-ping.com/…") from None
    return address


def _hosts_of(plugin: Any) -> set[str]:  # noqa: ANN401  Apprise's plugins have no type of their own
    host = getattr(plugin, "smtp_host", None) or getattr(plugin, "host", None)
    cloud = getattr(plugin, "cloud_notify_url", None)
    if cloud and (getattr(plugin, "mode", "") == "cloud" or not host):
        host = urlsplit(cloud).hostname
    if not host:
        raise BadAddress("This address names no server.")
    return {str(host).lower()}


def _refuse_exchange(host: str) -> None:
    host = host.lower().rstrip(".")
    if any(host == domain or host.endswith(f".{domain}") for domain in _EXCHANGE_DOMAINS):
        raise BadAddress("Notifications are never sent to an exchange. Enter the address of a messenger or a webhook.")


_EXAMPLES: Final = {
    "Telegram": "It looks like tgram://123456789:bot_token/chat_id.",
    "Discord": "It looks like discord://webhook_id/webhook_token.",
    "Pushover": "It looks like pover://user_key@app_token.",
    "Slack": "It looks like slack://TokenA/TokenB/TokenC.",
    "ntfy": "It looks like ntfy://my-topic, or ntfys://my.server/my-topic.",
    "Gotify": "It looks like gotifys://my.server/app_token.",
    "E-mail": "It looks like mailtos://user:password@my.server?to=me@example.org.",
    "Webhook": "It looks like jsons://my.server/path.",
}
