"""Runs that have left the memory come back in pieces, and are the same as if they had stayed."""

import asyncio
from pathlib import Path

import pytest

from daemon import commands, past_runs
from events.design import Event
from projections.run_graph import evolve
from projections.run_values import RunGraph
from tests.daemon.engines import RunningEngine
from tests.projections.comparing import graph_values

pytestmark = pytest.mark.anyio


async def turns_beside(running: RunningEngine, run: str) -> int:
    """How often somebody else had a turn while a run was recalled."""
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(take_turns())
    await running.engine.recall(run)
    beside.cancel()
    return turns


async def test_a_run_comes_back_while_others_have_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces, the graph is that of the whole run; what is in memory already costs no turn."""
    monkeypatch.setattr(past_runs, "AT_ONCE", 2)
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A B C\nT2: A & B & C -> D")
        run = await running.ask(commands.StartRun, "W")
        graph = await running.ended(run)
        await running.engine.settled()
        running.engine.standing.references.clear()
        assert await turns_beside(running, run) >= graph.version // 2
        recalled = running.engine.standing.references.cached(run)
        assert recalled is not None
        assert recalled is not graph
        assert graph_values(recalled) == graph_values(graph)
        assert await turns_beside(running, run) == 0


async def test_a_chain_of_resumes_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run of it is folded on top of the one before, and all of them are remembered."""
    monkeypatch.setattr(past_runs, "AT_ONCE", 3)
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A B\nT2: A & B -> C")
        runs = [await running.ask(commands.StartRun, "W")]
        graphs = [await running.ended(runs[0])]
        for _ in range(3):
            runs.append(await running.resume(runs[-1], "B"))
            graphs.append(await running.ended(runs[-1]))
        await running.engine.settled()
        running.engine.standing.references.clear()
        await running.engine.recall(runs[-1])
        for run, graph in zip(runs, graphs, strict=True):
            recalled = running.engine.standing.references.cached(run)
            assert recalled is not None
            assert graph_values(recalled) == graph_values(graph)


async def test_many_who_ask_at_once_are_served_by_one_fold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event is folded once, and an id that no run has holds nobody up."""
    folded: list[Event] = []

    def counted(graph: RunGraph, event: Event) -> RunGraph:
        folded.append(event)
        return evolve(graph, event)

    monkeypatch.setattr(past_runs, "AT_ONCE", 2)
    monkeypatch.setattr(past_runs, "evolve", counted)
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A B C")
        run = await running.ask(commands.StartRun, "W")
        graph = await running.ended(run)
        await running.engine.settled()
        running.engine.standing.references.clear()
        await asyncio.gather(*(running.engine.recall(name) for name in (run, "wr_none", run, run)))
        assert len(folded) == graph.version - 1
