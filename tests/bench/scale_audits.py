"""The audits of the command line on a very long log, each a process of its own: how fast, and in how much memory."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from daemon.engine import LOG_FILE
from events.reading import ReadOnlyLog
from tests.bench.figures import Figure, of
from tests.bench.floors import fetch_and_loads
from tests.bench.served import COMMAND

REPETITIONS = 3
MOST_SECONDS = 60
"""What takes longer than this is measured once."""

AUDITS = ("replay", "verify")


class _Cost(NamedTuple):
    """What a pass over the log took: seconds, seconds of a processor, and MiB at most."""

    seconds: float
    processor: float
    memory: float = 0.0


def measure_audits(short: Path, long: Path) -> Iterator[Figure]:
    """Replay and verification of the whole log, with the log's floor between them. Processor time is given beside
    that of the clock, because a busy machine stretches only the one."""
    with ReadOnlyLog(long / LOG_FILE) as log:
        events = log.position()
    floors: list[_Cost] = []
    costs: dict[str, list[_Cost]] = {name: [] for name in AUDITS}
    for _ in range(REPETITIONS):
        floors.append(_floor(long / LOG_FILE))
        for name in AUDITS:
            costs[name].append(_audit(name, long))
        if floors[0].seconds + costs["replay"][0].seconds > MOST_SECONDS:
            break
    for name in AUDITS:
        yield of(name, [events / c.seconds for c in costs[name]], [events / c.seconds for c in floors])
        processors = [events / c.processor for c in costs[name]], [events / c.processor for c in floors]
        yield of(f"{name} processor", *processors)
        yield of(f"{name} memory", [c.memory for c in costs[name]], [_audit(name, short).memory])


def _floor(log: Path) -> _Cost:
    began = time.process_time()
    return _Cost(fetch_and_loads(log), time.process_time() - began)


def _audit(name: str, state_dir: Path) -> _Cost:
    """One audit from start to end. Raises RuntimeError when it finds anything."""
    began = time.perf_counter()
    command = [COMMAND, "audit", name, "--json", "--state-dir", str(state_dir)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"reglue audit {name} ended with {process.returncode}")
    return _Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
