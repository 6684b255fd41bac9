"""Ending a job from outside: the whole group, TERM first, KILL after the grace."""

import os
import signal
import sys
from pathlib import Path

import pytest

from daemon.executors.port import Outcome
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.jobs import Scripts, launch_of
from tests.daemon.executors.waiting import NamedPipe, Outcomes, gone

pytestmark = pytest.mark.anyio

IGNORE = "trap '' TERM"
LINGER = "sleep 600"
# A signal that is blocked and waited for cannot come too early, as it can between two lines of a shell script.
AWAIT_TERM = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
def say(line):
    with open(os.environ["said"], "w") as pipe:
        pipe.write(line + "\\n")
"""


@pytest.fixture
def said(scripts: Scripts) -> NamedPipe:
    """Lines from the jobs, which know it as $said."""
    return scripts.pipe("said")


async def test_job_may_put_things_in_order(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, said: NamedPipe
) -> None:
    """A job that handles TERM ends in its own way; the state is STOPPED even with exit code 0."""
    launch = launch_of(
        scripts.python(AWAIT_TERM, "say('up'); signal.sigwait({signal.SIGTERM}); say('tidy')"),
        environment={"said": str(said.path)},
        command="pythonshell",
    )
    executor.start([launch])
    assert await said.line() == "up"
    executor.stop(launch.job_run_id, "STOPPED")
    assert await said.line() == "tidy"
    assert await outcomes.of(launch.job_run_id) == Outcome("STOPPED", exit_code=0)


async def test_group_that_ignores_term_is_killed(
    tmp_path: Path, outcomes: Outcomes, scripts: Scripts, said: NamedPipe
) -> None:
    """After the grace KILL ends a job and a grandchild of it that both ignore TERM."""
    executor = ProcessExecutor(tmp_path / "state", grace_seconds=0.05)
    executor.open(outcomes)
    grandchild = scripts.shell(IGNORE, 'echo $$ >"$said"', "while :; do sleep 600; done", name="grandchild.sh")
    script = scripts.shell(IGNORE, f"{grandchild} &", "while :; do sleep 600; done")
    launch = launch_of(script, environment={"said": str(said.path)})
    executor.start([launch])
    pid = int(await said.line())
    executor.stop(launch.job_run_id, "TIMEOUT")
    assert (await outcomes.of(launch.job_run_id)).state == "TIMEOUT"
    await gone(pid)
    await executor.close()


async def test_grandchild_outlives_the_leader_until_the_grace_ends(
    tmp_path: Path, outcomes: Outcomes, scripts: Scripts, said: NamedPipe
) -> None:
    """Where the job dies of TERM and its grandchild does not, KILL comes after the grace and the report after KILL."""
    executor = ProcessExecutor(tmp_path / "state", grace_seconds=0.05)
    executor.open(outcomes)
    grandchild = scripts.shell(IGNORE, 'echo $$ >"$said"', "while :; do sleep 600; done", name="grandchild.sh")
    launch = launch_of(scripts.shell(f"{grandchild} &", LINGER), environment={"said": str(said.path)})
    executor.start([launch])
    pid = int(await said.line())
    executor.stop(launch.job_run_id, "STOPPED")
    assert (await outcomes.of(launch.job_run_id)).state == "STOPPED"
    await gone(pid)
    await executor.close()


async def test_report_waits_for_the_last_of_the_group(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, said: NamedPipe
) -> None:
    """A program that needs its time after TERM gets it, although the shell that called it is gone at once."""
    release = scripts.pipe("release")
    program = scripts.python(
        AWAIT_TERM, "say('up'); signal.sigwait({signal.SIGTERM}); open(os.environ['release']).readline(); print('done')"
    )
    environment = {"said": str(said.path), "release": str(release.path)}
    launch = launch_of(scripts.shell(f"{sys.executable} {program}", "exit 0"), environment=environment)
    executor.start([launch])
    await said.line()
    executor.stop(launch.job_run_id, "STOPPED")
    other = launch_of("/bin/true")
    executor.start([other])
    await outcomes.of(other.job_run_id)
    assert launch.job_run_id not in dict(outcomes.reported)
    release.write_line()
    await outcomes.of(launch.job_run_id)
    assert executor.logs(launch.job_run_id).stdout.read_text() == "done\n"


async def test_stopped_before_it_is_spawned(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, tmp_path: Path
) -> None:
    """An attempt that still waits for its turn is not started at all."""
    first, second = (launch_of(scripts.shell(f"echo started >>{tmp_path}/lines")) for _ in range(2))
    executor.start([first, second])
    executor.stop(second.job_run_id, "STOPPED")
    await outcomes.until(lambda: len(outcomes.reported) == 2)
    assert dict(outcomes.reported)[second.job_run_id] == Outcome("STOPPED")
    assert (tmp_path / "lines").read_text() == "started\n"


async def test_first_reason_holds(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, said: NamedPipe
) -> None:
    """A time-out that comes while a stop is under way changes nothing."""
    launch = launch_of(scripts.shell('echo up >"$said"', LINGER), environment={"said": str(said.path)})
    executor.start([launch])
    await said.line()
    executor.stop(launch.job_run_id, "STOPPED")
    executor.stop(launch.job_run_id, "TIMEOUT")
    assert (await outcomes.of(launch.job_run_id)).state == "STOPPED"
    assert len(outcomes.reported) == 1


async def test_many_stops_at_once(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, said: NamedPipe
) -> None:
    """Every one of many running jobs is reported as stopped, once."""
    script = scripts.shell('echo up >"$said"', LINGER, LINGER)
    launches = [launch_of(script, environment={"said": str(said.path)}) for _ in range(30)]
    executor.start(launches)
    for _ in launches:
        await said.line()
    for launch in launches:
        executor.stop(launch.job_run_id, "STOPPED")
    await outcomes.until(lambda: len(outcomes.reported) == len(launches))
    assert {outcome.state for _, outcome in outcomes.reported} == {"STOPPED"}


async def test_killed_wrapper_takes_the_job_along(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, said: NamedPipe
) -> None:
    """Where somebody kills the wrapper the attempt fails as vanished, and no orphan of it works on."""
    launch = launch_of(scripts.shell('echo $PPID $$ >"$said"', LINGER), environment={"said": str(said.path)})
    executor.start([launch])
    wrapper, job = map(int, (await said.line()).split())
    os.kill(wrapper, signal.SIGKILL)
    outcome = await outcomes.of(launch.job_run_id)
    assert outcome.state == "FAILED"
    assert "vanished without leaving an exit code: its wrapper was ended by signal 9 (SIGKILL)" in (outcome.error or "")
    await gone(job)
