"""One state directory, and the daemons that live and die on it one after another; clients ask here where the present
one answers.

Apart from `daemons.py` because these daemons are ended in the middle of everything: while they start, under load, with
requests on their way. Their log lines go to one file, which tells of tracebacks at the end.
"""

import contextlib
import os
import resource
import signal
import subprocess
import threading
from pathlib import Path
from typing import IO

from tests.corridor.daemons import RUN, plain_environment
from tests.corridor.waiting import DEADLINE_SECONDS, readable, until

STARTED_FILE = "started"
MARKER = b"REGLUE_ATTEMPT="


class Stopped(Exception):
    """The clients are to end."""


class Site:
    """Starts and ends daemons on `<folder>/state`; jobs note their starts in `started`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.log_lines = folder / "daemon.log"
        self.started = folder / STARTED_FILE
        self.options = options
        self._changed = threading.Condition()
        self._url: str | None = None
        self._closed = False
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> "subprocess.Popen[bytes]":
        """A daemon process that may not answer yet."""
        command = [*RUN, "--listen", "127.0.0.1:0", "--state-dir", str(self.state), *self.options]
        environment = plain_environment() | {"CRASH_STARTED": str(self.started)}
        # Through a pipe: a daemon that may write no long file must still be able to say so.
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self._reader = threading.Thread(target=self._keep_lines, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        return self.process

    def _keep_lines(self, source: IO[bytes]) -> None:
        with source, self.log_lines.open("ab", buffering=0) as lines:
            for line in source:
                lines.write(line.rstrip(b"\n") + b"\n")  # a killed daemon may not come to the end of its last one

    def start(self) -> str:
        """A daemon that answers; its base URL."""
        process = self.launch()
        assert process.stdout is not None
        readable(process.stdout.fileno())
        words = process.stdout.readline().decode().split()
        assert words[:3] == ["reglue", "listens", "on"], f"The daemon did not start:\n{self.tail()}"
        self._publish(words[3])
        return words[3]

    def end(self, number: signal.Signals) -> int:
        """Sends a signal and waits for the end; the exit code, -n after signal n."""
        assert self.process is not None
        self._publish(None)
        self.process.send_signal(number)
        code = self.process.wait(DEADLINE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._reader.join(DEADLINE_SECONDS)
        return code

    def url(self) -> str:
        """Where the present daemon answers, once there is one. Raises Stopped after `close`."""
        with self._changed:
            ready = self._changed.wait_for(lambda: self._closed or self._url is not None, DEADLINE_SECONDS)
            if self._closed:
                raise Stopped
            assert ready, f"No daemon for {DEADLINE_SECONDS} s:\n{self.tail()}"
            assert self._url is not None
            return self._url

    def close(self) -> None:
        """Tells the clients to end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def open(self) -> None:
        """Lets clients in again."""
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether the clients were told to end."""
        return self._closed

    def limit_file_size(self, most: int = resource.RLIM_INFINITY) -> None:
        """Lets the running daemon write no file beyond this size, as if the disk were full; without a size lifts it."""
        assert self.process is not None
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def complaints(self) -> list[str]:
        """What the daemons logged as errors, and tracebacks; not what was cut off by a kill."""
        lines = self.log_lines.read_text(errors="replace").splitlines()
        return [line for line in lines if not line.startswith("{") or '"level":"error"' in line]

    def tail(self) -> str:
        """The last lines that the daemons logged."""
        return "\n".join(self.log_lines.read_text(errors="replace").splitlines()[-20:])

    def starts(self) -> list[str]:
        """The job run ids in the order in which their scripts began."""
        return self.started.read_text().split() if self.started.exists() else []

    def clean_up(self) -> None:
        """Ends what a failed test may have left: the daemon and the processes of its jobs."""
        self.close()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(DEADLINE_SECONDS)
        for pid in self.job_processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def job_processes(self) -> list[int]:
        """The processes of this site's jobs: those that carry an attempt's marker and our file's name."""
        ours = f"CRASH_STARTED={self.started}".encode()
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _is_job(pid, ours)]

    def await_no_processes(self) -> None:
        """Waits until no job's process is left."""
        until(self.job_processes, lambda pids: not pids)

    def _publish(self, url: str | None) -> None:
        with self._changed:
            self._url = url
            self._changed.notify_all()


def _is_job(pid: int, ours: bytes) -> bool:
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return ours in variables and any(variable.startswith(MARKER) for variable in variables)
