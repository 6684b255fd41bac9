"""The same shapes with a real process a node: /bin/true through the command `shell`, adopted, logged and reaped."""

from collections.abc import Iterator

from tests.bench.driven import driven, run
from tests.bench.figures import Figure, of
from tests.bench.floors import DurableTable, spawn
from tests.bench.room import Room
from tests.bench.workflows import chain, fan_out

NODES = 100
LEAVES = 500


def measure_chain(room: Room) -> Iterator[Figure]:
    """Milliseconds a node of a chain."""
    yield run(_chain(room))


async def _chain(room: Room) -> Figure:
    floor = DurableTable(room.scratch / "floor.db")
    values, floors = [], []
    async with driven(room.scratch / "state", "process") as daemon:
        await daemon.define(chain("chain", NODES))
        await daemon.run("chain")
        for _ in range(room.repetitions(7)):
            floors.append((floor.commit() + spawn()) * 1000)
            values.append((await daemon.run("chain"))[1] * 1000 / NODES)
    floor.close()
    return of("chain of processes", values, floors)


def measure_fan_out(room: Room) -> Iterator[Figure]:
    """Seconds for one process, many beside each other, and one that waits for all of them."""
    yield run(_fan_out(room))


async def _fan_out(room: Room) -> Figure:
    values, floors = [], []
    async with driven(room.scratch / "state", "process") as daemon:
        await daemon.define(fan_out("fan", LEAVES))
        await daemon.run("fan")
        for _ in range(room.repetitions(5)):
            floors.append(spawn(100) * (LEAVES + 2))
            values.append((await daemon.run("fan"))[1])
    return of("fan-out of processes", values, floors)
