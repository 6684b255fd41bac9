"""A real `reglue serve` in a process of its own, on a free port, and what it says while it runs."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.corridor.waiting import DEADLINE_SECONDS
from tests.daemon.api.clients import Served

RUN = (str(Path(sys.executable).with_name("reglue")), "serve")
ENDS_WITHIN_SECONDS = 10.0


class Daemon(Served):
    """One daemon process on a state directory; ready when made.

    It does not publish unless its options say where. `glue` is a boto3 client that sends whatever it is given, once.
    Both outputs of the process are kept in `lines`.
    """

    def __init__(self, state: Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self.state = state
        quiet = () if "--mqtt" in options else ("--mqtt", "off")
        command = [*RUN, "--state-dir", str(state), "--listen", "127.0.0.1:0", *quiet, *options]
        self.process = _started(command, environment or {})
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            super().__init__(self.logged("ready")["url"])
        except BaseException:
            self.kill()
            raise

    @property
    def text(self) -> str:
        """Everything that the process has said so far."""
        return "".join(self.lines)

    def logged(self, event: str) -> dict[str, Any]:
        """The first log line under this name, as soon as there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._find(event) is not None, DEADLINE_SECONDS)
            line = self._find(event)
        assert line is not None, f"The daemon did not log {event!r}:\n{self.text}"
        return line

    def position(self) -> int:
        """The position of the log's newest event, once everything that was decided is in the log.

        `/healthz` waits for nothing; a read before it does.
        """
        self.get("/v1/workflows")
        position: int = self.get("/healthz")["position"]
        return position

    @contextlib.contextmanager
    def opened(self, path: str) -> Iterator[http.client.HTTPResponse]:
        """An answer that is read piece by piece, or not to its end."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", path)
            yield connection.getresponse()

    def stop(self) -> None:
        """Ends the daemon by SIGTERM; it must come to its end by itself, and have met no error of its own."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(ENDS_WITHIN_SECONDS)
        finally:
            self.kill()
        assert code == 0, f"The daemon ended with {code}:\n{self.text}"
        assert "Traceback" not in self.text, self.text
        assert "request_failed" not in self.text, self.text

    def kill(self) -> None:
        """Ends the daemon by SIGKILL, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(ENDS_WITHIN_SECONDS)
        self._reader.join(ENDS_WITHIN_SECONDS)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _find(self, event: str) -> dict[str, Any] | None:
        documents = (json.loads(line) for line in self.lines if line.startswith("{"))
        return next((document for document in documents if document.get("event") == event), None)


class Refusal(NamedTuple):
    """How a daemon ended that did not start."""

    code: int
    text: str


def refused(*options: str, environment: Mapping[str, str] | None = None) -> Refusal:
    """What a daemon says that must not start with these options."""
    with _started([*RUN, *options], environment or {}) as process:
        try:
            text, _ = process.communicate(timeout=DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Refusal(process.returncode, text)


def plain_environment() -> dict[str, str]:
    """The environment without what would tell a daemon, a client or a job something about AWS or reglue."""
    ours = ("AWS_", "REGLUE_")
    named = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return named | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def _started(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**plain_environment(), **environment},
    )
