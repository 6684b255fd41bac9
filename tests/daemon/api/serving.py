"""A real daemon in a process of its own, on a free port, and the clients that tests speak to it with."""

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import boto3
from botocore.config import Config

DEADLINE_SECONDS = 30.0
PROGRAM = """
import sys
from daemon.service import run
from daemon.settings import load_settings
options = dict(argument.split("=", 1) for argument in sys.argv[1:])
sys.exit(run(load_settings(options, {"HOME": "/"}), lambda url: print(url, flush=True)))
"""

Seen = TypeVar("Seen")


class Answer(NamedTuple):
    """What came back over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def document(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)


class Served:
    """A daemon that answers at `url`; `glue` is a boto3 client that sends whatever it is given, once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.glue = boto3.client(
            "glue",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="AKIATEST",
            aws_secret_access_key="secret",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def get(self, path: str) -> Any:
        """The JSON document at a path, which must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.document

    def call(self, operation: str, body: bytes) -> Answer:
        """One request of Glue's API with a body as it is."""
        return self.ask("POST", "/", body, {"X-Amz-Target": f"AWSGlue.{operation}"})


@contextlib.contextmanager
def serving(state: Path, executor: str = "noop") -> Iterator[Served]:
    """A daemon for as long as the block; at its end it must stop by itself and not have failed at any request."""
    command = [sys.executable, "-c", PROGRAM, f"state_dir={state}", "listen=127.0.0.1:0", f"executor={executor}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        url = daemon.stdout.readline().strip()
        try:
            assert url, "The daemon did not start."
            yield Served(url)
        finally:
            daemon.terminate()
            log = daemon.communicate(timeout=DEADLINE_SECONDS)[1]
    assert daemon.returncode == 0, log
    assert "request_failed" not in log, log


def until(look: Callable[[], Seen], fulfilled: Callable[[Seen], bool]) -> Seen:
    """Looks again and again, each look a request to the daemon, until what is seen fulfils the condition."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not fulfilled(seen := look()):
        assert time.monotonic() < deadline, f"Not within {DEADLINE_SECONDS} s; last seen: {seen}"
    return seen
