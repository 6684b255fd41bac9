"""Which broker is meant: by URL, by what the daemon says, or the usual one."""

from pathlib import Path

import pytest

from daemon.cli.client import Client
from daemon.cli.failures import BadInput
from daemon.cli.watching.source import USUAL, Given, source_of
from tests.daemon.cli.conftest import Answers

NOBODY = Client("http://127.0.0.1:1")


def test_urls_are_read_into_parts(tmp_path: Path) -> None:
    """Scheme, user, password, port and path; what is shown has no credentials."""
    source = source_of(Given("mqtts://ada:s%2Fcret@broker.example:8884"), NOBODY)
    assert (source.host, source.port, source.user, source.password) == ("broker.example", 8884, "ada", "s/cret")
    assert source.secure
    assert source.shown == "mqtts://broker.example:8884"
    socket = source_of(Given("ws://broker.example/mqtt/v1"), NOBODY)
    assert (socket.port, socket.websocket_path, socket.secure) == (80, "/mqtt/v1", False)
    assert source_of(Given("embedded://127.0.0.1:1999"), NOBODY).shown == "mqtt://127.0.0.1:1999"
    assert source_of(Given("mqtt://[::1]"), NOBODY).shown == "mqtt://[::1]:1883"
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    given = Given("mqtt://ada:other@h", user="bob", password_file=str(tmp_path / "password"))
    assert (source_of(given, NOBODY).user, source_of(given, NOBODY).password) == ("bob", "secret")


def test_without_a_url_the_daemon_says_where(answers: Answers) -> None:
    """The daemon's health names broker and namespace; what was given oneself goes before."""
    answers.lay_down("/healthz", {"status": "ready", "mqtt": {"broker": "mqtt://127.0.0.1:1884", "namespace": "team"}})
    source = source_of(Given(), Client(answers.url))
    assert (source.shown, source.namespace) == ("mqtt://127.0.0.1:1884", "team")
    assert source_of(Given(namespace="mine"), Client(answers.url)).namespace == "mine"


def test_an_embedded_broker_is_found_on_the_port_that_it_got(answers: Answers) -> None:
    """The port that was wanted may have been taken."""
    health = {"broker": "embedded://127.0.0.1:1883", "embedded": {"url": "mqtt://127.0.0.1:1884", "pid": 1}}
    answers.lay_down("/healthz", {"mqtt": health})
    assert source_of(Given(), Client(answers.url)).shown == "mqtt://127.0.0.1:1884"


def test_without_a_daemon_it_is_the_usual_broker(answers: Answers) -> None:
    """Also where the daemon is of a version that says nothing of brokers, or of another shape."""
    assert source_of(Given(), NOBODY).shown == USUAL
    for health in ({"status": "ready"}, {"mqtt": "off"}, {"mqtt": {"broker": 5}}):
        answers.lay_down("/healthz", health)
        assert source_of(Given(), Client(answers.url)).shown == USUAL


def test_a_daemon_that_publishes_nothing_says_so(answers: Answers) -> None:
    """Nobody waits in vain for events of a daemon whose MQTT is off."""
    answers.lay_down("/healthz", {"mqtt": {"state": "off"}})
    with pytest.raises(BadInput, match="publishes nothing"):
        source_of(Given(), Client(answers.url))
    assert source_of(Given("mqtt://h"), Client(answers.url)).host == "h"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Given("off"), "MQTT is off"),
        (Given("http://h:1"), "no broker's URL"),
        (Given("mqtt://:s3cret@"), "no broker's URL"),
        (Given("mqtt://h:99999"), "no broker's URL"),
        (Given("mqtt://h", ca="ca.pem"), "in the clear"),
        (Given("mqtt://h", password_file="/nonexistent"), "--mqtt-password-file"),
    ],
)
def test_bad_input_names_the_option_and_no_password(given: Given, reason: str) -> None:
    """The message says which option is wrong and why, and repeats no secret."""
    with pytest.raises(BadInput) as raised:
        source_of(given, NOBODY)
    assert reason in raised.value.message
    assert "s3cret" not in raised.value.message


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """A wrong path is told before anything is connected."""
    with pytest.raises(BadInput, match=r"ca\.pem"):
        source_of(Given("mqtts://h", ca=str(tmp_path / "ca.pem")), NOBODY).tls()
