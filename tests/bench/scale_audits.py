"""The audits of the command line on a very long log, each a process of its own: how fast, and in how much memory."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from daemon.engine import LOG_FILE
from events.reading import ReadOnlyLog
from tests.bench.figures import Figure, of
from tests.bench.floors import fetch_and_loads
from tests.bench.served import COMMAND

REPETITIONS = 3
MOST_SECONDS = 60
"""What takes longer than this is measured once."""


def measure_audits(short: Path, long: Path) -> Iterator[Figure]:
    """Replay and verification of the whole log, with the log's floor between them."""
    with ReadOnlyLog(long / LOG_FILE) as log:
        events = log.position()
    floors: list[float] = []
    rates: dict[str, list[float]] = {"replay": [], "verify": []}
    memory: dict[str, list[float]] = {"replay": [], "verify": []}
    for _ in range(REPETITIONS):
        floors.append(events / fetch_and_loads(long / LOG_FILE))
        seconds = 0.0
        for name in rates:
            seconds, peak = _audit(name, long)
            rates[name].append(events / seconds)
            memory[name].append(peak)
        if seconds > MOST_SECONDS:
            break
    for name in rates:
        yield of(name, rates[name], floors)
        yield of(f"{name} memory", memory[name], [_audit(name, short)[1]])


def _audit(name: str, state_dir: Path) -> tuple[float, float]:
    """Seconds from start to end, and MiB at most. Raises RuntimeError when it finds anything."""
    began = time.perf_counter()
    command = [COMMAND, "audit", name, "--json", "--state-dir", str(state_dir)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"reglue audit {name} ended with {process.returncode}")
    return time.perf_counter() - began, used.ru_maxrss / 1024
