"""How many processors an audit may use: where there is a second one, a long log is read in half the time."""

import os


def usable_processors() -> int:
    """The processors that this process may run on, at least one: those of the machine, unless it was given only some
    of them (as by `taskset`), where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
