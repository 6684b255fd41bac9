"""Tells when processes end, without polling and whether or not they are children of this one.

A pidfd becomes readable when its process ends. All of them hang in one epoll object, and only that one is known to
the event loop: adding a process costs one system call, ends that come together are handled together, and every loop
that can watch a file descriptor will do (asyncio's and uvloop's).
"""

import asyncio
import os
import select
from collections.abc import Callable

_MOST_AT_ONCE = 64


class ExitWatch:
    """Calls back, on the event loop that runs at its making, when watched processes have ended."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._loop.add_reader(self._epoll.fileno(), self._ready)

    def watch(self, pidfd: int, ended: Callable[[], None]) -> None:
        """Call `ended` once, when the process has ended. The pidfd stays the caller's, who closes it afterwards."""
        self._epoll.register(pidfd, select.EPOLLIN)
        self._callbacks[pidfd] = ended

    def forget(self, pidfd: int) -> None:
        """Do not call back any more."""
        if self._callbacks.pop(pidfd, None) is not None:
            self._epoll.unregister(pidfd)

    def close(self) -> None:
        """Watch nothing any more."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        self._callbacks.clear()

    def _ready(self) -> None:
        for pidfd, _ in self._epoll.poll(0, _MOST_AT_ONCE):
            ended = self._callbacks.pop(pidfd, None)
            if ended is not None:
                self._epoll.unregister(pidfd)
                ended()


def reap(pidfd: int) -> int | None:
    """Collect a child that has ended: its exit code, -n after signal n, None if it is no child of this process."""
    try:
        status = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return None
    if status is None:
        return None
    return status.si_status if status.si_code == os.CLD_EXITED else -status.si_status
