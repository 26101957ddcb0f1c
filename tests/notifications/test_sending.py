"""One message, one process: only to where the person said, and never longer than its deadline."""

import os
from pathlib import Path

import psutil
import pytest

from notifications.sending import NotSent, send_message, send_ping
from tests.notifications.receiver import Receiver

pytestmark = pytest.mark.slow  # each message starts a process


def test_a_message_arrives_as_it_was_written(receiver: Receiver) -> None:
    send_message(receiver.address, "Closed BTCUSDT LONG", "−5.03 USDT after fees <b>*x*</b>\\n", private_allowed=True)

    assert receiver.paths == ["/hook"]
    assert receiver.messages[0]["title"] == "Closed BTCUSDT LONG"
    assert receiver.texts == ["−5.03 USDT after fees <b>*x*</b>\\n"]


def test_a_private_address_needs_to_be_allowed(receiver: Receiver) -> None:
    with pytest.raises(NotSent):
        send_message(receiver.address, "t", "b", private_allowed=False)

    assert receiver.messages == []


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with Receiver().listening() as elsewhere:
        receiver.status, receiver.location = 307, f"http://127.0.0.1:{elsewhere.port}/x"

        with pytest.raises(NotSent):
            send_message(receiver.address, "t", "b", private_allowed=True)

        assert elsewhere.messages == []


def test_neither_proxy_nor_netrc_of_the_environment_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Receiver().listening() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret\n")

        send_message(receiver.address, "t", "b", private_allowed=True)

        assert (len(receiver.messages), proxy.messages) == (1, [])


def test_a_receiver_that_hangs_is_cut_off_and_its_process_ended(receiver: Receiver) -> None:
    receiver.hold.set()

    with pytest.raises(NotSent, match="3 seconds") as refused:
        send_message(receiver.address, "t", "b", private_allowed=True, deadline_seconds=3)

    assert "hook" not in str(refused.value)
    children = psutil.Process(os.getpid()).children(recursive=True)
    assert not [child for child in children if "notifications.child" in child.cmdline()]


def test_a_refusing_receiver_is_a_message_not_sent(receiver: Receiver) -> None:
    receiver.status = 500

    with pytest.raises(NotSent, match="did not take"):
        send_message(receiver.address, "t", "b", private_allowed=True)


def test_a_ping_asks_for_its_address(receiver: Receiver) -> None:
    send_ping(f"http://127.0.0.1:{receiver.port}/ping/abc", private_allowed=True)

    assert receiver.paths == ["/ping/abc"]


def test_a_ping_that_fails_says_so(receiver: Receiver) -> None:
    receiver.status = 404

    with pytest.raises(NotSent, match="404"):
        send_ping(f"http://127.0.0.1:{receiver.port}/ping/abc", private_allowed=True)
