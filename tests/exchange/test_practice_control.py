import pytest

from exchange.practice_control import ControlRefused, PracticeControl, PracticeSilent
from tests.exchange.scripted_server import Answer, ScriptedServer, json_answer


def test_a_control_is_asked_and_told(server: ScriptedServer) -> None:
    server.script("GET /control/state", json_answer({"mode": "hold"}))
    server.script("POST /control/price", json_answer({}))

    assert PracticeControl(server.url).get("state", 5) == {"mode": "hold"}
    assert PracticeControl(server.url).post("price", {"symbol": "BTCUSDT", "price": "1"}, 5) == {}

    assert server.asked[1].headers["Content-Type"] == "application/json"
    assert '"price": "1"' in server.asked[1].raw


@pytest.mark.parametrize("sentence", [{"error": "No such pair."}, {"code": -1, "msg": "No such pair."}])
def test_a_no_comes_with_its_sentence(server: ScriptedServer, sentence: dict[str, str]) -> None:
    server.script("POST /control/price", json_answer(sentence, 400))

    with pytest.raises(ControlRefused, match=r"^No such pair\.$"):
        PracticeControl(server.url).post("price", {}, 5)


@pytest.mark.parametrize(
    "answer", [Answer(drop=True), Answer(b"<html>"), Answer(b"[1]"), Answer(b"[" * 50_000), Answer(b"", 500)]
)
def test_what_is_no_answer_is_silence(server: ScriptedServer, answer: Answer) -> None:
    server.script("GET /control/state", answer)

    with pytest.raises(PracticeSilent):
        PracticeControl(server.url).get("state", 5)


def test_neither_proxies_nor_redirects_nor_saved_passwords_are_followed(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.script("GET /control/state", Answer(b"", 307, {"Location": "http://elsewhere.test/control/state"}))

    with pytest.raises((ControlRefused, PracticeSilent)):
        PracticeControl(server.url).get("state", 5)

    [asked] = server.asked
    assert "Authorization" not in asked.headers
