"""The one table of stored event names, and the way of an event to bytes and back.

A stored event carries a name and a version from this table (`run.started/1`), never a module path: a class may move
or be renamed without a migration. Bodies are JSON, written from the event's class and read straight into it by msgspec,
which checks every field on the way; what the store keeps in columns (stream, version of the stream) is not repeated
inside.

To change an event's fields: give the new class the next version in `CATALOGUE`, add an upcast from the old version to
`UPCASTS`, and keep the old sample in `tests/recorded`. Names the table does not know are refused, so that a foreign
file never makes the daemon import or guess anything.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import orjson

from events import archives, crawlers, data_catalog, design, notifications, runs, schedules, seals
from events.design import Event

CATALOGUE: dict[str, type[Event]] = {
    "workflow.defined/1": design.WorkflowDefined,
    "workflow.changed/1": design.WorkflowChanged,
    "workflow.removed/1": design.WorkflowRemoved,
    "trigger.defined/1": design.TriggerDefined,
    "trigger.changed/1": design.TriggerChanged,
    "trigger.activated/1": design.TriggerActivated,
    "trigger.deactivated/1": design.TriggerDeactivated,
    "trigger.removed/1": design.TriggerRemoved,
    "schedule.fired/1": schedules.ScheduleFired,
    "job.defined/1": design.JobDefined,
    "job.changed/1": design.JobChanged,
    "job.removed/1": design.JobRemoved,
    "crawler.defined/1": crawlers.CrawlerDefined,
    "crawler.changed/1": crawlers.CrawlerChanged,
    "crawler.removed/1": crawlers.CrawlerRemoved,
    "crawler.schedule_started/1": crawlers.CrawlerScheduleStarted,
    "crawler.schedule_stopped/1": crawlers.CrawlerScheduleStopped,
    "crawl.requested/1": crawlers.CrawlRequested,
    "classifier.defined/1": crawlers.ClassifierDefined,
    "classifier.changed/1": crawlers.ClassifierChanged,
    "classifier.removed/1": crawlers.ClassifierRemoved,
    "database.defined/1": data_catalog.DatabaseDefined,
    "database.changed/1": data_catalog.DatabaseChanged,
    "database.removed/1": data_catalog.DatabaseRemoved,
    "table.defined/1": data_catalog.TableDefined,
    "table.changed/1": data_catalog.TableChanged,
    "table.removed/1": data_catalog.TableRemoved,
    "partitions.added/1": data_catalog.PartitionsAdded,
    "partition.changed/1": data_catalog.PartitionChanged,
    "partitions.removed/1": data_catalog.PartitionsRemoved,
    "partitions.cleared/1": data_catalog.PartitionsCleared,
    "resource.tagged/1": design.ResourceTagged,
    "resource.untagged/1": design.ResourceUntagged,
    "design.recorded/1": design.DesignRecorded,
    "rule.put/1": notifications.RulePut,
    "rule.targets_put/1": notifications.RuleTargetsPut,
    "rule.targets_removed/1": notifications.RuleTargetsRemoved,
    "rule.removed/1": notifications.RuleRemoved,
    "inbox.event_received/1": notifications.EventReceived,
    "inbox.event_refused/1": notifications.EventRefused,
    "inbox.batch_fired/1": notifications.BatchFired,
    "inbox.discarded/1": notifications.EventsDiscarded,
    "log.sealed/1": seals.LogSealed,
    "run.started/1": runs.RunStarted,
    "run.resumed/2": runs.RunResumed,
    "run.properties_put/1": runs.PropertiesPut,
    "run.stop_asked/1": runs.RunStopAsked,
    "run.completed/1": runs.RunCompleted,
    "run.archived/1": archives.RunArchived,
    "job_run.requested/1": runs.JobRunRequested,
    "trigger.fired/1": runs.TriggerFired,
    "node.waiting/1": runs.NodeWaiting,
    "node.started/1": runs.NodeStarted,
    "node.refused/1": runs.NodeRefused,
    "node.stop_asked/1": runs.NodeStopAsked,
    "node.completed/1": runs.NodeCompleted,
}
"""Stored name and version -> the class that reads it today."""

UPCASTS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    # Before resumes were carried out by plans; the fields that came with those have defaults.
    "run.resumed/1": ("run.resumed/2", lambda body: body),
}
"""Old stored name -> (the next version's stored name, how its body is made from the old one's)."""


class UnknownEvent(Exception):
    """The log holds an event that this version of reglue does not know."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The log holds an event named {name!r}, which this version of reglue does not know. "
            "It was written by a newer version, or by another program: use that version, or another state directory."
        )


class DamagedEvent(Exception):
    """A stored event's body is not what its name promises."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"A stored event named {name!r} cannot be read: {reason}. The log is damaged; restore it from a copy."
        )


STORED_NAMES: dict[type[Event], str] = {cls: name for name, cls in CATALOGUE.items()}

_written = msgspec.json.Encoder().encode
_READERS = {name: msgspec.json.Decoder(cls).decode for name, cls in CATALOGUE.items()}


def class_of(name: str) -> type[Event]:
    """The class that reads what was stored under a name that the tables know."""
    while name not in CATALOGUE:
        name = UPCASTS[name][0]
    return CATALOGUE[name]


def encode(event: Event) -> tuple[str, bytes]:
    """The stored name and body of an event."""
    return STORED_NAMES[type(event)], _written(event)


def decode(name: str, body: bytes) -> Event:
    """The event that was stored under this name. Raises UnknownEvent or DamagedEvent."""
    try:
        read = _READERS.get(name)
        return read(body) if read is not None else _upcast(name, orjson.loads(body))
    except (orjson.JSONDecodeError, msgspec.DecodeError, UnicodeDecodeError, TypeError, KeyError) as error:
        raise DamagedEvent(name, str(error)) from error


def _upcast(name: str, body: dict[str, Any]) -> Event:
    """Takes an old body up, version by version, until a class of today reads it."""
    while name not in CATALOGUE:
        if name not in UPCASTS:
            raise UnknownEvent(name)
        name, step = UPCASTS[name]
        body = step(body)
    return msgspec.convert(body, CATALOGUE[name])
