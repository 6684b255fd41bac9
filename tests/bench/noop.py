"""The orchestrator's own cost: chains and fan-outs of no-op nodes, every event durable."""

from collections.abc import Iterator

from daemon.engine import LOG_FILE
from tests.bench.driven import driven, run
from tests.bench.figures import Figure, of
from tests.bench.floors import DurableTable, rows_of
from tests.bench.room import Room
from tests.bench.workflows import chain, fan_out

NODES = 100
LEAVES = 500


def measure_chain(room: Room) -> Iterator[Figure]:
    """Milliseconds a node of a chain, from the request to the end of the run."""
    yield run(_chain(room))


async def _chain(room: Room) -> Figure:
    floor = DurableTable(room.scratch / "floor.db")
    values, floors = [], []
    async with driven(room.scratch / "state") as daemon:
        await daemon.define(chain("chain", NODES))
        await daemon.run("chain")
        for _ in range(room.repetitions(15, 7)):
            floors.append(floor.commit() * 1000)
            values.append((await daemon.run("chain"))[1] * 1000 / NODES)
    floor.close()
    return of("chain", values, floors)


def measure_fan_out(room: Room) -> Iterator[Figure]:
    """Seconds for one node, many beside each other, and one that waits for all of them."""
    yield run(_fan_out(room))


async def _fan_out(room: Room) -> Figure:
    floor = DurableTable(room.scratch / "floor.db")
    values, floors = [], []
    async with driven(room.scratch / "state") as daemon:
        await daemon.define(fan_out("fan", LEAVES))
        warm_up, _ = await daemon.run("fan")
        rows = rows_of(room.scratch / "state" / LOG_FILE, warm_up)
        for _ in range(room.repetitions(15, 7)):
            floors.append(floor.insert(rows, len(rows)))
            values.append((await daemon.run("fan"))[1])
    floor.close()
    return of("fan-out", values, floors, f"{len(rows)} events a run")
