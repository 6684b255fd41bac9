"""Tells an event in one line for people: what happened, in the fewest words that say it.

The stream that the event stands in is not told again. Names and texts are shown as the log has them, but for line
breaks; whoever writes to a terminal sees to the rest.
"""

from collections.abc import Callable, Iterable
from typing import Any

from events import archives, crawlers, data_catalog, design, notifications, runs, schedules, seals
from events.design import Event
from events.vocabulary import Cause, node_name

MOST_CHARACTERS = 200
MOST_NAMES = 5
_SHORT_ID = 17
"""So many characters of an id hold its moment, and tell it from others."""


def told(event: Event) -> str:
    """What happened, in one line."""
    return _one_line(_TELLINGS[type(event)](event))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…"


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _with(text: str, reason: str | None, between: str = ": ") -> str:
    """The text, and what there is to add."""
    return f"{text}{between}{reason}" if reason else text


def _because(cause: Cause) -> str:
    match cause.kind:
        case "SCHEDULE":
            return f"by the schedule of {cause.trigger}" if cause.trigger else "by its schedule"
        case "EVENT":
            return "by " + _counted(len(cause.event_ids), "event")
        case "TRIGGER":
            return f"by trigger {cause.trigger}"
    return "on demand"


def _run_started(event: runs.RunStarted) -> str:
    return f"{event.workflow or 'run'} started {_because(event.cause)}"


def _run_resumed(event: runs.RunResumed) -> str:
    return f"{event.workflow} resumed from {event.previous[:_SHORT_ID]} at {_listed(map(node_name, event.restarted))}"


def _job_run_requested(event: runs.JobRunRequested) -> str:
    return f"{event.job} asked for {_because(event.cause)}"


def _crawl_requested(event: crawlers.CrawlRequested) -> str:
    return f"{event.crawler} asked for {_because(event.cause)}"


def _started(event: runs.NodeStarted) -> str:
    retry = f", retry {event.attempt}" if event.attempt else ""
    return f"{node_name(event.node)} started{retry}"


def _waiting(event: runs.NodeWaiting) -> str:
    return f"{node_name(event.node)} waits for a free place"


def _refused(event: runs.NodeRefused) -> str:
    return f"{node_name(event.node)} could not start: {event.error}"


def _stop_asked(event: runs.NodeStopAsked) -> str:
    why = "its timeout has passed" if event.reason == "TIMEOUT" else "it was asked to stop"
    return f"{node_name(event.node)} is to end: {why}"


def _completed(event: runs.NodeCompleted) -> str:
    retried = ", will be retried" if event.retried else ""
    return _with(f"{node_name(event.node)} {event.state}{retried}", event.error)


def _run_completed(event: runs.RunCompleted) -> str:
    return _with(f"run {event.status}", event.error)


def _trigger_defined(event: design.TriggerDefined) -> str:
    definition = event.definition
    place = f" of {definition.workflow_name}" if definition.workflow_name else ""
    activated = ", activated" if event.activated else ""
    return f"trigger {definition.name}{place} created ({definition.type}{activated})"


def _design_recorded(event: design.DesignRecorded) -> str:
    return f"design of {event.snapshot.workflow_name} kept: {_counted(len(event.snapshot.triggers), 'trigger')}"


def _schedule_fired(event: schedules.ScheduleFired) -> str:
    late = "schedule caught up with" if event.catch_up else "schedule fired"
    started = f", started {_listed(one[:_SHORT_ID] for one in event.started)}" if event.started else ""
    return _with(late + started, event.error)


def _received(event: notifications.EventReceived) -> str:
    notification = event.notification
    return f"event {notification.id} received: {notification.detail_type} from {notification.source}"


def _event_refused(event: notifications.EventRefused) -> str:
    return f"event {event.notification.id} not taken: {event.reason}"


def _batch_fired(event: notifications.BatchFired) -> str:
    return f"{_counted(event.count, 'event')} began {event.run_id[:_SHORT_ID]}"


def _discarded(event: notifications.EventsDiscarded) -> str:
    return f"{_counted(event.count, 'event')} dropped: {event.reason}"


def _sealed(event: seals.LogSealed) -> str:
    signed = f", signed by {event.key_id[:_SHORT_ID]}" if event.key_id else ""
    return f"positions {event.first:,} to {event.last:,} sealed ({_counted(event.events, 'event')}{signed})"


def _archived(event: archives.RunArchived) -> str:
    return f"{_counted(event.events, 'event')} moved to {event.file}"


def _partitions_removed(event: data_catalog.PartitionsRemoved) -> str:
    return _counted(len(event.values) or len(event.locations), "partition") + " removed"


def _of_definition(kind: str, word: str) -> Callable[[Any], str]:
    """Tells that something was created, changed or deleted, by its name if the event has it."""
    return lambda event: " ".join(filter(None, (kind, getattr(event, "name", ""), word)))


_TELLINGS: dict[type[Event], Callable[[Any], str]] = {
    design.WorkflowDefined: _of_definition("workflow", "created"),
    design.WorkflowChanged: _of_definition("workflow", "changed"),
    design.WorkflowRemoved: _of_definition("workflow", "deleted"),
    design.TriggerDefined: _trigger_defined,
    design.TriggerChanged: lambda event: f"trigger {event.definition.name} changed",
    design.TriggerActivated: _of_definition("trigger", "activated"),
    design.TriggerDeactivated: _of_definition("trigger", "deactivated"),
    design.TriggerRemoved: _of_definition("trigger", "deleted"),
    schedules.ScheduleFired: _schedule_fired,
    design.JobDefined: _of_definition("job", "created"),
    design.JobChanged: _of_definition("job", "changed"),
    design.JobRemoved: _of_definition("job", "deleted"),
    crawlers.CrawlerDefined: _of_definition("crawler", "created"),
    crawlers.CrawlerChanged: _of_definition("crawler", "changed"),
    crawlers.CrawlerRemoved: _of_definition("crawler", "deleted"),
    crawlers.CrawlerScheduleStarted: _of_definition("schedule", "started"),
    crawlers.CrawlerScheduleStopped: _of_definition("schedule", "stopped"),
    crawlers.CrawlRequested: _crawl_requested,
    crawlers.ClassifierDefined: _of_definition("classifier", "created"),
    crawlers.ClassifierChanged: _of_definition("classifier", "changed"),
    crawlers.ClassifierRemoved: _of_definition("classifier", "deleted"),
    data_catalog.DatabaseDefined: _of_definition("database", "created"),
    data_catalog.DatabaseChanged: _of_definition("database", "changed"),
    data_catalog.DatabaseRemoved: _of_definition("database", "deleted"),
    data_catalog.TableDefined: lambda event: f"table {event.database}.{event.name} created",
    data_catalog.TableChanged: _of_definition("table", "changed"),
    data_catalog.TableRemoved: _of_definition("table", "deleted"),
    data_catalog.PartitionsAdded: lambda event: _counted(len(event.partitions), "partition") + " added",
    data_catalog.PartitionChanged: lambda event: f"partition {'/'.join(event.values)} changed",
    data_catalog.PartitionsRemoved: _partitions_removed,
    data_catalog.PartitionsCleared: lambda event: "all partitions removed",
    design.ResourceTagged: lambda event: f"tagged {_listed(event.tags)}",
    design.ResourceUntagged: lambda event: f"tags {_listed(event.keys)} taken off",
    design.DesignRecorded: _design_recorded,
    notifications.RulePut: _of_definition("rule", "put"),
    notifications.RuleTargetsPut: lambda event: f"targets {_listed(event.targets)} put",
    notifications.RuleTargetsRemoved: lambda event: f"targets {_listed(event.ids)} taken off",
    notifications.RuleRemoved: _of_definition("rule", "deleted"),
    notifications.EventReceived: _received,
    notifications.EventRefused: _event_refused,
    notifications.BatchFired: _batch_fired,
    notifications.EventsDiscarded: _discarded,
    seals.LogSealed: _sealed,
    runs.RunStarted: _run_started,
    runs.RunResumed: _run_resumed,
    runs.PropertiesPut: lambda event: f"properties {_listed(event.properties)} put",
    runs.RunStopAsked: lambda event: "run asked to stop",
    runs.RunCompleted: _run_completed,
    archives.RunArchived: _archived,
    runs.JobRunRequested: _job_run_requested,
    runs.TriggerFired: lambda event: f"trigger {event.trigger} fired",
    runs.NodeWaiting: _waiting,
    runs.NodeStarted: _started,
    runs.NodeRefused: _refused,
    runs.NodeStopAsked: _stop_asked,
    runs.NodeCompleted: _completed,
}
"""How each type of event is told; a test holds it against the catalogue."""
