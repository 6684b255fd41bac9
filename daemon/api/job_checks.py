"""What must hold within one job's definition, or the settings of one job run: pure, with AWS Glue's texts where they
are known.

The service model has been checked before: types, lengths, enumerations.
"""

from typing import Any

from daemon.errors import InvalidInput

MOST_RETRIES = 10


def check_job(definition: dict[str, Any]) -> None:
    """Raises InvalidInput for the first thing that is wrong in a job's definition."""
    check_capacity(definition)
    retries = definition.get("MaxRetries", 0)
    if not 0 <= retries <= MOST_RETRIES:
        raise InvalidInput(f"MaxRetries is {retries}: it must be from 0 to {MOST_RETRIES}")
    runs = definition.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    if runs < 1:
        raise InvalidInput(f"ExecutionProperty.MaxConcurrentRuns is {runs}: it must be at least 1")


def check_capacity(settings: dict[str, Any]) -> None:
    """Raises InvalidInput if the capacity is given in two ways."""
    if "MaxCapacity" in settings and ("WorkerType" in settings or "NumberOfWorkers" in settings):
        raise InvalidInput("Please do not set Max Capacity if using Worker Type and Number of Workers.")
    if "MaxCapacity" in settings and "AllocatedCapacity" in settings:
        raise InvalidInput("Please set only Allocated Capacity or Max Capacity.")


def check_workflow(definition: dict[str, Any]) -> None:
    """Raises InvalidInput if a workflow's limit would let no run start."""
    runs = definition.get("MaxConcurrentRuns", 1)
    if runs < 1:
        raise InvalidInput(f"MaxConcurrentRuns is {runs}: it must be at least 1; leave it out for no limit")
