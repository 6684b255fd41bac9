"""`reglue watch --plain` and `--json` as a process of its own, with a real broker and a pipe."""

import asyncio
import contextlib
import http.server
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from daemon.cli.watching.fold import Message
from tests.corridor.waiting import DEADLINE_SECONDS, readable
from tests.daemon.cli.conftest import Answers
from tests.daemon.cli.watching.broker import Broker, publish, running
from tests.daemon.cli.watching.story import Story, run_id

REGLUE = (str(Path(sys.executable).with_name("reglue")), "watch")
NOBODY = "http://127.0.0.1:1"
R1 = run_id(1)


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker that answers."""
    with running() as broker:
        yield broker


class Watching:
    """A monitor that writes into a pipe; begins when it is connected, as an event that is repeated until it shows
    tells."""

    def __init__(self, broker: Broker, *words: str) -> None:
        command = [*REGLUE, "--mqtt", broker.url, "--endpoint", NOBODY, *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REGLUE_")}
        # Without buffers here, so that a line that has come can be waited for at the descriptor.
        self.process = subprocess.Popen(
            command,
            bufsize=0,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.out, self.err = self.process.stdout, self.process.stderr

    def line(self) -> str:
        """The next line."""
        readable(self.out.fileno())
        return self.out.readline().decode().rstrip("\n")

    def said(self) -> str:
        """The next line on standard error."""
        readable(self.err.fileno())
        return self.err.readline().decode().rstrip("\n")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        try:
            return self.process.wait(DEADLINE_SECONDS)
        finally:
            self.process.kill()
            self.process.communicate()


def put(broker: Broker, *messages: Message) -> None:
    """Publish."""
    asyncio.run(publish(broker, messages))


def connected(broker: Broker, *words: str) -> Watching:
    """A monitor that is subscribed: it says that it does not know what it watches, which it says when it is."""
    watching = Watching(broker, *words)
    assert "Nothing is known here" in watching.said()
    return watching


def story() -> Story:
    """A run of W1 from its start to its end."""
    story = Story(nodes=("J1",))
    story.start(R1)
    story.begin(R1, "J1")
    story.end(R1, "J1", "FAILED", "no such file")
    story.complete(R1)
    return story


def test_each_event_is_a_line(broker: Broker) -> None:
    """A workflow is followed for ever; Ctrl-C ends it with 130."""
    watching = connected(broker, "W1", "--plain")
    put(broker, *story().messages)
    lines = [watching.line() for _ in range(4)]
    assert lines[0].endswith(f"1  W1  {R1[:17]}  ● run started (api:ada)")
    assert lines[2].endswith("✘ J1 FAILED: no such file")
    assert watching.end() == 130


def test_other_workflows_are_left_out(broker: Broker) -> None:
    """Only events of the workflow that is watched are written, and of these all."""
    watching = connected(broker, "W1", "--plain")
    other = Story("W2")
    other.start(run_id(2))
    mine = story()
    mine.position = 1
    mine.messages.clear()
    put(broker, *other.messages, mine.start(run_id(3)))
    assert "W1" in watching.line()
    assert watching.end() == 130


def test_json_lines_are_the_messages_themselves(broker: Broker) -> None:
    """With --json each line is the CloudEvent as it was published."""
    watching = connected(broker, "W1", "--json")
    messages = story().messages
    put(broker, *messages)
    assert [watching.line().encode() for _ in messages] == [message.payload for message in messages]
    assert watching.end() == 130


def test_a_run_is_followed_to_its_end(broker: Broker) -> None:
    """For a run the command ends with the run: 1, as not every node succeeded."""
    watching = Watching(broker, R1, "--plain")
    assert "Only what happens from now on is shown" in watching.said()
    put(broker, *story().messages)
    assert "run started" in watching.line()
    assert watching.ended() == 1


def test_a_run_that_has_ended_is_told(broker: Broker) -> None:
    """The retained state of a run that ended well is enough for exit code 0."""
    done = Story(nodes=("J1",))
    done.start(R1)
    done.begin(R1, "J1")
    done.end(R1, "J1")
    done.complete(R1)
    put(broker, done.run_state(R1))
    assert Watching(broker, R1, "--plain").ended() == 0


def test_the_past_of_a_run_is_asked_of_the_daemon(broker: Broker, answers: Answers) -> None:
    """Where the daemon answers, the story is told from its beginning, each event once."""
    past = story().messages
    page = {"events": [msgspec.Raw(message.payload) for message in past[:2]], "head": 2, "next": None}
    answers.lay_down(f"/v1/events?after=0&limit=500&run={R1}", page)
    watching = Watching(broker, R1, "--plain", "--endpoint", answers.url)
    assert "run started" in watching.line()
    assert "J1 RUNNING" in watching.line()
    put(broker, *past)
    assert "J1 FAILED" in watching.line()
    assert "run ended" in watching.line()
    assert watching.ended() == 1


def test_a_reader_that_leaves_ends_it(broker: Broker) -> None:
    """As with `head`: the pipe is closed and the log quiet, and the command is gone all the same, with 141."""
    watching = connected(broker, "W1", "--plain")
    put(broker, *story().messages)
    watching.line()
    watching.out.close()
    assert watching.process.wait(DEADLINE_SECONDS) == 141
    watching.err.close()


def test_a_broker_that_comes_back_is_followed_again(broker: Broker) -> None:
    """When the broker is killed, that is said; what is published on the next one is written."""
    watching = connected(broker, "W1", "--plain")
    first, *rest = story().messages
    put(broker, first)
    assert "run started" in watching.line()
    broker.kill()
    assert "is not there" in watching.said()
    broker.start()
    while not watching.said().startswith("Connected to"):
        pass
    put(broker, *rest)
    assert "J1 RUNNING" in watching.line()
    assert watching.end() == 130


def test_missing_events_are_told_and_the_order_is_kept(broker: Broker) -> None:
    """Where the daemon does not answer, later events wait for a while, then come with a word about the gap."""
    watching = connected(broker, "W1", "--plain")
    first, _, third, fourth = story().messages
    put(broker, first, third, fourth)
    assert "run started" in watching.line()
    assert "J1 FAILED" in watching.line()
    assert watching.said().startswith("Events 2 to 2 are missing here: No daemon answers")
    assert watching.end() == 130


def test_bad_input_ends_with_2(broker: Broker) -> None:
    """A URL that is none is told at once."""
    watching = Watching(broker, "--plain", "--mqtt", "http://h")
    assert "no broker's URL" in watching.said()
    assert watching.ended() == 2


def test_nobody_is_let_in_without_a_password() -> None:
    """A broker that refuses ends the command with 4 and the way out, instead of asking it again and again."""
    with refusing_broker() as port:
        words: Sequence[str] = [*REGLUE, "--plain", "--endpoint", NOBODY, "--mqtt", f"mqtt://127.0.0.1:{port}"]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)
    assert ended.returncode == 4
    assert "--mqtt-password-file" in ended.stderr


@contextlib.contextmanager
def refusing_broker() -> Iterator[int]:
    """What answers every client with `not authorized`, as MQTT 3.1.1 says it."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.connection.recv(1024)
            self.connection.sendall(b"\x20\x02\x00\x05")

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
