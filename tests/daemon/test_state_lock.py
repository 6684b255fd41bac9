"""One daemon at a time on a state directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.state_lock import LOCK_FILE, StateDirectoryBusy, StateLock

HOLDER = """
import sys
from pathlib import Path
from daemon.state_lock import StateLock
lock = StateLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["released", "killed"])
def test_second_daemon_is_refused_with_the_pid_of_the_first(tmp_path: Path, end: str) -> None:
    """The error names the process; when it ends, however it ends, the directory is free."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StateDirectoryBusy, match=rf"held by process {holder.pid}, .*--state-dir"):
            StateLock(tmp_path)
        if end == "killed":
            holder.kill()
        holder.communicate()
    StateLock(tmp_path).release()


def test_lock_names_its_holder(tmp_path: Path) -> None:
    """The file holds the pid alone, whatever a daemon before left in it."""
    (tmp_path / LOCK_FILE).write_text("99999999999999\n")
    lock = StateLock(tmp_path)
    assert (tmp_path / LOCK_FILE).read_text() == f"{os.getpid()}\n"
    lock.release()


def test_lock_is_free_after_its_release(tmp_path: Path) -> None:
    """The same process may take it again, but not twice at once."""
    lock = StateLock(tmp_path)
    with pytest.raises(StateDirectoryBusy):
        StateLock(tmp_path)
    lock.release()
    StateLock(tmp_path).release()


def test_lock_in_a_missing_directory_is_an_os_error(tmp_path: Path) -> None:
    """A directory that is not there cannot be locked."""
    with pytest.raises(FileNotFoundError):
        StateLock(tmp_path / "absent")
