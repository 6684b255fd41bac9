"""The noop executor's argument `--outcome`."""

import pytest

from daemon.executors.noop import NoopExecutor
from daemon.executors.port import Outcome
from tests.daemon.executors.jobs import launch_of
from tests.daemon.executors.waiting import Outcomes

pytestmark = pytest.mark.anyio


async def ended_with(outcomes: Outcomes, *arguments: dict[str, str]) -> list[Outcome]:
    """The outcomes of one batch of launches with these arguments, in their order."""
    executor = NoopExecutor()
    executor.open(outcomes)
    launches = [launch_of("", one) for one in arguments]
    executor.start(launches)
    return [await outcomes.of(launch.job_run_id) for launch in launches]


async def test_every_state_can_be_asked_for(outcomes: Outcomes) -> None:
    """The argument names the state; without it the job succeeds."""
    asked = ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"]
    ended = await ended_with(outcomes, {}, *({"--outcome": state} for state in asked))
    assert [outcome.state for outcome in ended] == ["SUCCEEDED", *asked]


async def test_unknown_outcome_names_the_allowed_ones(outcomes: Outcomes) -> None:
    """A state that there is not ends as FAILED, with a message that lists those that there are."""
    (outcome,) = await ended_with(outcomes, {"--outcome": "GREAT"})
    assert outcome.state == "FAILED"
    assert "'GREAT'" in (outcome.error or "")
    assert "SUCCEEDED, FAILED, STOPPED, TIMEOUT, ERROR, HANG" in (outcome.error or "")


async def test_stop_in_the_turn_of_the_end_is_too_late(outcomes: Outcomes) -> None:
    """An attempt that is about to end keeps its outcome and is not reported a second time."""
    executor = NoopExecutor()
    executor.open(outcomes)
    early, late = launch_of(""), launch_of("")
    executor.start([early])
    executor.stop(early.job_run_id, "STOPPED")
    executor.start([late])
    await outcomes.of(late.job_run_id)
    assert [(job, outcome.state) for job, outcome in outcomes.reported] == [
        (early.job_run_id, "SUCCEEDED"),
        (late.job_run_id, "SUCCEEDED"),
    ]
