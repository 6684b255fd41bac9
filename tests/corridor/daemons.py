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

import boto3
from botocore.config import Config

from tests.corridor.waiting import DEADLINE_SECONDS

RUN = (str(Path(sys.executable).with_name("reglue")), "serve")
ENDS_WITHIN_SECONDS = 10.0
_CLIENT = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1},
    connect_timeout=DEADLINE_SECONDS,
    read_timeout=DEADLINE_SECONDS,
)


class Answer(NamedTuple):
    """What came back over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def document(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)


class Daemon:
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
            self.url: str = self.logged("ready")["url"]
        except BaseException:
            self.kill()
            raise
        self.glue = client_of(self.url)

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

    def get(self, path: str) -> Any:
        """The JSON document at a path, which must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.document

    def call(self, operation: str, body: bytes) -> Answer:
        """One request of Glue's API with a body as it is."""
        return self.ask("POST", "/", body, {"X-Amz-Target": f"AWSGlue.{operation}"})

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

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


def client_of(url: str, service: str = "glue") -> Any:
    """A boto3 client that checks nothing itself and never sends twice."""
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", config=_CLIENT, **keys)


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
