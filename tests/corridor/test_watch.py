"""`reglue watch` beside a real daemon and the broker that it brings along: in a terminal and in a pipe."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corridor.daemons import Daemon, plain_environment
from tests.corridor.waiting import DEADLINE_SECONDS, readable, until
from tests.corridor.workshop import Workshop

REGLUE = (str(Path(sys.executable).with_name("reglue")), "watch")
COLOUR = re.compile(rb"\x1b\[[0-9;]*(3[0-7]|38;|4[0-7]|48;|9[0-7])[0-9;]*m")
LINES, COLUMNS = 30, 100


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon with a broker of its own."""
    daemon = Daemon(tmp_path / "state", "--mqtt", "embedded://127.0.0.1:0")
    daemon.logged("broker_listening")
    try:
        until(lambda: daemon.get("/healthz")["mqtt"]["state"], lambda state: state == "connected")
        yield daemon
        if daemon.process.poll() is None:
            daemon.stop()
    finally:
        daemon.kill()


@pytest.fixture
def workshop(daemon: Daemon, tmp_path: Path) -> Iterator[Workshop]:
    """The workflow W, whose one job waits for a line and then fails."""
    workshop = Workshop(daemon, tmp_path)
    workshop.pipe("go")
    workshop.shell("J", "read line < go", "exit 7")
    workshop.workflow("W", "J")
    yield workshop
    for pipe in workshop.pipes:
        pipe.close()


class Terminal:
    """The monitor on a terminal; `text` is all that it wrote there."""

    def __init__(self, daemon: Daemon, *words: str, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        known = {**plain_environment(), "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment}
        command = [*REGLUE, "--endpoint", daemon.url, *words]
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=known, start_new_session=True
        )
        os.close(theirs)
        self.text = b""
        self._typed_at = 0

    def bare(self, since: int = 0) -> str:
        """What was written, without what steers the terminal, each gap as one space."""
        text = re.sub(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]", b" ", self.text[since:]).decode("utf-8", "replace")
        return re.sub(r"\s+", " ", text)

    def sees(self, words: str) -> None:
        """Waits until these words are written after what was typed last."""
        while words not in self.bare(self._typed_at):
            readable(self._ours)
            self.text += os.read(self._ours, 65536)

    def type(self, keys: str) -> None:
        """Types."""
        self._typed_at = len(self.text)
        os.write(self._ours, keys.encode())

    def ended(self) -> int:
        """The exit code, once it has ended; what it still writes is read, or it would wait for that."""
        with contextlib.suppress(OSError):  # the terminal's other end is closed
            while True:
                readable(self._ours)
                self.text += os.read(self._ours, 65536)
        return self.process.wait(DEADLINE_SECONDS)

    def close(self) -> None:
        """Ends it if it has not ended."""
        self.process.kill()
        self.process.wait(DEADLINE_SECONDS)
        os.close(self._ours)


def come_and_gone(daemon: Daemon, name: str) -> bool:
    """A workflow is defined and deleted: two events."""
    daemon.glue.create_workflow(Name=name)
    daemon.glue.delete_workflow(Name=name)
    return True


def start(workshop: Workshop) -> str:
    """Starts a run of W."""
    run_id: str = workshop.glue.start_workflow_run(Name="W")["RunId"]
    return run_id


def test_a_run_is_watched_and_resumed_in_a_terminal(daemon: Daemon, workshop: Workshop) -> None:
    """The run shows while it goes on, its failure as soon as it fails; `r` and `y` resume it as a new run."""
    run_id = start(workshop)
    with contextlib.closing(Terminal(daemon, run_id)) as terminal:
        terminal.sees("RUNNING")
        terminal.sees("live")
        workshop.pipes[0].send()
        terminal.sees("1 failed:")
        terminal.type("r")
        terminal.sees("starts again at J (1 failed)")
        terminal.sees(f"over HTTP to {daemon.url}")
        terminal.type("y")
        terminal.sees("resumed from")
        workshop.pipes[0].send()
        terminal.sees("1 failed:")
        terminal.type("q")
        assert terminal.ended() == 0
    runs = daemon.get("/v1/workflows/W/runs")["runs"]
    assert [run["previous_run_id"] for run in runs] == [run_id, None]


def test_no_colour_is_written_where_none_is_wanted(daemon: Daemon, workshop: Workshop) -> None:
    """With NO_COLOR the screen keeps to bold and reverse; a terminal that is not UTF-8 gets letters."""
    for name, value in (("NO_COLOR", "1"), ("PYTHONIOENCODING", "latin-1")):
        with contextlib.closing(Terminal(daemon, **{name: value})) as terminal:
            terminal.sees("not run yet")
            terminal.type("q")
            assert terminal.ended() == 0
            assert (COLOUR.search(terminal.text) is None) == (name == "NO_COLOR")
            assert ("●" in terminal.bare()) == (name == "NO_COLOR")


def test_a_killed_daemon_is_followed_to_its_next_life(daemon: Daemon) -> None:
    """In a pipe: the broker dies with the daemon, both come back on their ports, and no event is missing."""
    broker = daemon.get("/healthz")["mqtt"]["embedded"]["url"]
    words = [*REGLUE, "--json", "--endpoint", daemon.url, "--mqtt", broker]
    pipes = subprocess.Popen(words, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain_environment())
    assert pipes.stdout is not None
    assert pipes.stderr is not None
    output = pipes.stdout

    def until_deleted(name: str) -> list[int]:
        """The sequences of the lines up to the end of a workflow."""
        seen: list[int] = []
        while True:
            readable(output.fileno())
            event = json.loads(output.readline())
            seen.append(int(event["sequence"]))
            if event["type"] == "reglue.workflow.removed" and event["data"]["workflow"] == name:
                return seen

    try:
        until(lambda: come_and_gone(daemon, "A") and select.select([output], [], [], 0)[0], bool)
        come_and_gone(daemon, "B")
        seen = until_deleted("B")
        daemon.kill()
        readable(pipes.stderr.fileno())
        address = daemon.url.removeprefix("http://")
        again = Daemon(daemon.state, "--listen", address, "--mqtt", broker.replace("mqtt:", "embedded:"))
        try:
            come_and_gone(again, "C")
            seen += until_deleted("C")
        finally:
            again.stop()
        pipes.send_signal(signal.SIGINT)
        assert pipes.wait(DEADLINE_SECONDS) == 130
    finally:
        pipes.kill()
        pipes.communicate()
    assert seen == list(range(seen[0], seen[-1] + 1))
