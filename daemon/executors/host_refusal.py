"""What to tell when the machine refuses to run a job: the system's reason and, where one is known, the way out."""

import errno
import os

_WAYS_OUT = {
    errno.E2BIG: "The job's arguments and environment are longer than the system allows; pass long values in a file.",
    errno.ENOSPC: "The disk is full; make room for the state directory {place}.",
    errno.EDQUOT: "The disk quota is used up; make room for the state directory {place}.",
    errno.EROFS: "The state directory {place} must be writable.",
    errno.EACCES: "The daemon's user must be able to write to the state directory {place}.",
    errno.EMFILE: "The daemon has too many open files; raise its limit (ulimit -n, LimitNOFILE).",
    errno.ENFILE: "The machine has too many open files; raise fs.file-max.",
    errno.EAGAIN: "The machine or the daemon's user has too many processes; raise the limit (ulimit -u, TasksMax).",
    errno.ENOMEM: "The machine is out of memory.",
}


def not_started(error: OSError | ValueError, place: str) -> str:
    """For an attempt whose process could not be started; `place` is the directory of all attempts."""
    if isinstance(error, OSError) and error.errno is not None:
        way_out = _WAYS_OUT.get(error.errno, "See that the state directory {place} and /bin/sh are as they should be.")
        return f"The job's process could not be started: {os.strerror(error.errno)}. {way_out.format(place=place)}"
    return (
        f"The job's process could not be started: {error}. Its id, script, arguments and environment must be plain "
        "text without NUL characters, and a variable's name must not be empty or hold '='."
    )


def not_taken_up(error: OSError | ValueError) -> str:
    """For an attempt whose directory could not be read after a restart of the daemon."""
    return f"After a restart of the daemon it could not be told how this attempt ended: {error}."
