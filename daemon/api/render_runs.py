"""Runs in Glue's shapes: WorkflowRun with its Statistics, the graph of a design or of a run, JobRun and Crawl.

Called with what stands at one moment. Only the graph of a run takes so long that it is made in pieces, from a graph
that stands still.
"""

from collections.abc import Callable
from typing import Any

from daemon.api.graph_frame import Vertex, frame_of
from daemon.api.pieces import array
from daemon.api.render import present, seconds
from daemon.api.render_crawlers import crawl
from events.vocabulary import JOB, node_kind, node_name
from projections import job_terms
from projections.design_graph import DesignGraph
from projections.lifecycle import BUCKETS
from projections.run_history import RunSummary
from projections.run_values import Attempt, RunGraph

JobAt = Callable[[str, int], dict[str, Any]]
"""Finds a job's definition by name and version."""

PYTHON_LOG_GROUP = "/aws-glue/python-jobs"
SPARK_LOG_GROUP = "/aws-glue/jobs"

_CAPACITY = ("AllocatedCapacity", "MaxCapacity")
_WORKERS = ("WorkerType", "NumberOfWorkers")
_SHOWN_OF_JOB = frozenset(
    {
        *_CAPACITY,
        *_WORKERS,
        "JobMode",
        "JobRunQueuingEnabled",
        "SecurityConfiguration",
        "NotificationProperty",
        "GlueVersion",
        "ExecutionClass",
        "MaintenanceWindow",
        "ExecutionRoleSessionPolicy",
    }
)


def workflow_run(summary: RunSummary) -> dict[str, Any]:
    """A WorkflowRun without its graph. All counts of Statistics are there, zero or not."""
    return present(
        {
            "Name": summary.workflow,
            "WorkflowRunId": summary.run_id,
            "PreviousRunId": summary.previous or None,
            "WorkflowRunProperties": summary.properties,
            "StartedOn": seconds(summary.started_at),
            "CompletedOn": seconds(summary.completed_at),
            "Status": summary.status,
            "ErrorMessage": summary.error,
            "Statistics": {"TotalActions": summary.total, **{name: summary.statistics[name] for name in BUCKETS}},
            "StartingEventBatchCondition": _batch(summary),
        }
    )


def _batch(summary: RunSummary) -> dict[str, int] | None:
    """What fired the batch of events that began the run. Glue: the number or the window, and the other is zero."""
    batch = summary.cause.batch
    if batch is None or summary.cause.kind != "EVENT":
        return None
    return {"BatchSize": batch.size, "BatchWindow": batch.window}


def design_graph(design: DesignGraph) -> dict[str, Any]:
    """The graph of a workflow as it is defined: its nodes without any run."""
    frame = frame_of(design)
    nodes = [frame.triggers.get(vertex.key) or _node(vertex, {}) for vertex in frame.vertices]
    return {"Nodes": nodes, "Edges": frame.edges}


async def run_graph(graph: RunGraph, job_at: JobAt) -> dict[str, Any]:
    """The graph of a run: each node with its attempts in it, newest first; a node that never ran is without any.

    Made in pieces: the graph must stand still meanwhile.
    """
    frame = frame_of(graph.design)

    def node(vertex: Vertex) -> Any:
        attempts = graph.attempts.get(vertex.key)
        if attempts is None:
            return frame.triggers.get(vertex.key) or _node(vertex, {})
        if vertex.kind == JOB:
            return _node(vertex, {"JobRuns": [job_run(graph, attempt, job_at) for attempt in attempts]})
        return _node(vertex, {"Crawls": [crawl(attempt, vertex.name) for attempt in attempts]})

    return {"Nodes": await array(frame.vertices, node), "Edges": frame.edges}


def _node(vertex: Vertex, details: dict[str, Any]) -> dict[str, Any]:
    member = "JobDetails" if vertex.kind == JOB else "CrawlerDetails"
    return {"Type": vertex.kind, "Name": vertex.name, "UniqueId": vertex.unique_id, member: details}


def job_run(graph: RunGraph, attempt: Attempt, job_at: JobAt) -> dict[str, Any]:
    """A JobRun: one attempt at a job, in a workflow run or outside, with the definition that it ran."""
    name = node_name(attempt.node)
    job = job_at(name, attempt.job_version)
    ended_at = attempt.completed_at
    return present(
        {
            "Id": attempt.id,
            "Attempt": attempt.number,
            "PreviousRunId": _previous_run_id(graph, attempt),
            "TriggerName": attempt.trigger or graph.cause.trigger or None,
            "JobName": name,
            "StartedOn": seconds(attempt.started_at),
            "LastModifiedOn": seconds(attempt.modified_at),
            "CompletedOn": seconds(ended_at),
            "JobRunState": attempt.state,
            "Arguments": job_terms.arguments(graph, attempt, job) or None,
            "ErrorMessage": attempt.error,
            "PredecessorRuns": _predecessor_runs(graph, attempt),
            "ExecutionTime": 0 if ended_at is None else (ended_at - attempt.started_at) // 1000,
            "Timeout": job_terms.timeout_minutes(graph, attempt, job),
            "LogGroupName": log_group(job),
            **_settings(graph, attempt, job),
        }
    )


def log_group(job: dict[str, Any]) -> str:
    """The `LogGroupName` of a job's runs: what they write is in the groups `/output` and `/error` below it."""
    return PYTHON_LOG_GROUP if job.get("Command", {}).get("Name") == "pythonshell" else SPARK_LOG_GROUP


def _previous_run_id(graph: RunGraph, attempt: Attempt) -> str | None:
    """The attempt that this one retries: the one before it, or the job run that StartJobRun named."""
    if attempt.number == 0:
        return graph.overrides.get("JobRunId")
    # By its id, because a node that two triggers started has attempts of both among each other.
    first = attempt.id.partition("_attempt_")[0]
    return first if attempt.number == 1 else f"{first}_attempt_{attempt.number - 1}"


def _predecessor_runs(graph: RunGraph, attempt: Attempt) -> list[dict[str, str]]:
    """The job runs that made the trigger fire."""
    firing = graph.fired.get(attempt.trigger)
    predecessors = firing.predecessors if firing else ()
    return [{"JobName": node_name(node), "RunId": run} for node, run in predecessors if node_kind(node) == JOB]


def _settings(graph: RunGraph, attempt: Attempt, job: dict[str, Any]) -> dict[str, Any]:
    """What else is shown of the job's definition, with what the trigger's action or the request laid over it."""
    action = job_terms.action_of(graph, attempt)
    settings = {**_without_other_capacity(job, graph.overrides), **graph.overrides} if graph.overrides else job
    shown = {name: value for name, value in settings.items() if name in _SHOWN_OF_JOB}
    if action is not None and action.security_configuration is not None:
        shown["SecurityConfiguration"] = action.security_configuration
    if action is not None and action.notification_property is not None:
        shown["NotificationProperty"] = action.notification_property
    if "MaxCapacity" in shown:
        shown.setdefault("AllocatedCapacity", int(shown["MaxCapacity"]))
    return shown


def _without_other_capacity(job: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """A request that gives its capacity in one way puts aside the definition's, given in another."""
    if any(name in over for name in _WORKERS):
        return {name: value for name, value in job.items() if name not in _CAPACITY}
    if any(name in over for name in _CAPACITY):
        return {name: value for name, value in job.items() if name not in (*_WORKERS, *_CAPACITY)}
    return job
