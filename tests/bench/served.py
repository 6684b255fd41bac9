"""A real daemon on a free port of the loopback, started as people start it, and a client that keeps its connection."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import orjson

COMMAND = str(Path(sys.executable).with_name("reglue"))
STOP_SECONDS = 20
_TARGET = "AWSGlue."
_KIB_PER_MIB = 1024


class Served:
    """A daemon's process with a connection to it."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, began: float) -> None:
        address = urlsplit(url)
        self.pid = process.pid
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        self.get("/healthz")
        self.seconds_to_ready = time.perf_counter() - began
        self.processor_seconds_to_ready = self._processor_seconds()

    def get(self, path: str) -> bytes:
        """The body of a GET that must succeed."""
        self._connection.request("GET", path)
        return self._answer()

    def ask(self, operation: str, **members: Any) -> bytes:
        """The body of the answer to one operation of Glue, which must succeed."""
        headers = {"X-Amz-Target": _TARGET + operation, "Content-Type": "application/x-amz-json-1.1"}
        self._connection.request("POST", "/", orjson.dumps(members), headers)
        return self._answer()

    def _answer(self) -> bytes:
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"the daemon answered {response.status}: {body[:300]!r}")
        return body

    def wait_until_published(self) -> None:
        """Returns when the broker is connected: only then is all loaded that an idle daemon has."""
        deadline, pause = time.monotonic() + STOP_SECONDS, Event()
        while orjson.loads(self.get("/healthz"))["mqtt"]["state"] != "connected":
            if time.monotonic() > deadline:
                raise RuntimeError("the daemon did not reach its broker")
            pause.wait(0.05)

    def memory(self) -> tuple[float, float]:
        """Resident and proportional set size now, in MiB."""
        return memory_in(Path(f"/proc/{self.pid}/smaps_rollup").read_text())

    def _processor_seconds(self) -> float:
        """What the daemon has used of a processor."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_in(rollup: str) -> tuple[float, float]:
    """Resident and proportional set size in MiB, out of a process's smaps_rollup."""
    lines = (line.split() for line in rollup.splitlines()[1:] if line)
    sizes = {words[0]: int(words[1]) for words in lines}
    return sizes["Rss:"] / _KIB_PER_MIB, sizes["Pss:"] / _KIB_PER_MIB


@contextmanager
def served(state_dir: Path) -> Iterator[Served]:
    """A daemon on a state directory, answering; ended in the end. Raises RuntimeError with what it said if it does
    not start."""
    options = ["--state-dir", str(state_dir), "--listen", "127.0.0.1:0", "--executor", "noop", "--log-format", "json"]
    options += ["--mqtt", "embedded://127.0.0.1:0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGLUE_")}
    began = time.perf_counter()
    process = subprocess.Popen(
        [COMMAND, "serve", *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    )
    try:
        yield Served(process, _url(process), began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _url(process: "subprocess.Popen[bytes]") -> str:
    """Where the daemon says it is ready."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line.decode(errors="replace"))
        try:
            entry = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if entry.get("event") == "ready":
            return str(entry["url"])
    raise RuntimeError(f"reglue serve did not start: {' '.join(said[-3:]).strip() or 'it said nothing'}")
