"""Our own documents: runs, nodes and job runs as `/v1` shows them.

Names in snake_case, times in RFC 3339 (UTC, milliseconds), null for what is absent. They say what Glue's shapes hide:
a run's outcome, what was copied from which run, why a run began.
"""

import time
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any

import msgspec

from daemon.api.graph_frame import Vertex, edges_of, frame_of, vertex_of
from daemon.api.pieces import array
from events.notifications import EventReceived, Notification
from events.vocabulary import Cause, NodeKey, SnapshotTrigger
from projections.batching import Batching
from projections.design_graph import TRIGGER
from projections.inboxes import Inbox
from projections.run_history import RunSummary, summarize
from projections.run_values import Attempt, Firing, RunGraph

_COUNTS = {
    "succeeded": "SucceededActions",
    "failed": "FailedActions",
    "timeout": "TimeoutActions",
    "stopped": "StoppedActions",
    "errored": "ErroredActions",
    "running": "RunningActions",
    "waiting": "WaitingActions",
}


def moment(milliseconds: int | None) -> str | None:
    """A moment as `2024-05-01T12:00:00.123Z`."""
    if milliseconds is None:
        return None
    whole, rest = divmod(milliseconds, 1000)
    return f"{_to_the_second(whole)}.{rest:03d}Z"


@lru_cache(maxsize=1024)
def _to_the_second(seconds: int) -> str:
    """Kept, because the nodes of a graph start and end in few different seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def run_summary(summary: RunSummary) -> dict[str, Any]:
    """A run in one row."""
    cause = summary.cause
    return {
        "run_id": summary.run_id,
        "workflow": summary.workflow,
        "status": summary.status,
        "outcome": summary.outcome,
        "started_at": moment(summary.started_at),
        "completed_at": moment(summary.completed_at),
        "previous_run_id": summary.previous or None,
        "root_run_id": summary.root,
        "depth": summary.depth,
        "total": summary.total,
        "statistics": counts(summary.statistics),
        "cause": _cause(cause),
        "by": summary.by,
        "properties": summary.properties,
        "error": summary.error,
        "failures": [msgspec.to_builtins(failure) for failure in summary.failures.first],
        "root_failures": summary.failures.roots,
        "blocked": summary.failures.blocked,
        "archived": _archived(summary),
    }


def _archived(summary: RunSummary) -> dict[str, Any] | None:
    """When a run's events were moved out of the log, by whom and into which file; null while they are there."""
    gone = summary.archived
    return {"at": moment(gone.at), "by": gone.by, "file": gone.file} if gone is not None else None


def counts(statistics: dict[str, int]) -> dict[str, int]:
    """How many nodes stand how."""
    return {name: statistics[member] for name, member in _COUNTS.items()}


def _cause(cause: Cause) -> dict[str, Any]:
    """Why a run began; `batch` says whether the number of events or their window fired it, null for the other."""
    batch = cause.batch
    shown = {"size": batch.size or None, "window_seconds": batch.window or None} if batch is not None else None
    return {
        "kind": cause.kind,
        "trigger": cause.trigger or None,
        "event_ids": cause.event_ids,
        "due": moment(cause.due),
        "batch": shown,
    }


def notifications(graph: RunGraph, received: Iterable[EventReceived]) -> dict[str, Any]:
    """The events that began a run, with their payloads, oldest first."""
    return {
        "run_id": graph.run_id,
        "workflow": graph.workflow,
        "notifications": [{"received_at": moment(event.at), **_notification(event.notification)} for event in received],
    }


def _notification(event: Notification) -> dict[str, Any]:
    return {
        "id": event.id,
        "source": event.source,
        "detail_type": event.detail_type,
        "time": moment(event.time),
        "resources": event.resources,
        "origin": event.origin or None,
        "detail": event.detail,
    }


def inbox(inbox: Inbox, batching: Batching | None) -> dict[str, Any]:
    """What a workflow was notified of and has not started a run for; `due_at` is when it will at the latest."""
    due = inbox.due_at(batching.window) if batching is not None else None
    return {
        "workflow": inbox.workflow,
        "batch_size": batching.size if batching is not None else None,
        "window_seconds": batching.window if batching is not None else None,
        "due_at": moment(due),
        "waiting": [{"id": event.id, "received_at": moment(event.at)} for event in inbox.waiting],
    }


def run(graph: RunGraph) -> dict[str, Any]:
    """A run with its whole graph: nodes and triggers each in topological order, edges as pairs of keys."""
    nodes, triggers = _vertices(graph)
    return _run(graph, [*map(_node_of(graph), nodes)], [_trigger(graph, vertex) for vertex in triggers])


async def run_in_pieces(graph: RunGraph) -> dict[str, Any]:
    """The same for one answer: nodes and triggers are JSON already, made in pieces from a graph that stands still."""
    nodes, triggers = _vertices(graph)
    return _run(graph, await array(nodes, _node_of(graph)), await array(triggers, partial(_trigger, graph)))


def nodes(graph: RunGraph, keys: Iterable[NodeKey]) -> list[dict[str, Any]]:
    """Some nodes of a run, in the order in which they are named."""
    return [_node_of(graph)(vertex_of(graph.workflow, key)) for key in keys]


def _run(graph: RunGraph, nodes: Any, triggers: Any) -> dict[str, Any]:
    shown = {"nodes": nodes, "triggers": triggers, "edges": edges_of(graph.design)}
    return {**run_summary(summarize(graph)), **shown}


def _vertices(graph: RunGraph) -> tuple[list[Vertex], list[Vertex]]:
    """Jobs and crawlers, and triggers."""
    vertices = frame_of(graph.design).vertices
    return [v for v in vertices if v.kind != TRIGGER], [v for v in vertices if v.kind == TRIGGER]


def _node_of(graph: RunGraph) -> Callable[[Vertex], dict[str, Any]]:
    return partial(_node, graph, frozenset(graph.restarted))


def _node(graph: RunGraph, restarted: frozenset[NodeKey], vertex: Vertex) -> dict[str, Any]:
    attempts = graph.attempts.get(vertex.key, ())
    newest = attempts[0] if attempts else None
    return {
        "key": vertex.key,
        "kind": vertex.kind,
        "name": vertex.name,
        "unique_id": vertex.unique_id,
        "state": newest.state if newest else None,
        "executed_in": newest.run_id if newest else None,
        "copied": newest is not None and newest.run_id != graph.run_id,
        "restarted": vertex.key in restarted,
        "attempts": [attempt_row(attempt) for attempt in attempts],
    }


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """One attempt at a node."""
    return {
        "id": attempt.id,
        "number": attempt.number,
        "state": attempt.state,
        "trigger": attempt.trigger or None,
        "started_at": moment(attempt.started_at),
        "completed_at": moment(attempt.completed_at),
        "error": attempt.error,
        "exit_code": attempt.exit_code,
    }


def _trigger(graph: RunGraph, vertex: Vertex) -> dict[str, Any]:
    snapshot = graph.design.triggers[vertex.name]
    firing = graph.fired.get(vertex.name)
    return {
        "name": vertex.name,
        "unique_id": vertex.unique_id,
        "type": snapshot.definition.type,
        "state": snapshot.state,
        **_predicate(snapshot),
        "actions": list(dict.fromkeys(action.node for action in snapshot.definition.actions)),
        **_fired(graph, firing),
    }


def _predicate(snapshot: SnapshotTrigger) -> dict[str, Any]:
    predicate = snapshot.definition.predicate
    if predicate is None:
        return {"logical": None, "conditions": []}
    conditions = [{"node": condition.node, "state": condition.wanted} for condition in predicate.conditions]
    return {"logical": predicate.logical or "AND", "conditions": conditions}


def _fired(graph: RunGraph, firing: Firing | None) -> dict[str, Any]:
    if firing is None:
        return {"fired_at": None, "fired_in": None, "copied": False}
    return {"fired_at": moment(firing.at), "fired_in": firing.run_id, "copied": firing.run_id != graph.run_id}


def job_run(graph: RunGraph, attempt: Attempt) -> dict[str, Any]:
    """One attempt with where it belongs; run and workflow are null for a job run outside of workflows."""
    return {
        **attempt_row(attempt),
        "job": attempt.node.partition(":")[2],
        "run_id": None if graph.stands_alone else attempt.run_id,
        "workflow": graph.workflow or None,
    }
