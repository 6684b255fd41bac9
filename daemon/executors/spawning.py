"""Starts one attempt's process so that it is started at most once, whenever the daemon is killed.

The wrapper (`wrapper.sh`) is spawned first and waits at a pipe; then the claim with its process id is on the disk;
only then is it told to go. Should the daemon die in between, the pipe ends and the wrapper leaves without starting
the job. Whoever finds a claim therefore knows which process to look for, and whoever finds none knows that nothing
ran.

`os.posix_spawn` because it returns in 0.06 ms whatever the daemon's size (vfork), a quarter less than `subprocess`,
and has the child open its own log files.
"""

import fcntl
import os
import signal
import time
from importlib import resources

import msgspec

from daemon.executors import process_table
from daemon.executors.attempt_directory import FILE_MODE, AttemptDirectory, Claim

_SHELL = "/bin/sh"
# Passed as text, not as a path: an upgrade may replace the file under a running daemon.
_WRAPPER = "\n".join(
    line
    for line in resources.files("daemon.executors").joinpath("wrapper.sh").read_text().splitlines()
    if line and not line.startswith("#")
)
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
# Python ignores SIGPIPE, and whoever started the daemon may have ignored more; a job begins with the defaults.
_DEFAULT_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


class Task(msgspec.Struct, frozen=True):
    """What to spawn: where, what command, in which environment."""

    directory: AttemptDirectory
    command: list[str]
    environment: dict[str, str]


class Spawned(msgspec.Struct, frozen=True):
    """A wrapper that waits to be told: its claim is on the disk, its job has not begun."""

    claim: Claim
    pidfd: int
    go: int

    def tell_to_go(self) -> None:
        """Let the job begin."""
        try:
            os.write(self.go, b"\n")
        except BrokenPipeError:
            # The wrapper was killed while it waited: its end is seen through the pidfd like any other.
            return
        finally:
            os.close(self.go)

    def abandon(self) -> None:
        """End the wrapper instead."""
        os.close(self.pidfd)
        _abandon(self.claim.pid, self.go)


class Spawner:
    """Spawns wrappers. `boot` is the machine's present boot, `file_limit` the soft limit of open files for jobs."""

    def __init__(self, boot: str, file_limit: int) -> None:
        self._boot = boot
        self._file_limit = "unlimited" if file_limit < 0 else str(file_limit)
        # Above the descriptors 0 to 3, which the wrapper gets anew.
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self._null = fcntl.fcntl(null, fcntl.F_DUPFD_CLOEXEC, 10)
        os.close(null)

    def close(self) -> None:
        """Spawn no more."""
        os.close(self._null)

    def spawn(self, task: Task) -> Spawned:
        """Spawn a waiting wrapper and claim the attempt for it.

        Raises OSError if the system refuses, ValueError for what no process can be given (a NUL character).
        """
        turn = str(time.monotonic_ns())  # unlike that of any other wrapper of this boot
        wait, go = os.pipe()
        earliest = process_table.ticks()
        try:
            pid = self._posix_spawn(task, turn, wait)
        except BaseException:
            os.close(go)
            raise
        finally:
            os.close(wait)
        try:
            # Read off the clock: /proc would have the daemon wait 0.6 ms until the shell is loaded.
            claim = Claim(pid, earliest, process_table.ticks(), self._boot, turn)
            pidfd = _claim_attempt(task.directory, claim)
            return Spawned(claim, pidfd, go)
        except BaseException:
            _abandon(pid, go)
            raise

    def _posix_spawn(self, task: Task, turn: str, wait: int) -> int:
        directory = task.directory
        return os.posix_spawn(
            _SHELL,
            ["sh", "-c", _WRAPPER, "reglue-job", directory.path, turn, self._file_limit, *task.command],
            task.environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, wait, 0),
                (os.POSIX_SPAWN_DUP2, self._null, 2),
                (os.POSIX_SPAWN_OPEN, 1, directory.stdout, _APPEND, FILE_MODE),
                (os.POSIX_SPAWN_OPEN, 3, directory.stderr, _APPEND, FILE_MODE),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=_DEFAULT_SIGNALS,
        )


def _claim_attempt(directory: AttemptDirectory, claim: Claim) -> int:
    """Write the claim of a waiting wrapper; the wrapper's pidfd."""
    pidfd = os.pidfd_open(claim.pid)
    try:
        directory.write_claim(claim)
    except BaseException:
        os.close(pidfd)
        raise
    return pidfd


def _abandon(pid: int, go: int) -> None:
    """End a wrapper that could not be claimed. It has started nothing, so its end comes at once."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(go)
