"""Facts about events from outside and from other runs: the rules that route them, and each workflow's inbox.

An event that a workflow was notified of is a fact of that workflow's inbox, payload included, from the moment it was
accepted. Batches are ranges of the inbox: what began a run is read from there, not copied into the run.

Field names are a storage format: see the room's docstring before renaming one.
"""

from typing import Any

import msgspec

from events.design import Event


class Notification(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event in EventBridge's terms. `time` is when its sender says it happened (milliseconds since the epoch).

    `origin` names the fact that it was made from, as `stream@version`, when this daemon announced it; `hops` counts the
    runs started by events that led to it.
    """

    id: str
    source: str
    detail_type: str
    time: int
    detail: dict[str, Any] = {}
    resources: tuple[str, ...] = ()
    origin: str = ""
    hops: int = 0


class RulePut(Event, frozen=True):
    """A rule was created or overwritten; its targets stay. `definition` holds EventPattern (a text of JSON, as it was
    given), State, Description and RoleArn, as far as given."""

    name: str
    definition: dict[str, Any]


class RuleTargetsPut(Event, frozen=True):
    """Targets were added to a rule, or replaced by their ids: id to ARN of a workflow."""

    targets: dict[str, str]


class RuleTargetsRemoved(Event, frozen=True):
    """Targets were taken off a rule."""

    ids: tuple[str, ...]


class RuleRemoved(Event, frozen=True):
    """A rule was deleted."""


class EventReceived(Event, frozen=True):
    """A workflow was notified of an event, which now waits for its batch."""

    notification: Notification


class EventRefused(Event, frozen=True):
    """An event was not taken, for the reason given: its chain of workflows that start each other is too long."""

    notification: Notification
    reason: str


class BatchFired(Event, frozen=True):
    """The oldest `count` events that waited began the run `run_id`."""

    run_id: str
    count: int


class EventsDiscarded(Event, frozen=True):
    """The `count` events that waited will begin nothing, for the reason given."""

    count: int
    reason: str
