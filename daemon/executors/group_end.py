"""Ends a whole process group: TERM, then KILL after a grace, and says when nobody is left.

The grace belongs to the group, not to its leader: a shell script dies of TERM at once while the program it called
may still put things in order, and a run that is resumed must not meet it at work. So the end is reported when the
last member is gone, or as soon as KILL is sent. A process that made a session of its own has left the group; it is
not found here.
"""

import asyncio
import os
import signal
from collections.abc import Callable

from daemon.executors import process_table
from daemon.executors.exit_watch import ExitWatch


class GroupEnd:
    """The ending of one group. `done` is called once, after `leader_ended()` was called and no member is left."""

    def __init__(self, group: int, watch: ExitWatch, done: Callable[[], None]) -> None:
        self._group = group
        self._watch = watch
        self._done = done
        self._leader_gone = False
        self._killed = False
        self._member_pidfd = -1
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, grace_seconds: float) -> None:
        """TERM now, KILL after the grace. The leader must be known to live, or to be an unreaped child."""
        process_table.signal_group(self._group, signal.SIGTERM)
        self._timer = asyncio.get_running_loop().call_later(grace_seconds, self._kill)

    def leader_ended(self) -> None:
        """The leader is gone: done if it was the last, else wait for the others."""
        self._leader_gone = True
        if self._killed or not process_table.group_exists(self._group):
            self._finish()
        else:
            self._await_next_member()

    def cancel(self) -> None:
        """Leave the group alone from now on; `done` is not called."""
        if self._timer is not None:
            self._timer.cancel()
        self._drop_member()

    def _await_next_member(self) -> None:
        """Wait for any one member, then look again: who is left then may be others than now."""
        self._drop_member()
        for pid in process_table.members(self._group):
            try:
                self._member_pidfd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            self._watch.watch(self._member_pidfd, self._await_next_member)
            return
        self._finish()

    def _kill(self) -> None:
        self._killed = True
        process_table.signal_group(self._group, signal.SIGKILL)
        if self._leader_gone:
            self._finish()

    def _finish(self) -> None:
        self.cancel()
        self._done()

    def _drop_member(self) -> None:
        if self._member_pidfd >= 0:
            self._watch.forget(self._member_pidfd)
            os.close(self._member_pidfd)
            self._member_pidfd = -1
