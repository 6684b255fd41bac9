"""Waiting for what really happens: reports, lines that a job writes into a named pipe, the end of a process."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from daemon.executors.port import Outcome

DEADLINE_SECONDS = 30.0


class Outcomes:
    """Collects an executor's reports. It may be made before the loop runs."""

    def __init__(self) -> None:
        self.reported: list[tuple[str, Outcome]] = []
        self._arrived = asyncio.Event()

    def __call__(self, job_run_id: str, outcome: Outcome) -> None:
        self.reported.append((job_run_id, outcome))
        self._arrived.set()

    async def of(self, job_run_id: str) -> Outcome:
        """The first outcome reported of an attempt, as soon as there is one."""
        await self.until(lambda: any(reported == job_run_id for reported, _ in self.reported))
        return next(outcome for reported, outcome in self.reported if reported == job_run_id)

    async def until(self, fulfilled: Callable[[], bool]) -> None:
        """Wait until a condition on the reports holds; it is looked at after each report."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not fulfilled():
                self._arrived.clear()
                await self._arrived.wait()


class NamedPipe:
    """A FIFO between a test and a job: open on this side for both directions, so that neither side waits at open()."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._read = b""

    async def line(self) -> str:
        """The next line that a job writes, without its end."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while b"\n" not in self._read:
                await readable(self._descriptor)
                self._read += os.read(self._descriptor, 4096)
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def write_line(self, line: str = "go") -> None:
        """Write a line for a job that reads."""
        os.write(self._descriptor, line.encode() + b"\n")


async def readable(descriptor: int) -> None:
    """Wait until a descriptor can be read."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


async def gone(pid: int) -> None:
    """Wait until a process has ended (it may be a zombie still)."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await readable(pidfd)
    finally:
        os.close(pidfd)
