"""What a job run runs with: arguments, timeout and retries, from the job's definition, the trigger's action and the
request.

None of it is stored with the attempt, because all of it follows from the definition at the attempt's `job_version`
and the run's design.
"""

import re
from typing import Any

from events.vocabulary import Action, NodeKey, TriggerDefinition, node_name
from projections.run_values import Attempt, RunGraph

DEFAULT_TIMEOUT_MINUTES = 2880
DEFAULT_TIMEOUT_MINUTES_SINCE_5 = 480

_PROPERTY = re.compile(r"\{\{run\.property:([^{}]+)\}\}")

JobBody = dict[str, Any]
"""A job's definition, in Glue's members."""


def action_of(graph: RunGraph, attempt: Attempt) -> Action | None:
    """The trigger's action that asked for this attempt, as it was then; None in a job run that stands alone."""
    earlier = graph.earlier.get(attempt.run_id)
    design = earlier.design if earlier is not None else graph.design
    return design.actions.get((attempt.trigger, attempt.node))


def arguments(graph: RunGraph, attempt: Attempt, job: JobBody) -> dict[str, str]:
    """The arguments that the attempt runs with, in order.

    Glue: an action's argument overrides the job's default of the same key, a new key is added, and a key in
    NonOverridableArguments keeps the job's value. Within a workflow `--WORKFLOW_NAME` and `--WORKFLOW_RUN_ID` are
    added. `{{run.property:NAME}}` in a value is the property that the run (the first of its chain) began with, or that
    a resume set since, unless that was under strict-glue.
    """
    action = action_of(graph, attempt)
    given = action.arguments if action else graph.overrides.get("Arguments", {})
    merged = {**job.get("DefaultArguments", {}), **given, **job.get("NonOverridableArguments", {})}
    earlier = graph.earlier.get(attempt.run_id)
    parameters = earlier.parameters if earlier is not None else graph.parameters
    if parameters:
        merged = {key: _with_properties(value, parameters) for key, value in merged.items()}
    if graph.workflow:
        merged |= {"--WORKFLOW_NAME": graph.workflow, "--WORKFLOW_RUN_ID": attempt.run_id}
    return merged


def _with_properties(value: str, parameters: dict[str, str]) -> str:
    """The value with the properties that it names; a property that the run did not begin with is left as written."""
    return _PROPERTY.sub(lambda found: parameters.get(found[1], found[0]), value)


def lone_actions(trigger: TriggerDefinition) -> tuple[Action, ...]:
    """What a trigger outside of any workflow starts: named twice, a node starts with the first, as within one."""
    first: dict[NodeKey, Action] = {}
    for action in trigger.actions:
        first.setdefault(action.node, action)
    return tuple(first.values())


def overrides_of(action: Action) -> dict[str, Any]:
    """What a trigger outside of any workflow lays over the settings of a job that it starts."""
    given = {"Arguments": action.arguments or None, "Timeout": action.timeout}
    return {name: value for name, value in given.items() if value is not None}


def launch_arguments(graph: RunGraph, attempt: Attempt, job: JobBody) -> dict[str, str]:
    """What the job's process is given: its arguments, and its own name and run id, which a script can learn nowhere
    else."""
    return {**arguments(graph, attempt, job), "--JOB_NAME": node_name(attempt.node), "--JOB_RUN_ID": attempt.id}


def timeout_minutes(graph: RunGraph, attempt: Attempt, job: JobBody) -> int:
    """Minutes until the attempt is timed out; 0 means never. Glue: the run's, else the trigger's, else the job's."""
    action = action_of(graph, attempt)
    asked = action.timeout if action else graph.overrides.get("Timeout")
    return int(asked if asked is not None else job.get("Timeout", default_timeout(job)))


def default_timeout(job: JobBody) -> int:
    """Glue's default: 2,880 minutes, 480 since Glue version 5.0; streaming jobs run until they are stopped (0)."""
    if job.get("Command", {}).get("Name") == "gluestreaming":
        return 0
    major = str(job.get("GlueVersion", "0")).partition(".")[0]
    return DEFAULT_TIMEOUT_MINUTES_SINCE_5 if major.isdigit() and int(major) >= 5 else DEFAULT_TIMEOUT_MINUTES


def max_retries(job: JobBody) -> int:
    """How often a failed attempt is followed by another."""
    return int(job.get("MaxRetries", 0))


def max_concurrent_runs(job: JobBody) -> int:
    """How many runs of the job may be under way at once; Glue's default is 1."""
    return int(job.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1))
