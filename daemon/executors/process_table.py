"""What /proc tells of processes and process groups: start times, members, whose they are.

A process id alone names nothing for long, because ids are used again. The start time tells two processes of one id
apart; the marker that every job carries in its environment tells whether a group without its leader is still the
job's.
"""

import os
import signal
import time

_NANOSECONDS_A_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
MARKER = "REGLUE_ATTEMPT"
"""The environment variable that names the attempt in each process of a job."""


def ticks() -> int:
    """The present time on the clock by which processes have their start times: in clock ticks since boot."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NANOSECONDS_A_TICK


def start_time(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None if there is no such process.

    While the process is still loading its program the answer takes until it has done so.
    """
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def members(group: int) -> list[int]:
    """The process ids of a group, without zombies."""
    return [pid for pid in _pids() if _group_of(pid) == group and _is_alive(pid)]


def group_exists(group: int) -> bool:
    """Whether the group has any member, zombies included: much cheaper than `members`."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to every process of a group that there is and that we may signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # Gone in the meantime; or nothing but processes that changed to another user, which the kernel keeps from us.
        return


def kill_orphans(group: int, job_run_id: str) -> None:
    """KILL what is left of a group whose leader was not seen ending, if it carries the attempt's marker."""
    if group_exists(group) and any(_is_marked(pid, job_run_id) for pid in members(group)):
        signal_group(group, signal.SIGKILL)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _is_alive(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] not in (b"Z", b"X")


def _is_marked(pid: int, job_run_id: str) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return f"{MARKER}={job_run_id}".encode() in file.read().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/<pid>/stat from the state on (the name before it may hold anything); [] if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            content = file.read(2048) or b""
    except (FileNotFoundError, ProcessLookupError):
        return []
    return content[content.rfind(b")") + 2 :].split()
