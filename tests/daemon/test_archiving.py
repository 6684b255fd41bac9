"""Archives in a running engine: what others do meanwhile goes on, and is not lost."""

import asyncio
from pathlib import Path

import pytest

from daemon import commands
from daemon.archiving import Request
from daemon.audit.verification import Evidence, verify
from daemon.engine import LOG_FILE
from daemon.errors import RunInArchive
from tests.daemon.engines import RunningEngine

RUNS = 6

pytestmark = pytest.mark.anyio


async def ended(running: RunningEngine) -> list[str]:
    """Runs that have ended, under a seal."""
    await running.define("W", "T1: -> A\nT2: A -> B")
    runs = [await running.ask(commands.StartRun, "W", {}) for _ in range(RUNS)]
    await running.until(lambda: not running.engine.standing.runs)
    await running.engine.settled()
    assert await running.engine.sealing.run_once() is not None
    return runs


def request(running: RunningEngine, runs: list[str]) -> Request:
    """What a client asks for that has archived these runs as they are now."""
    return Request("a.jsonl", "ab" * 32, [(run, running.graph(run).version) for run in runs])


async def test_archived_run_is_served_by_its_row(tmp_path: Path) -> None:
    """The runs are there as rows at once, their events and job runs are not, and the log is sound."""
    async with RunningEngine(tmp_path) as running:
        runs = await ended(running)
        attempt = running.graph(runs[0]).attempts["JOB:A"][0].id
        done = await running.engine.archiving.archive(request(running, runs[:2]), "api:test")
        assert (done.runs, done.refused) == (tuple(runs[:2]), {})
        assert running.engine.run_of_attempt(attempt) is None
        rows = [row for _, row in running.engine.runs_of("W", 100)]
        assert [(row.run_id, row.archived is not None) for row in rows] == [
            (run, run in runs[:2]) for run in reversed(runs)
        ]
        with pytest.raises(RunInArchive, match=r"by api:test into a\.jsonl"):
            running.engine.refuse_archived(runs[0])
        running.engine.refuse_archived(runs[2])
        again = await running.engine.archiving.archive(request(running, runs[:3]), "api:test")
        assert again.runs == (runs[2],)
        assert set(again.refused) == set(runs[:2])
    assert verify(tmp_path / LOG_FILE, Evidence()).findings == []


@pytest.mark.parametrize("place", [0, RUNS - 1])
async def test_run_that_is_resumed_meanwhile_stays(tmp_path: Path, place: int) -> None:
    """Others are answered while the runs are looked up one by one; one that is resumed then, looked up already or not,
    stays in the log, and the others go."""
    async with RunningEngine(tmp_path) as running:
        runs = await ended(running)
        archive = asyncio.ensure_future(running.engine.archiving.archive(request(running, runs), "api:test"))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not archive.done()
        resumed = await running.resume(runs[place], "B")
        done = await archive
        assert set(done.refused) == {runs[place]}
        assert "resumed" in done.refused[runs[place]]
        assert set(done.runs) == set(runs) - {runs[place]}
        await running.until(lambda: not running.engine.standing.runs)
        assert running.graph(resumed).attempts["JOB:A"][0].run_id == runs[place]


async def test_properties_put_meanwhile_are_not_lost(tmp_path: Path) -> None:
    """A run that gets properties while it is archived stays, with them."""
    async with RunningEngine(tmp_path) as running:
        runs = await ended(running)
        archive = asyncio.ensure_future(running.engine.archiving.archive(request(running, runs), "api:test"))
        for _ in range(3):
            await asyncio.sleep(0)
        await running.ask(commands.PutRunProperties, "W", runs[0], {"checked": "yes"})
        done = await archive
        assert "it has changed" in done.refused[runs[0]]
        assert running.graph(runs[0]).properties == {"checked": "yes"}
