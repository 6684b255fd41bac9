"""The process that looks at the second part of a log, and what has it do so.

It is a program of its own (`python -m daemon.audit.second_process`), so nothing of the caller is run again in it. It
reads what to look at from standard input and writes lines of JSON to standard output: how many positions are done, and
at last what it has to say, if the part is in order. It is no more than a help. If it does not start, is killed, falls
silent or says nothing in the end, its part is looked at without it; if its caller is gone, its next line finds nobody,
and it ends.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread

import msgspec

from daemon.audit.chains import Followed
from daemon.audit.parts import SecondPart, look_at_second
from events.log_file import UnreadableLog

COMMAND = (sys.executable, "-P", "-m", "daemon.audit.second_process")
MOST_SILENT_SECONDS = 60.0
"""A process that tells of no further page for so long is waited for no longer."""


class Beside:
    """The second part as another process looks at it, if there is one."""

    def __init__(self, process: "subprocess.Popen[bytes] | None" = None) -> None:
        self.process = process
        self._said: SimpleQueue[int | Followed | None] = SimpleQueue()
        self._done = 0
        self._followed: Followed | None = None
        self._listener = Thread(target=self._listen, name="second-part", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Hands on what the process says; in a thread, so that it never has to wait to be heard."""
        try:
            for line in (self.process.stdout or ()) if self.process is not None else ():
                self._said.put(msgspec.json.decode(line, type=int | Followed))
        except msgspec.DecodeError:
            pass  # it was killed within a line
        self._said.put(None)

    @property
    def done(self) -> int:
        """How many positions of the second part are done."""
        while not self._said.empty() and self._is_going_on(self._said.get()):
            pass
        return self._done

    def followed(self, told: Callable[[int], None]) -> Followed | None:
        """Waits for what the process has to say; None if it says nothing. `told` is how many positions are done."""
        try:
            while self._followed is None and self._is_going_on(self._said.get(timeout=MOST_SILENT_SECONDS)):
                told(self._done)
        except Empty:
            return None
        return self._followed

    def _is_going_on(self, said: int | Followed | None) -> bool:
        if isinstance(said, int):
            self._done = said
        elif said is not None:
            self._followed = said
        else:
            self._said.put(None)  # for whoever asks again
        return isinstance(said, int)

    def close(self) -> None:
        """Ends the process, whatever it is at."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self._listener.join()
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def beside(part: SecondPart | None) -> Iterator[Beside]:
    """Has another process look at a second part, and ends it with the context. None has nobody look at anything."""
    found = Beside(_started(part) if part is not None else None)
    try:
        yield found
    finally:
        found.close()


def _started(part: SecondPart) -> "subprocess.Popen[bytes] | None":
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    try:
        process = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=nothing)
    except OSError:
        return None  # no process, or no memory for one, is left: one will do
    assert process.stdin is not None, "it was asked for"
    try:
        with process.stdin as door:
            door.write(msgspec.json.encode(part))
    except BrokenPipeError:
        pass  # it is gone already, which its silence will tell
    return process


def _tell(said: int | Followed) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Looks at the part that standard input names. A log that cannot be read, or a caller that is gone, ends it without
    a word."""
    try:
        followed = look_at_second(msgspec.json.decode(sys.stdin.buffer.read(), type=SecondPart), _tell)
        if followed is not None:
            _tell(followed)
    except (UnreadableLog, BrokenPipeError):
        sys.exit(1)


if __name__ == "__main__":
    main()
