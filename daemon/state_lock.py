"""One daemon at a time on a state directory: a lock that the kernel lets go when its holder ends, however it ends."""

import fcntl
import os
from pathlib import Path

LOCK_FILE = "daemon.pid"


class StateDirectoryBusy(Exception):
    """Another daemon holds the state directory."""

    def __init__(self, directory: Path, pid: str) -> None:
        holder = f"process {pid}" if pid else "another process"
        super().__init__(
            f"The state directory {directory} is held by {holder}, another reglue daemon. "
            "Stop that one first, or give this one a directory of its own with --state-dir."
        )


def holder_of(directory: Path) -> int | None:
    """The process that holds a state directory now, 0 if it cannot be told which; None if none does. Raises OSError."""
    try:
        handle = os.open(directory / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(handle, 32).strip()
        return int(pid) if pid.isdigit() else 0
    else:
        return None
    finally:
        os.close(handle)


class StateLock:
    """Holds the lock from its making until `release`. The file names the holder's pid for people."""

    def __init__(self, directory: Path) -> None:
        """Raises StateDirectoryBusy when another process holds it, OSError when the directory cannot be written."""
        self._file = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(self._file, 32).decode("ascii", "replace").strip()
            os.close(self._file)
            raise StateDirectoryBusy(directory, pid) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Lets another daemon take the directory."""
        os.close(self._file)
