"""Definitions in Glue's shapes: Workflow, Trigger, Job.

What a client sent comes back as it was. Of the defaults only those appear that AWS shows and Terraform expects; an
invented one (an ExecutionClass) would look like a change that somebody made.
"""

from typing import Any

import msgspec

from daemon.api.render import seconds
from events.vocabulary import TriggerDefinition
from projections import job_terms
from projections.designs import Definition

DEFAULT_EXECUTION_PROPERTY = {"MaxConcurrentRuns": 1}


def workflow(definition: Definition) -> dict[str, Any]:
    """A Workflow without its last run and its graph."""
    return {
        "Name": definition.name,
        **definition.body,
        "CreatedOn": seconds(definition.created_at),
        "LastModifiedOn": seconds(definition.modified_at),
    }


def trigger(definition: TriggerDefinition, state: str) -> dict[str, Any]:
    """A Trigger in this state."""
    members: dict[str, Any] = msgspec.to_builtins(definition)
    return {**members, "State": state}


def trigger_as_defined(definition: Definition) -> dict[str, Any]:
    """A Trigger as it stands."""
    assert definition.trigger is not None
    return trigger(definition.trigger, definition.state)


def job(definition: Definition) -> dict[str, Any]:
    """A Job, with the defaults that AWS computes."""
    return {
        "Name": definition.name,
        "ExecutionProperty": DEFAULT_EXECUTION_PROPERTY,
        "MaxRetries": 0,
        "Timeout": job_terms.default_timeout(definition.body),
        **definition.body,
        "CreatedOn": seconds(definition.created_at),
        "LastModifiedOn": seconds(definition.modified_at),
    }
