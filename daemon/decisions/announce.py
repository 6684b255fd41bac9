"""What this daemon tells of itself as events: job runs, crawls and workflow runs that ended.

Glue announces job runs and crawls, and never workflow runs. Both are made here from the fact itself, in the unit that
the fact is part of: the inbox of a workflow that a rule sends it to gets it in the same transaction, so a crash can
neither lose such an event nor make it twice, and no position has to be kept. Its id follows from the fact's stream and
version.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from daemon.decisions.decision import Situation
from daemon.decisions.receive import Delivery, delivery
from daemon.decisions.routing import workflows_by_rule
from events import runs
from events.design import Event
from events.notifications import EventRefused, Notification
from events.vocabulary import CRAWLER, CrawlReport, StreamId, inbox_stream, node_kind, node_name
from projections.run_history import outcome
from projections.run_values import RunGraph

SOURCE = "aws.glue"
JOB_STATE_CHANGE = "Glue Job State Change"
CRAWLER_STATE_CHANGE = "Glue Crawler State Change"
WORKFLOW_STATE_CHANGE = "Glue Workflow State Change"
LONGEST_CHAIN = 10
"""How many runs may start each other by events, one after the other, before the chain is cut."""

MOST_IN_A_UNIT = 1_000
"""Events that one unit may deliver: runs that end at once could otherwise start each other without end in sight."""

_ANNOUNCED_JOB_STATES = {
    "SUCCEEDED": ("INFO", "Job run succeeded"),
    "FAILED": ("ERROR", "Job run failed"),
    "TIMEOUT": ("WARN", "Job run timed out"),
    "STOPPED": ("INFO", "Job run stopped"),
}
_CRAWL_COUNTS = {
    "tablesCreated": "tables_created",
    "tablesUpdated": "tables_updated",
    "tablesDeleted": "tables_deleted",
    "partitionsCreated": "partitions_created",
    "partitionsDeleted": "partitions_deleted",
}
_SEVERITIES = {"SUCCEEDED": "INFO", "STOPPED": "INFO", "PARTLY_FAILED": "ERROR", "ERROR": "ERROR"}


def announcement(stream: StreamId, version: int, event: Event, situation: Situation) -> Notification | None:
    """The event that a fact, applied just now, is told as; None for one that is not told."""
    made = _ANNOUNCED.get(type(event))
    if made is None:
        return None
    graph = situation.standing.graph(stream)
    told = made(graph, event)
    if told is None:
        return None
    origin, batch = f"{stream}@{version}", graph.cause.batch
    hops = batch.hops if batch is not None else 0
    return Notification(_event_id(origin), SOURCE, told[0], event.at, told[1], (), origin, hops)


def deliveries(event: Notification, situation: Situation, room: int) -> list[Delivery]:
    """What goes into the inboxes that rules send an announced event to; at most `room` of them are taken."""
    found = []
    for place, workflow in enumerate(workflows_by_rule(situation.standing, event)):
        reason = _cut(event) or (_CROWDED if place >= room else None)
        if reason is None:
            found.append(delivery(workflow, event, situation))
        else:
            found.append((inbox_stream(workflow), EventRefused(situation.at, situation.by, event, reason)))
    return found


_CROWDED = f"More than {MOST_IN_A_UNIT} events follow from each other at one moment: rules start workflows in circles."


def _cut(event: Notification) -> str | None:
    if event.hops < LONGEST_CHAIN:
        return None
    return (
        f"{event.hops} runs in a row were started by each other's events, the most that may: "
        "see whether rules start workflows in a circle."
    )


def _event_id(origin: str) -> str:
    """The same id for the same fact, in the form that EventBridge gives them."""
    digits = hashlib.sha256(origin.encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


Told = tuple[str, dict[str, Any]] | None


def _node_ended(graph: RunGraph, event: runs.NodeCompleted | runs.NodeRefused) -> Told:
    """A job run or a crawl, each attempt on its own, with the run that it is part of."""
    if node_kind(event.node) == CRAWLER:
        told = _crawl_ended(event) if isinstance(event, runs.NodeCompleted) else None
    else:
        told = _job_ended(event)
    if told is None or not graph.workflow:
        return told
    return told[0], told[1] | {"workflowName": graph.workflow, "workflowRunId": graph.run_id}


def _crawl_ended(event: runs.NodeCompleted) -> Told:
    """Glue tells of Succeeded and Failed; its numbers are texts."""
    if event.state not in ("SUCCEEDED", "FAILED"):
        return None
    state, report = event.state.capitalize(), event.crawl or CrawlReport()
    detail: dict[str, Any] = {
        "crawlerName": node_name(event.node),
        "state": state,
        "message": f"Crawler {state}",
    }
    if event.state == "FAILED":
        return CRAWLER_STATE_CHANGE, detail | {"errorMessage": event.error or ""}
    counts = {name: str(getattr(report, field)) for name, field in _CRAWL_COUNTS.items()}
    return CRAWLER_STATE_CHANGE, detail | counts | {"warningMessage": event.error or "N/A"}


def _job_ended(event: runs.NodeCompleted | runs.NodeRefused) -> Told:
    """Glue tells of SUCCEEDED, FAILED, TIMEOUT and STOPPED, and not of ERROR."""
    if event.state not in _ANNOUNCED_JOB_STATES:
        return None
    severity, message = _ANNOUNCED_JOB_STATES[event.state]
    detail = {
        "jobName": node_name(event.node),
        "severity": severity,
        "state": event.state,
        "jobRunId": event.attempt_id,
        "message": event.error or message,
    }
    return JOB_STATE_CHANGE, detail


def _run_ended(graph: RunGraph, event: runs.RunCompleted) -> Told:
    """COMPLETED, STOPPED and ERROR; `outcome` says whether all nodes of a COMPLETED run did well."""
    if not graph.workflow:
        return None
    ended_as = outcome(graph)
    return WORKFLOW_STATE_CHANGE, {
        "workflowName": graph.workflow,
        "workflowRunId": graph.run_id,
        "previousRunId": graph.previous or None,
        "state": event.status,
        "outcome": ended_as,
        "severity": _SEVERITIES[ended_as],
        "message": event.error or f"Workflow run {ended_as.lower().replace('_', ' ')}",
    }


_ANNOUNCED: dict[type[Event], Callable[[RunGraph, Any], Told]] = {
    runs.NodeCompleted: _node_ended,
    runs.NodeRefused: _node_ended,
    runs.RunCompleted: _run_ended,
}
