"""What an attempt leaves on the disk: the directory by which a restarted daemon knows how far it came.

    stdout.log, stderr.log   the job's output
    claim                    who runs the attempt (JSON, one line); written before the wrapper is told to go
    exit                     the exit code, one line, by the wrapper; "lost" if the attempt may have run before a reboot
    never.<turn>             by a wrapper that was never told to go, and so started nothing

`claim` and `exit` are written by one write() each and count only with their final newline. So: no claim - the job
never began; claim and `never` of the claim's turn - it never began either; `exit` - it ended; claim alone - it
runs, or it vanished. None of this needs fsync: after a reboot, when writes may be missing, no process of the
attempt is left, and an attempt without a claim is not started again (`boot_record.py`).
"""

import errno
import os
import re
from pathlib import Path

import msgspec

from daemon.executors.port import LogFiles

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
_EXIT = re.compile(rb"(\d{1,3}|lost)\n")
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
_DIRECTORY_MODE = 0o750
FILE_MODE = 0o640


class Claim(msgspec.Struct, frozen=True):
    """Who runs an attempt: the wrapper's process id, when it started, in which boot, and its turn.

    The start lies between `earliest` and `latest`, in clock ticks since boot: mostly one and the same tick. `turn`
    tells the wrappers of one attempt apart, of which all but the last never began.
    """

    pid: int
    earliest: int
    latest: int
    boot: str
    turn: str


class Exit(msgspec.Struct, frozen=True):
    """What `exit` says: the code (None: "lost") and when it was written, in milliseconds since the epoch."""

    code: int | None
    ended_at: int


_decode_claim = msgspec.json.Decoder(Claim).decode
_encode_claim = msgspec.json.Encoder().encode


class AttemptDirectory:
    """The directory of one attempt, `<root>/<shard>/<job run id>`. Raises ValueError for an id that is no safe name."""

    __slots__ = ("_shard", "path")

    def __init__(self, root: str, job_run_id: str) -> None:
        if not _SAFE_ID.fullmatch(job_run_id):
            raise ValueError(f"{job_run_id!r} is no job run id: letters, digits, _ and - only, 200 at most")
        # The last characters of the first attempt's id are random: they spread the attempts over 256 directories.
        shard = job_run_id.partition("_attempt_")[0][-2:]
        self._shard = f"{root}/{shard}"
        self.path = f"{self._shard}/{job_run_id}"

    def make(self) -> bool:
        """Make the directory; False if it was there already."""
        try:
            os.mkdir(self.path, _DIRECTORY_MODE)
        except FileExistsError:
            return False
        except FileNotFoundError:
            os.makedirs(self._shard, _DIRECTORY_MODE, exist_ok=True)
            os.mkdir(self.path, _DIRECTORY_MODE)
        return True

    @property
    def stdout(self) -> str:
        """Path of the job's standard output."""
        return f"{self.path}/stdout.log"

    @property
    def stderr(self) -> str:
        """Path of the job's standard error."""
        return f"{self.path}/stderr.log"

    def logs(self) -> LogFiles:
        """Both log files."""
        return LogFiles(Path(self.stdout), Path(self.stderr))

    def write_claim(self, claim: Claim) -> None:
        """Note who runs the attempt. Raises FileExistsError if somebody else did before, OSError if the disk fails."""
        _write_line(f"{self.path}/claim", _encode_claim(claim), os.O_EXCL)

    def read_claim(self) -> Claim | None:
        """Who runs or ran the attempt; None if nobody was ever told to."""
        content = _read(f"{self.path}/claim")
        return _decode_claim(content) if content.endswith(b"\n") else None

    def read_exit(self) -> Exit | None:
        """How the attempt ended, None while it has not."""
        try:
            with open(f"{self.path}/exit", "rb", buffering=0) as file:
                found = _EXIT.fullmatch(file.read(8) or b"")
                written_at = os.fstat(file.fileno()).st_mtime_ns // 1_000_000
        except FileNotFoundError:
            return None
        if found is None:
            return None
        return Exit(None if found[1] == b"lost" else int(found[1]), written_at)

    def is_unclaimed(self) -> bool:
        """Whether nobody was ever told to run the attempt and nobody gave it up."""
        return self.read_claim() is None and self.read_exit() is None

    def write_lost(self) -> None:
        """Note that the attempt may have run before a reboot and must not be started again."""
        self.make()
        _write_line(f"{self.path}/exit", b"lost", os.O_TRUNC)

    def never_began(self, claim: Claim) -> bool:
        """Whether the claim's wrapper ended without starting the job."""
        return os.path.exists(f"{self.path}/never.{claim.turn}")

    def clear_claim(self) -> None:
        """Take away a claim that never began, or was not written to its end, so that the next turn can make its own."""
        try:
            os.unlink(f"{self.path}/claim")
        except FileNotFoundError:
            return


def _write_line(path: str, line: bytes, flags: int) -> None:
    content = line + b"\n"
    descriptor = os.open(path, _CREATE | flags, FILE_MODE)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    finally:
        os.close(descriptor)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(4096) or b""
    except FileNotFoundError:
        return b""
