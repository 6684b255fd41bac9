"""Resuming a large run of which one leaf failed: how long, what it writes, and how long its preview takes."""

from collections.abc import Iterator

from daemon import commands
from daemon.engine import LOG_FILE
from events.vocabulary import unique_id
from tests.bench.driven import driven, job_body, run
from tests.bench.figures import Figure, of
from tests.bench.floors import DurableTable, rows_of
from tests.bench.room import Room
from tests.bench.workflows import leaves

NODES = 1_000
WORKFLOW = "large"
FAILED = f"{WORKFLOW}-00500"
NODE_ID = unique_id(WORKFLOW, "JOB", FAILED)


def measure_resume(room: Room) -> Iterator[Figure]:
    """Seconds of the preview, and from the request to the end of the new run: warm, then first after a restart;
    events and bytes."""
    failed = run(_failed_run(room))
    floor = DurableTable(room.scratch / "floor.db")
    warm, cold, floors, previews, resumed = [], [], [], [], ""
    for _ in range(room.repetitions(5)):
        floors.append(2 * floor.commit())
        resumed, first, later = run(_resumes(room, failed))
        cold.append(first)
        warm += later
        previews += run(_previews(room, failed))
    floor.close()
    yield of("resume preview", previews)
    yield of("resume", warm, floors)
    yield of("resume cold", cold, floors)
    rows = rows_of(room.scratch / "state" / LOG_FILE, resumed)
    yield of("resume events", [len(rows)])
    yield of("resume bytes", [sum(len(stream) + 8 + len(name) + len(body) for stream, _, name, body in rows)])


async def _failed_run(room: Room) -> str:
    """Makes the run with the failed leaf, then repairs the leaf's job."""
    async with driven(room.scratch / "state") as daemon:
        await daemon.define(leaves(WORKFLOW, NODES), failing=[FAILED])
        run_id, _ = await daemon.run(WORKFLOW)
        await daemon.ask(commands.ChangeJob, FAILED, job_body())
        return run_id


async def _previews(room: Room, failed: str) -> list[float]:
    """Seconds of previews, as the body of an answer over HTTP."""
    async with driven(room.scratch / "state") as daemon:
        return [daemon.preview(WORKFLOW, failed, NODE_ID) for _ in range(5)]


async def _resumes(room: Room, failed: str) -> tuple[str, float, list[float]]:
    """The id of a resumed run, the seconds of the first resume after a start, and those of later ones."""
    async with driven(room.scratch / "state") as daemon:
        resumed, first = await daemon.resume(WORKFLOW, failed, NODE_ID)
        later = [(await daemon.resume(WORKFLOW, failed, NODE_ID))[1] for _ in range(5)]
        return resumed, first, later
