"""The command line's own start."""

import subprocess
import time
from collections.abc import Iterator

from tests.bench.figures import Figure, of
from tests.bench.floors import bare_python
from tests.bench.room import Room
from tests.bench.served import COMMAND


def measure_version(room: Room) -> Iterator[Figure]:
    """Seconds of `reglue version`, from start to end."""
    values, floors = [], []
    for _ in range(room.repetitions(11, 5)):
        floors.append(bare_python())
        began = time.perf_counter()
        subprocess.run([COMMAND, "version"], check=True, stdout=subprocess.DEVNULL)
        values.append(time.perf_counter() - began)
    yield of("version", values, floors)
