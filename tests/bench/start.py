"""Starting the daemon on a short and on a long history, and the memory that it takes while idle."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, of
from tests.bench.floors import bare_python
from tests.bench.history import record
from tests.bench.room import Room
from tests.bench.served import memory_in, served
from tests.bench.workflows import w1

FEW = 10


def measure_start(room: Room) -> Iterator[Figure]:
    """Seconds to ready and MiB, with few and with many old runs. The first start, which makes the views' rows, is not
    counted."""
    few, many = room.scratch / "few", room.scratch / "many"
    record(few, w1(), FEW)
    record(many, w1(), room.old_runs)
    seconds: dict[Path, list[float]] = {few: [], many: []}
    memory: dict[Path, list[tuple[float, float]]] = {few: [], many: []}
    floors = [bare_python() for _ in range(5)]
    for state in (few, many):
        with served(state):
            pass
    for _ in range(room.repetitions(9)):
        for state in (few, many):
            with served(state) as daemon:
                seconds[state].append(daemon.seconds_to_ready)
                daemon.wait_until_published()
                memory[state].append(daemon.memory())
    note = f"{room.old_runs:,} old runs"
    bare = bare_memory()
    yield of("start", seconds[few], floors, f"{FEW} old runs")
    yield of("start after many", seconds[many], seconds[few], note)
    yield of("memory", [rss for rss, _ in memory[few]], [bare], f"{FEW} old runs")
    yield of("memory share", [pss for _, pss in memory[few]], [bare], f"{FEW} old runs")
    yield of("memory after many", [rss for rss, _ in memory[many]], [bare], note)


def bare_memory() -> float:
    """The resident set of an interpreter without any module of ours, in MiB."""
    program = "print(open('/proc/self/smaps_rollup').read())"
    printed = subprocess.run([sys.executable, "-I", "-c", program], check=True, capture_output=True).stdout
    return memory_in(printed.decode())[0]
