"""Processes of jobs that have outlived the test that started them."""

import contextlib
import os
import signal
import threading
from pathlib import Path

GONE_WITHIN_SECONDS = 10.0
LOOK_SECONDS = 0.02


def assert_nothing_is_left(folder: Path) -> None:
    """Checks that all processes of jobs with scripts in the folder end; those that do not are killed and named."""
    pause = threading.Event()
    looks = int(GONE_WITHIN_SECONDS / LOOK_SECONDS)
    while (left := _processes_of(folder)) and looks:
        pause.wait(LOOK_SECONDS)
        looks -= 1
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not left, f"processes of jobs were left: {left}"


def _processes_of(folder: Path) -> dict[int, str]:
    """Processes that run a script of the folder or have it as their directory, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        # A process may end while it is looked at, and others' may not be looked at.
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if f"{folder}/" in command or os.readlink(entry / "cwd") == str(folder):
                    found[int(entry.name)] = command
    return found
