"""Which addresses may be entered, and where they lead."""

import pytest

from notifications.addresses import BadAddress, is_private, read_channel_address, read_ping_address

TELEGRAM = "tgram://123456789:ABCdefGhIJKlmNoPQRstuVwxyz_12345678/12315544"


@pytest.mark.parametrize(
    ("address", "service", "host"),
    [
        (TELEGRAM, "Telegram", "api.telegram.org"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord", "discord.com"),
        ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord", "discord.com"),
        ("ntfy://my-topic", "ntfy", "ntfy.sh"),
        ("ntfys://my.server/my-topic", "ntfy", "my.server"),
        ("mailto://user:pass@gmail.com", "E-mail", "smtp.gmail.com"),
        ("mailtos://user:pass@example.com?smtp=mail.example.com&to=x@example.org", "E-mail", "mail.example.com"),
        ("gotifys://my.server/token12345", "Gotify", "my.server"),
        ("  jsons://example.com/hook ", "Webhook", "example.com"),
    ],
)
def test_an_address_leads_to_the_host_its_service_stands_for(address: str, service: str, host: str) -> None:
    read = read_channel_address(address)

    assert (read.service, read.hosts) == (service, frozenset({host}))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "telegram",
        "windows://",
        "exec://rm",
        "syslog://",
        "schan://key",
        "file:///etc/passwd",
        "https://example.com/hook",
        "tgram://",
        "discord://onlyone",
        "ntfy://a b",
        "ntfy://topic\n",
        "json://host/\x00",
        "x" * 3000,
        "jsons://fapi.binance.com/fapi/v1/order",
        "json://testnet.binancefuture.com:443/fapi/v1/order",
        "json://BINANCE.COM./x",
    ],
)
def test_what_cannot_be_used_is_said_without_repeating_it(address: str) -> None:
    if address == "ntfy://topic\n":
        assert read_channel_address(address).service == "ntfy"  # the line's end is not part of it
        return
    with pytest.raises(BadAddress) as refused:
        read_channel_address(address)

    assert len(str(refused.value)) > 20
    assert len(address.strip()) < 10 or address not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["tgram://SecretBotToken/chat", "tgram://0:", "discord://SecretWebhook", "slack://Secret/", "pover://Se@"],
)
def test_nothing_of_an_address_that_is_cut_short_gets_into_the_log(
    address: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadAddress):
        read_channel_address(address)

    assert caplog.text + "".join(capfd.readouterr()) == ""


@pytest.mark.parametrize(
    "address",
    [
        *("", "hc-ping.com/x", "ftp://hc-ping.com/x", "https://u:p@hc-ping.com/x", "https://"),
        *("http://[", "https://[::1", "https://hc-ping.com:port/x", "https://hc-ping.com:99999/x"),
    ],
)
def test_a_ping_goes_to_a_web_address_only(address: str) -> None:
    with pytest.raises(BadAddress):
        read_ping_address(address)


def test_a_ping_never_goes_to_an_exchange() -> None:
    with pytest.raises(BadAddress, match="exchange"):
        read_ping_address("https://demo-fapi.binance.com/fapi/v1/ping")


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("192.168.1.2", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("::ffff:10.0.0.1", True),
        ("0.0.0.0", True),
        ("149.154.167.220", False),
        ("2606:4700::1111", False),
    ],
)
def test_private_networks_are_known(address: str, private: bool) -> None:
    assert is_private(address) is private
