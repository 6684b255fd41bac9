"""A real daemon in a process of its own, on a free port, and looking at it until it is as wanted."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tests.daemon.api.clients import DEADLINE_SECONDS, Served

PROGRAM = """
import sys
from daemon.service import run
from daemon.settings import load_settings
options = dict(argument.split("=", 1) for argument in sys.argv[1:])
sys.exit(run(load_settings(options, {"HOME": "/"}), lambda url: print(url, flush=True)))
"""

Seen = TypeVar("Seen")


@contextlib.contextmanager
def serving(state: Path, executor: str = "noop") -> Iterator[Served]:
    """A daemon for as long as the block; at its end it must stop by itself and not have failed at any request."""
    command = [sys.executable, "-c", PROGRAM, f"state_dir={state}", "listen=127.0.0.1:0", f"executor={executor}"]
    command.append("mqtt=off")
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
