"""Waiting for what really happens: a line that a job writes, the end of a process, what the daemon shows."""

import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

DEADLINE_SECONDS = 60.0
LOOK_SECONDS = 0.02

Seen = TypeVar("Seen")


class NamedPipe:
    """A FIFO between a test and its jobs. It is open here in both directions, so that neither side waits at open();
    when the test ends, jobs that still read from it see its end."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._read = b""

    def line(self) -> str:
        """The next line that a job writes, without its end."""
        while b"\n" not in self._read:
            readable(self._descriptor)
            self._read += os.read(self._descriptor, 4096)
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def lines(self, count: int) -> list[str]:
        """So many lines, sorted: jobs that run beside each other write in any order."""
        return sorted(self.line() for _ in range(count))

    def send(self, line: str = "go") -> None:
        """A line for one job that reads. Jobs that read from one pipe at once get an end of line each, but the text in
        pieces: shells read byte by byte."""
        os.write(self._descriptor, line.encode() + b"\n")

    def is_silent(self) -> bool:
        """Whether nothing has come that was not read yet."""
        return not self._read and not select.select([self._descriptor], [], [], 0)[0]

    def close(self) -> None:
        """Lets go of the pipe."""
        os.close(self._descriptor)


def readable(descriptor: int) -> None:
    """Waits until a descriptor can be read."""
    ready, _, _ = select.select([descriptor], [], [], DEADLINE_SECONDS)
    assert ready, f"Nothing came within {DEADLINE_SECONDS} s."


def gone(pid: int) -> None:
    """Waits until a process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        readable(descriptor)
    finally:
        os.close(descriptor)


def until(look: Callable[[], Seen], fulfilled: Callable[[Seen], object]) -> Seen:
    """Looks again and again, at short intervals, until what is seen fulfils the condition; the one place that polls."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    pause = threading.Event()
    while not fulfilled(seen := look()):
        assert time.monotonic() < deadline, f"Not within {DEADLINE_SECONDS} s; last seen: {seen}"
        pause.wait(LOOK_SECONDS)
    return seen
