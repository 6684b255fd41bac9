"""Reads over HTTP: a page of runs, and the graph of a run at the end of a long chain of resumes."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from events.vocabulary import unique_id
from tests.bench.driven import driven, run
from tests.bench.figures import Figure, of
from tests.bench.history import record
from tests.bench.room import Room
from tests.bench.served import Served, served
from tests.bench.workflows import layered, w1

PAGE = 50
FEW = 1_000
RESUMES = 100
NODES = 30
WORKFLOW = "layers"
OTHER = "W1"
FAILED = f"{WORKFLOW}-5.0"


def measure_page(room: Room) -> Iterator[Figure]:
    """Milliseconds for the newest 50 runs of a workflow, out of a thousand and out of many."""
    few, many = room.scratch / "few", room.scratch / "many"
    record(few, w1(), FEW)
    record(many, w1(), room.old_runs)
    with served(few) as daemon:
        floors = _times(room, lambda: daemon.get("/healthz"))
        of_few = _times(room, lambda: _page(daemon))
    with served(many) as daemon:
        of_many = _times(room, lambda: _page(daemon))
    yield of("page", of_few, floors)
    yield of("page of many", of_many, [median(of_few)], f"{room.old_runs:,} runs")


def _page(daemon: Served) -> None:
    answer = daemon.ask("GetWorkflowRuns", Name="W1", MaxResults=PAGE)
    assert answer.count(b"wr_") >= PAGE


def _times(room: Room, read: Callable[[], object]) -> list[float]:
    """Milliseconds of many reads in turn, the first ones left out."""
    times = []
    for _ in range(room.repetitions(220, 120)):
        began = time.perf_counter()
        read()
        times.append((time.perf_counter() - began) * 1000)
    return times[20:]


def measure_resumed_chain(room: Room) -> Iterator[Figure]:
    """Milliseconds for a run with its graph: the first of a chain of resumes and the last, warm and just after a
    start."""
    state = room.scratch / "state"
    other, first, last = run(_resumed_often(state))
    with served(state) as daemon:
        warm_first = _times(room, lambda: _graph(daemon, WORKFLOW, first))
        warm_last = _times(room, lambda: _graph(daemon, WORKFLOW, last))
    yield of("graph warm", warm_last, [median(warm_first)], f"{RESUMES} resumes of {NODES} nodes")
    cold_first = [_cold(state, other, first) for _ in range(room.repetitions(7))]
    cold_last = [_cold(state, other, last) for _ in range(room.repetitions(7))]
    yield of("graph cold", cold_last, cold_first, f"{RESUMES} resumes of {NODES} nodes")


async def _resumed_often(state: Path) -> tuple[str, str, str]:
    """A run of another workflow; and a run of which one node fails, resumed from that node again and again: the ids of
    the first and the last."""
    async with driven(state) as daemon:
        await daemon.define(w1(OTHER))
        other, _ = await daemon.run(OTHER)
        await daemon.define(layered(WORKFLOW, NODES), failing=[FAILED])
        first, _ = await daemon.run(WORKFLOW)
        last = first
        for _ in range(RESUMES):
            last, _ = await daemon.resume(WORKFLOW, last, unique_id(WORKFLOW, "JOB", FAILED))
        return other, first, last


def _graph(daemon: Served, workflow: str, run_id: str) -> None:
    answer = daemon.ask("GetWorkflowRun", Name=workflow, RunId=run_id, IncludeGraph=True)
    assert run_id.encode() in answer


def _cold(state: Path, other: str, run_id: str) -> float:
    """Milliseconds of the first read of a run after a start; reads of another one have warmed up the rest."""
    with served(state) as daemon:
        for _ in range(10):
            _graph(daemon, OTHER, other)
        began = time.perf_counter()
        _graph(daemon, WORKFLOW, run_id)
        return (time.perf_counter() - began) * 1000
