"""A program that hosts a process executor and kills itself (SIGKILL) right before a chosen call of the system.

    python -m tests.daemon.executors.doomed_daemon ASKED < launch.json

ASKED is a `Doom` as JSON. It exits 0 after the outcome if its call never came. With `deaf` it never looks for ends: it
stands for a daemon that dies between a job's end and the report of it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from daemon.executors.port import Launch
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.waiting import Outcomes

CALLS = ("mkdir", "makedirs", "open", "write", "close", "pipe", "posix_spawn", "pidfd_open", "unlink", "waitid")


class Doom(msgspec.Struct, frozen=True):
    """Die before the `count`th call (from 1) of `call`, or of any of CALLS if it is empty; never for 0."""

    state_dir: str
    method: str = "start"
    call: str = ""
    count: int = 0
    deaf: bool = False


def die_before(doom: Doom) -> None:
    """Put a counter before each of the calls."""
    left = doom.count

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= name == doom.call or not doom.call
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return call

    for name in CALLS:
        setattr(os, name, counted(name, getattr(os, name)))


async def host(doom: Doom, launch: Launch) -> None:
    """Start or recover the launch and wait for its outcome."""
    outcomes = Outcomes()
    executor = ProcessExecutor(Path(doom.state_dir))
    executor.open(outcomes)
    if doom.count:
        die_before(doom)
    if doom.method == "start":
        executor.start([launch])
    else:
        executor.recover(launch, None)
    if doom.deaf:
        # The queue is worked in the next turn; after that the loop turns no more.
        asyncio.get_running_loop().call_soon(signal.pause)
    await outcomes.of(launch.job_run_id)


if __name__ == "__main__":
    asyncio.run(host(msgspec.json.decode(sys.argv[1], type=Doom), msgspec.json.decode(sys.stdin.read(), type=Launch)))
