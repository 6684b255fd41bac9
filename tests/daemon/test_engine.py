"""The engine's working parts together: runs, views, restarts, timeouts."""

from pathlib import Path
from typing import Any

import pytest

from daemon import commands
from daemon.engine import VIEWS_FILE
from projections.rebuild import reader
from projections.standing import Standing
from tests.daemon.clocks import StandingClock
from tests.daemon.engines import RunningEngine
from tests.projections.comparing import graph_values

pytestmark = pytest.mark.anyio

W1 = """
T1: -> J1
T2: J1 -> J2
T3: J1 -> J3
T4: J2 -> J4
T5: J3 -> J5
"""
FAILS, HANGS = {"--outcome": "FAILED"}, {"--outcome": "HANG"}
REPAIRED: dict[str, Any] = {"DefaultArguments": {}}


async def test_seed_story(tmp_path: Path) -> None:
    """W1 partly fails, its cause is repaired, it is resumed, and the history shows both runs."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W1", W1, J2=FAILS, J3=FAILS)
        first = await running.ask(commands.StartRun, "W1")
        await running.ended(first)
        assert running.states(first) == {"J1": "SUCCEEDED", "J2": "FAILED", "J3": "FAILED"}
        for job in ("J2", "J3"):
            await running.ask(commands.ChangeJob, job, REPAIRED)
        second = await running.resume(first, "J2", "J3")
        await running.ended(second)
        assert set(running.states(second).values()) == {"SUCCEEDED"}
        history = [summary for _, summary in running.engine.runs_of("W1", 10)]
        assert [(s.run_id, s.previous, s.outcome) for s in history] == [
            (second, first, "SUCCEEDED"),
            (first, "", "PARTLY_FAILED"),
        ]
        assert running.engine.latest_run("W1") == history[0]
        attempt = running.graph(first).attempts["JOB:J1"][0]
        assert running.engine.run_of_attempt(attempt.id) == first
        assert [run for _, _, run in running.engine.job_runs_of("J2", 10)] == [second, first]


async def test_log_says_all_that_the_engine_says(tmp_path: Path) -> None:
    """Folding the log from nothing gives the engine's graphs."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W1", W1, J2=FAILS)
        first = await running.ask(commands.StartRun, "W1", {"a": "1"})
        await running.ended(first)
        second = await running.resume(first, "J1")
        await running.ended(second)
        fresh = Standing(reader(running.ledger))
        for recorded in running.ledger.after(0):
            fresh.apply(recorded.stream, recorded.event)
        for run in (first, second):
            assert graph_values(fresh.graph(run)) == graph_values(running.graph(run))


def damage(rows: str, state_dir: Path) -> None:
    """Does to the rows between two starts what the word says."""
    path = state_dir / VIEWS_FILE
    if rows == "lost":
        path.unlink()
    if rows == "damaged":
        path.write_bytes(b"rubbish" * 1_000)


@pytest.mark.parametrize("rows", ["kept", "lost", "damaged"])
async def test_next_engine_stands_where_the_last_one_stood(tmp_path: Path, rows: str) -> None:
    """With its rows or without: history, definitions and what is under way."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W1", W1, J3=HANGS)
        run = await running.ask(commands.StartRun, "W1")
        await running.until(lambda: running.states(run).get("J4") == "SUCCEEDED")
        before = graph_values(running.graph(run))
        history = running.engine.runs_of("W1", 10)
    damage(rows, tmp_path)
    async with RunningEngine(tmp_path) as running:
        assert graph_values(running.graph(run)) == before
        assert running.engine.runs_of("W1", 10) == history
        attempt = running.graph(run).attempts["JOB:J3"][0].id
        await running.ask(commands.StopJobRun, run, attempt)
        graph = await running.ended(run)
        assert graph.statistics["StoppedActions"] == 1


async def test_rows_are_written_when_the_engine_closes(tmp_path: Path) -> None:
    """After a clean end the rows are where the log is."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W1", W1)
        position = running.ledger.position()
    async with RunningEngine(tmp_path) as running:
        assert running.engine.health() | {"pid": 0} == {
            "status": "ready",
            "reason": None,
            "active_runs": 0,
            "position": position,
            "executor": "noop",
            "pid": 0,
            "mqtt": {"state": "off"},
        }


async def test_attempt_is_timed_out(tmp_path: Path) -> None:
    """When a job's minutes are over its attempt ends as TIMEOUT; not a moment before."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.define("W", "T1: -> A\nT2: A=TIMEOUT -> B", A=HANGS)
        run = await running.ask(commands.StartRun, "W")
        clock.time += 59_999
        assert running.engine.dispatch.deadlines.run_due() == 0
        clock.time += 1
        assert running.engine.dispatch.deadlines.run_due() == 1
        await running.ended(run)
        assert running.states(run) == {"A": "TIMEOUT", "B": "SUCCEEDED"}


async def test_timeout_goes_on_counting_over_a_restart(tmp_path: Path) -> None:
    """The next engine sets the deadline from the attempt's start."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.define("W", "T1: -> A", A=HANGS)
        run = await running.ask(commands.StartRun, "W")
        clock.time += 30_000
    async with RunningEngine(tmp_path, clock) as running:
        clock.time += 29_999
        assert running.engine.dispatch.deadlines.run_due() == 0
        clock.time += 1
        assert running.engine.dispatch.deadlines.run_due() == 1
        await running.ended(run)
        assert running.states(run) == {"A": "TIMEOUT"}


async def test_ended_attempts_have_no_deadline(tmp_path: Path) -> None:
    """What has ended is not timed out later."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.define("W", "T1: -> A")
        await running.ended(await running.ask(commands.StartRun, "W"))
        clock.time += 10**9
        assert running.engine.dispatch.deadlines.run_due() == 0


@pytest.mark.parametrize("restarted", [False, True])
async def test_empty_run_ends_by_the_clock(tmp_path: Path, restarted: bool) -> None:
    """A run with nothing to do ends after a second, also when the engine was restarted in between."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.ask(commands.DefineWorkflow, "W", {})
        run = await running.ask(commands.StartRun, "W")
        if not restarted:
            clock.time += 1_000
            assert running.engine.dispatch.deadlines.run_due() == 1
            await running.ended(run)
    async with RunningEngine(tmp_path, clock) as running:
        clock.time += 1_000
        assert running.engine.dispatch.deadlines.run_due() == int(restarted)
        assert (await running.ended(run)).status == "COMPLETED"


async def test_definition_of_a_job_in_the_past(tmp_path: Path) -> None:
    """At any version of its stream, tags counted, the job's definition is what it was then."""
    async with RunningEngine(tmp_path) as running:
        await running.ask(commands.DefineJob, "J", {"Timeout": 1})
        await running.ask(commands.TagResource, "job", "J", {"a": "1"})
        await running.ask(commands.ChangeJob, "J", {"Timeout": 3})
        await running.ask(commands.RemoveJob, "J")
        await running.ask(commands.DefineJob, "J", {"Timeout": 5})
        found = [running.engine.job_at("J", version).get("Timeout") for version in range(6)]
        assert found == [None, 1, 1, 3, 3, 5]
        assert running.engine.job_at("absent", 1) == {}


async def test_resume_under_a_waiting_crowd(tmp_path: Path) -> None:
    """Many runs of one job that may run once: all end, one after the other, each attempt once."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A")
        runs = [await running.ask(commands.StartRun, "W") for _ in range(30)]
        for run in runs:
            await running.ended(run)
        assert running.engine.standing.slots.crowded() == ()
        assert len(running.engine.job_runs_of("A", 100)) == 30
