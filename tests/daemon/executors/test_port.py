"""What every executor owes by the port's rules, asked of both engines."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.executors.noop import NoopExecutor
from daemon.executors.port import Executor, Launch, Outcome
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.jobs import Scripts, launch_of
from tests.daemon.executors.waiting import Outcomes

pytestmark = pytest.mark.anyio
Make = Callable[[str], Launch]


@pytest.fixture(params=["noop", "process"])
async def engine(
    request: pytest.FixtureRequest, tmp_path: Path, outcomes: Outcomes, anyio_backend: Any
) -> AsyncIterator[Executor]:
    """Each engine, open."""
    engine: Executor = NoopExecutor() if request.param == "noop" else ProcessExecutor(tmp_path / "state")
    engine.open(outcomes)
    yield engine
    await engine.close()


@pytest.fixture
def make(scripts: Scripts) -> Make:
    """Launches that end as asked under either engine: HANG until stopped, SUCCEEDED or FAILED by themselves."""
    script = scripts.shell('case "$2" in SUCCEEDED) exit 0;; FAILED) exit 1;; *) exec sleep 600;; esac')
    return lambda ending: launch_of(script, {"--outcome": ending})


async def test_each_attempt_is_reported_once(engine: Executor, make: Make, outcomes: Outcomes) -> None:
    """Every attempt of a batch is reported once, with the state in which it ended."""
    launches = [make("SUCCEEDED" if number % 2 else "FAILED") for number in range(20)]
    engine.start(launches)
    await outcomes.until(lambda: len(outcomes.reported) >= len(launches))
    states = {job_run_id: outcome.state for job_run_id, outcome in outcomes.reported}
    assert states == {launch.job_run_id: launch.arguments["--outcome"] for launch in launches}
    assert len(outcomes.reported) == len(launches)


async def test_failures_have_a_message(engine: Executor, make: Make, outcomes: Outcomes) -> None:
    """An attempt that fails says something about why; one that succeeds has no error."""
    good, bad = make("SUCCEEDED"), make("FAILED")
    engine.start([good, bad])
    assert (await outcomes.of(bad.job_run_id)).error
    assert (await outcomes.of(good.job_run_id)).error is None


async def test_reports_come_from_the_loop(engine: Executor, make: Make, outcomes: Outcomes) -> None:
    """No method reports before it returns, so a handler is never entered a second time."""
    hanging = make("HANG")
    engine.start([make("SUCCEEDED"), hanging])
    engine.stop(hanging.job_run_id, "STOPPED")
    engine.stop("jr_unknown", "STOPPED")
    engine.recover(make("SUCCEEDED"), "STOPPED")
    assert outcomes.reported == []


@pytest.mark.parametrize("reason", ["STOPPED", "TIMEOUT"])
async def test_stop_gives_its_reason(engine: Executor, make: Make, outcomes: Outcomes, reason: Any) -> None:
    """A hanging attempt ends with the state that its stop was asked with, and once, however often it is asked."""
    hanging = make("HANG")
    engine.start([hanging])
    engine.stop(hanging.job_run_id, reason)
    assert (await outcomes.of(hanging.job_run_id)).state == reason
    assert len(outcomes.reported) == 1


async def test_unknown_attempt_is_stopped_at_once(engine: Executor, outcomes: Outcomes) -> None:
    """A stop of an attempt that the executor does not know is answered with its reason."""
    engine.stop("jr_unknown", "TIMEOUT")
    assert await outcomes.of("jr_unknown") == Outcome("TIMEOUT")


async def test_recovery_of_what_never_began(engine: Executor, make: Make, outcomes: Outcomes) -> None:
    """An attempt whose start was committed and then forgotten by a crash is started by its recovery."""
    launch = make("SUCCEEDED")
    engine.recover(launch, None)
    assert (await outcomes.of(launch.job_run_id)).state == "SUCCEEDED"


async def test_recovery_heeds_an_earlier_stop(engine: Executor, make: Make, outcomes: Outcomes) -> None:
    """An attempt whose stop was asked before the crash ends with that reason and does not start."""
    launch = make("SUCCEEDED")
    engine.recover(launch, "TIMEOUT")
    assert (await outcomes.of(launch.job_run_id)).state == "TIMEOUT"


async def test_nothing_is_reported_after_close(engine: Executor, make: Make, outcomes: Outcomes) -> None:
    """After close() reports that were under way are dropped: the log learns them from recovery."""
    engine.start([make("SUCCEEDED")])
    engine.stop("jr_unknown", "STOPPED")
    await engine.close()
    sentinel = NoopExecutor()
    sentinel.open(outcomes)
    last = make("SUCCEEDED")
    sentinel.start([last])
    await outcomes.of(last.job_run_id)
    assert [reported for reported, _ in outcomes.reported] == [last.job_run_id]


async def test_log_files_are_named_for_any_attempt(engine: Executor, make: Make) -> None:
    """Paths of the output are known before the attempt starts."""
    logs = engine.logs(make("SUCCEEDED").job_run_id)
    assert logs.stdout.is_absolute()
    assert logs.stderr.is_absolute()
