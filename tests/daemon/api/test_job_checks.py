"""What must hold within one job, one job run's settings, one workflow."""

from typing import Any

import pytest

from daemon.api.job_checks import check_job, check_workflow
from daemon.errors import InvalidInput


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"MaxCapacity": 0.0625},
        {"WorkerType": "G.1X", "NumberOfWorkers": 2},
        {"MaxRetries": 10, "ExecutionProperty": {"MaxConcurrentRuns": 1}},
        {"ExecutionProperty": {}},
    ],
)
def test_a_sound_job_passes(definition: dict[str, Any]) -> None:
    """Capacity given in one way or not at all, limits within bounds."""
    check_job(definition)


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ({"MaxCapacity": 1, "WorkerType": "G.1X"}, "Please do not set Max Capacity if using Worker Type"),
        ({"MaxCapacity": 1, "NumberOfWorkers": 2}, "Please do not set Max Capacity if using Worker Type"),
        ({"MaxCapacity": 1, "AllocatedCapacity": 1}, "Please set only Allocated Capacity or Max Capacity"),
        ({"MaxRetries": 11}, "MaxRetries is 11: it must be from 0 to 10"),
        ({"MaxRetries": -1}, "MaxRetries is -1"),
        ({"ExecutionProperty": {"MaxConcurrentRuns": 0}}, "MaxConcurrentRuns is 0: it must be at least 1"),
    ],
)
def test_what_does_not_fit_is_named(definition: dict[str, Any], text: str) -> None:
    """The refusal names the member, its value and the way out."""
    with pytest.raises(InvalidInput, match=text):
        check_job(definition)


def test_a_workflow_that_could_never_run_is_refused() -> None:
    """A limit of no runs is refused; no limit is said by leaving it out."""
    check_workflow({})
    check_workflow({"MaxConcurrentRuns": 1})
    with pytest.raises(InvalidInput, match="leave it out for no limit"):
        check_workflow({"MaxConcurrentRuns": 0})
