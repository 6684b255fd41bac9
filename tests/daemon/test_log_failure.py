"""The log cannot be written: changes are refused with the reason, reads stay true, and the engine recovers."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from daemon import commands, recovery
from daemon.engine import LOG_FILE
from daemon.errors import EntityNotFound, LogUnavailable
from projections.references import UnknownRun
from tests.daemon.disks import BusyDisk
from tests.daemon.engines import DEADLINE_SECONDS, RunningEngine, taken_turns

pytestmark = pytest.mark.anyio

HANGS = {"--outcome": "HANG"}
CHAIN = "T1: -> A\nT2: A -> B"
NEW: tuple[Any, ...] = (commands.DefineWorkflow, "new", {})


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine tries again after a moment instead of seconds."""
    monkeypatch.setattr(recovery, "RETRY_SECONDS", 0.01)


async def test_change_is_refused_with_the_reason(tmp_path: Path) -> None:
    """The caller learns what the disk said, and that nothing was changed."""
    async with RunningEngine(tmp_path) as running:
        disk = BusyDisk(tmp_path / LOG_FILE)
        disk.hold()
        with pytest.raises(LogUnavailable, match=r"Nothing was changed: .*database is locked"):
            await running.ask(*NEW)
        assert running.engine.health()["status"] == "log unavailable"
        assert "database is locked" in running.engine.health()["reason"]
        disk.let_go()
        await running.idle()
        assert disk.streams() == []
        assert running.engine.health()["status"] == "ready"
        assert await running.ask(*NEW) == "new"
        disk.close()


async def test_memory_is_not_ahead_of_the_log_after_a_failure(tmp_path: Path) -> None:
    """What could not be written is gone from memory; what was there before goes on."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN, A=HANGS)
        run = await running.ask(commands.StartRun, "W")
        disk = BusyDisk(tmp_path / LOG_FILE)
        disk.hold()
        lost = (running.ask(commands.StartRun, "W"), running.ask(commands.StopRun, "W", run), running.ask(*NEW))
        answers = await asyncio.gather(*lost, return_exceptions=True)
        assert {type(answer) for answer in answers} == {LogUnavailable}
        disk.let_go()
        await running.idle()
        assert running.engine.standing.designs.workflow("new") is None
        assert list(running.engine.standing.runs) == [run]
        assert running.graph(run).status == "RUNNING"
        assert [summary.run_id for _, summary in running.engine.runs_of("W", 9)] == [run]
        await running.ask(commands.StopRun, "W", run)
        assert (await running.ended(run)).status == "STOPPED"
        disk.close()


async def test_read_during_the_failure_is_not_given_as_true(tmp_path: Path) -> None:
    """A reader that looked before the failure was known is told to ask again, not that all is on the disk."""
    async with RunningEngine(tmp_path) as running:
        disk = BusyDisk(tmp_path / LOG_FILE)
        disk.hold()
        asking = asyncio.ensure_future(running.ask(*NEW))
        await asyncio.sleep(0)
        assert running.engine.standing.designs.workflow("new") is not None
        with pytest.raises(LogUnavailable):
            await running.engine.settled()
        with pytest.raises(LogUnavailable):
            await asking
        disk.let_go()
        await running.idle()
        await running.engine.settled()
        assert running.engine.standing.designs.workflow("new") is None
        disk.close()


async def ended_at_last(running: RunningEngine, run: str) -> None:
    """Waits for a run's end past commits that were refused before the disk was let go."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            await running.idle()
            with contextlib.suppress(LogUnavailable):
                await running.ended(run)
                return


async def test_outcome_that_could_not_be_written_comes_again(tmp_path: Path) -> None:
    """A job that ends while the log is unwritable has ended, with its state, when it is writable."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN, A=HANGS)
        run = await running.ask(commands.StartRun, "W")
        attempt = running.graph(run).attempts["JOB:A"][0].id
        disk = BusyDisk(tmp_path / LOG_FILE)
        disk.hold()
        running.engine.executor.stop(attempt, "STOPPED")
        await taken_turns()
        with pytest.raises(LogUnavailable):
            await running.ask(*NEW)
        disk.let_go()
        await ended_at_last(running, run)
        assert running.states(run) == {"A": "STOPPED"}
        disk.close()


async def test_attempt_is_started_only_after_its_commit(tmp_path: Path) -> None:
    """A start that could not be written starts nothing: no run, no attempt, not even later."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN)
        disk = BusyDisk(tmp_path / LOG_FILE)
        before = len(disk.streams())
        disk.hold()
        with pytest.raises(LogUnavailable):
            await running.ask(commands.StartRun, "W")
        disk.let_go()
        await running.idle()
        await taken_turns()
        await running.engine.settled()
        assert len(disk.streams()) == before
        assert running.engine.job_runs_of("A", 9) == []
        disk.close()


async def test_errors_of_decisions_are_no_failure(tmp_path: Path) -> None:
    """A command that is refused leaves the engine ready."""
    async with RunningEngine(tmp_path) as running:
        with pytest.raises(EntityNotFound):
            await running.ask(commands.StartRun, "W")
        with pytest.raises(UnknownRun):
            running.graph("wr_0")
        assert running.engine.health()["status"] == "ready"


async def test_closing_engine_refuses_changes(tmp_path: Path) -> None:
    """After its close every command is refused and says so."""
    async with RunningEngine(tmp_path) as running:
        pass
    with pytest.raises(LogUnavailable, match="stopping"):
        await running.ask(*NEW)
