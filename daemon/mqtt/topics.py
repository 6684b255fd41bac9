"""Where each event is published: a pure function of the event and of what is known about its stream.

The tree below `reglue/v1/{namespace}`:

    events/{workflow}/{run}/run/{verb}                 a run (or a job run, a crawl that stands alone)
    events/{workflow}/{run}/node/{node}/{verb}         an attempt at a job or crawler
    events/{workflow}/{run}/trigger/{trigger}/fired    a trigger that fired in a run
    events/{workflow}/-/{kind}/{name}/{verb}           a definition, a design, an item of the data catalog
    events/{workflow}/-/inbox/{verb}                   the events that a workflow was notified of
    state/...                                          retained: how things stand
    cmd/{command}                                      what the daemon is asked to do, if it takes commands here
    reply/...                                          its answers, at topics that those who ask choose

A level that does not apply is `-`. Names take one level each, whatever characters they have: `/ + # %`, control
characters and a lone `-` are percent-encoded. One `+` per question is enough: `reglue/v1/+/events/+/+/node/+/failed`
are all failures.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from events import archives, crawlers, data_catalog, design, notifications, runs, schedules, seals
from events.design import Event
from events.vocabulary import SEAL_STREAM, StreamId, node_name

ROOT = "reglue/v1"
NONE = "-"
LONGEST_REPLY_TOPIC = 1024
_UNSAFE = re.compile("[/+#%\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

Verb = str | Callable[[Any], str]
"""The last level: a word, or made from the event."""


@lru_cache(maxsize=4096)
def level(name: str) -> str:
    """A name as one level of a topic."""
    if name in ("", NONE):
        return "%2D" if name else NONE
    return _UNSAFE.sub(_percent, name)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def event_topic(namespace: str, stream: StreamId, event: Event, workflow: str) -> str:
    """The topic of one event. `workflow` is the workflow that its stream belongs to, empty if none."""
    verb = VERBS[type(event)]
    last = verb if isinstance(verb, str) else verb(event)
    return f"{ROOT}/{level(namespace)}/events/{level(workflow)}/{_place(stream, event)}/{last}"


def _place(stream: StreamId, event: Event) -> str:
    """The levels from the run on, but for the last."""
    kind, _, name = stream.partition(":")
    if kind in ("inbox", SEAL_STREAM):
        return f"{NONE}/{kind}"
    if name and kind != "crawl":
        return f"{NONE}/{kind}/{level(name)}"
    run = level(name or kind)
    match event:
        case runs.NodeWaiting() | runs.NodeStarted() | runs.NodeRefused() | runs.NodeStopAsked() | runs.NodeCompleted():
            return f"{run}/node/{level(node_name(event.node))}"
        case runs.TriggerFired():
            return f"{run}/trigger/{level(event.trigger)}"
    return f"{run}/run"


def state_topic(namespace: str, *levels: str) -> str:
    """The topic of a retained state, such as `state/workflow/W1`; the levels are names."""
    return "/".join((ROOT, level(namespace), "state", *map(level, levels)))


def command_topic(namespace: str, command: str) -> str:
    """The topic on which a command is taken, such as `cmd/start`."""
    return f"{ROOT}/{level(namespace)}/cmd/{command}"


def reply_topic(namespace: str, place: str) -> str:
    """A topic on which the answer to a command may be awaited. Answers go to no others, so that nobody can have the
    daemon publish among its own events and states."""
    return f"{ROOT}/{level(namespace)}/reply/{place}"


def is_reply_topic(namespace: str, topic: str) -> bool:
    """Whether an answer may go there."""
    prefix = reply_topic(namespace, "")
    fits = len(topic) <= LONGEST_REPLY_TOPIC and topic.startswith(prefix) and prefix < topic
    return fits and not _UNSAFE.search(topic.replace("/", "").replace("%", ""))


def _of_state(event: runs.NodeCompleted | runs.NodeRefused) -> str:
    """Attempts that are tried again say so, so that an alarm on `failed` is one about the last attempt."""
    retried = isinstance(event, runs.NodeCompleted) and event.retried
    return "retried" if retried else event.state.lower()


def _of_status(event: runs.RunCompleted) -> str:
    return event.status.lower()


VERBS: dict[type[Event], Verb] = {
    design.WorkflowDefined: "created",
    design.WorkflowChanged: "changed",
    design.WorkflowRemoved: "deleted",
    design.TriggerDefined: "created",
    design.TriggerChanged: "changed",
    design.TriggerActivated: "activated",
    design.TriggerDeactivated: "deactivated",
    design.TriggerRemoved: "deleted",
    schedules.ScheduleFired: "schedule-fired",
    design.JobDefined: "created",
    design.JobChanged: "changed",
    design.JobRemoved: "deleted",
    crawlers.CrawlerDefined: "created",
    crawlers.CrawlerChanged: "changed",
    crawlers.CrawlerRemoved: "deleted",
    crawlers.CrawlerScheduleStarted: "schedule-started",
    crawlers.CrawlerScheduleStopped: "schedule-stopped",
    crawlers.CrawlRequested: "requested",
    crawlers.ClassifierDefined: "created",
    crawlers.ClassifierChanged: "changed",
    crawlers.ClassifierRemoved: "deleted",
    data_catalog.DatabaseDefined: "created",
    data_catalog.DatabaseChanged: "changed",
    data_catalog.DatabaseRemoved: "deleted",
    data_catalog.TableDefined: "created",
    data_catalog.TableChanged: "changed",
    data_catalog.TableRemoved: "deleted",
    data_catalog.PartitionsAdded: "added",
    data_catalog.PartitionChanged: "changed",
    data_catalog.PartitionsRemoved: "removed",
    data_catalog.PartitionsCleared: "cleared",
    design.ResourceTagged: "tagged",
    design.ResourceUntagged: "untagged",
    design.DesignRecorded: "recorded",
    notifications.RulePut: "put",
    notifications.RuleTargetsPut: "targets-put",
    notifications.RuleTargetsRemoved: "targets-removed",
    notifications.RuleRemoved: "deleted",
    notifications.EventReceived: "received",
    notifications.EventRefused: "refused",
    notifications.BatchFired: "fired",
    notifications.EventsDiscarded: "discarded",
    seals.LogSealed: "sealed",
    runs.RunStarted: "started",
    runs.RunResumed: "resumed",
    runs.JobRunRequested: "requested",
    runs.PropertiesPut: "properties-put",
    runs.RunStopAsked: "stopping",
    runs.RunCompleted: _of_status,
    archives.RunArchived: "archived",
    runs.TriggerFired: "fired",
    runs.NodeWaiting: "waiting",
    runs.NodeStarted: "running",
    runs.NodeRefused: _of_state,
    runs.NodeStopAsked: "stopping",
    runs.NodeCompleted: _of_state,
}
"""Event -> the last level of its topic. A house test holds that every stored event has one."""
