"""Runs replayed from the log: only what is on the disk, in pieces, and each event once for page after page."""

import asyncio
from pathlib import Path

import pytest

from daemon import commands, replays
from events.design import Event
from projections.run_graph import evolve
from projections.run_values import RunGraph
from tests.daemon.engines import RunningEngine
from tests.projections.comparing import graph_values

pytestmark = pytest.mark.anyio


async def test_large_run_is_folded_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces, graph and frames are those of the whole run, and others have their turn between."""
    monkeypatch.setattr(replays, "AT_ONCE", 2)
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A B C\nT2: A & B & C -> D")
        run = await running.ask(commands.StartRun, "W")
        graph = await running.ended(run)
        turns: list[int] = []

        async def take_turns() -> None:
            while True:
                turns.append(len(turns))
                await asyncio.sleep(0)

        beside = asyncio.create_task(take_turns())
        folded = await running.engine.replays.graph(run, running.ledger.position())
        beside.cancel()
        assert graph_values(folded) == graph_values(graph)
        assert len(turns) >= graph.version // 2
        page = await running.engine.replays.frames(run, 0, 1_000)
        assert [frame.version for frame in page.frames] == list(range(1, graph.version + 1))


async def test_pages_fold_each_event_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page after page of frames goes on where the one before ended; a page of another run in between costs no more
    than a fold anew."""
    folded: list[Event] = []

    def counted(graph: RunGraph, event: Event) -> RunGraph:
        folded.append(event)
        return evolve(graph, event)

    monkeypatch.setattr(replays, "evolve", counted)
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A B C")
        runs = [await running.ask(commands.StartRun, "W") for _ in range(2)]
        graphs = [await running.ended(run) for run in runs]
        after: int | None = 0
        versions: list[int] = []
        while after is not None:
            page = await running.engine.replays.frames(runs[0], after, 2)
            versions += [frame.version for frame in page.frames]
            after = page.next
        assert versions == list(range(1, graphs[0].version + 1))
        assert len(folded) == graphs[0].version - 1
        pages = [await running.engine.replays.frames(run, 0, 2) for run in (*runs, *runs)]
        assert pages[:2] == pages[2:]


async def test_what_is_not_on_the_disk_is_not_replayed(tmp_path: Path) -> None:
    """While the end of a run waits for the disk, a replay shows the run as the log has it."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A", A={"--outcome": "HANG"})
        run = await running.ask(commands.StartRun, "W")
        running.engine.handler.submit(commands.StopRun(running.clock.now(), "api:test", b"s", "W", run))
        assert running.graph(run).status == "STOPPING"
        page = await running.engine.replays.frames(run, 0, 1_000)
        assert {frame.status for frame in page.frames} == {"RUNNING"}
