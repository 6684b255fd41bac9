"""Whether an event costs more in a larger graph: wide and layered workflows of 100, 1,000 and 10,000 nodes."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median

from tests.bench.driven import Driven, driven, run
from tests.bench.figures import Figure, of
from tests.bench.room import Room
from tests.bench.workflows import Shape, fan_out, layered

SIZES = (100, 1_000, 10_000)
SHAPES: dict[str, Callable[[str, int], Shape]] = {
    "wide": lambda name, nodes: fan_out(name, nodes - 2),
    "layered": layered,
}


def measure_size(room: Room) -> Iterator[Figure]:
    """Microseconds an event, from the request to the end of the run; the floor is the next smaller graph's."""
    for shape in SHAPES:
        costs = {size: run(_costs(room, shape, size)) for size in SIZES}
        for smaller, size in pairwise(SIZES):
            yield of(f"{shape} {size:,}", costs[size], [median(costs[smaller])])


async def _costs(room: Room, shape: str, size: int) -> list[float]:
    """Small graphs run several times in a row, so that every size has about as many events."""
    repetitions = room.repetitions(5)
    runs = SIZES[1] // size if size < SIZES[1] else 1
    async with driven(room.scratch / f"{shape}-{size}") as daemon:
        await daemon.define(SHAPES[shape](shape, size))
        await daemon.run(shape)
        return [sum([await _cost(daemon, shape) for _ in range(runs)]) / runs for _ in range(repetitions)]


async def _cost(daemon: Driven, workflow: str) -> float:
    run_id, seconds = await daemon.run(workflow)
    return seconds * 1e6 / daemon.engine.graph(run_id).version
