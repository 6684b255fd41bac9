"""Facts about definitions: workflows, triggers and jobs defined, changed, removed; and the designs that runs froze.

Each definition has a stream of its own, named by kind and name. A removed definition may be defined again: the stream
goes on. A changed definition is stored whole, because Glue's updates overwrite; so the event at or before a version
is the definition as of that version, and a job run needs to keep no more than that number.

Field names are a storage format: see the room's docstring before renaming one.
"""

from typing import Any

import msgspec

from events.vocabulary import DesignSnapshot, TriggerDefinition


class Event(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What every fact carries: when it happened (`at`, milliseconds since the epoch) and who caused it (`by`).

    `by` is `api:<access key>` for a client of the Glue wire, `mqtt:<who>` for one by MQTT, `trigger:<name>`,
    `executor`, `daemon` for what the daemon owes by itself. Facts are made of values and hold no cycles, so the garbage
    collector may pass them over.
    """

    at: int
    by: str


class WorkflowDefined(Event, frozen=True):
    """A workflow was created. `definition` holds Glue's members: Description, DefaultRunProperties,
    MaxConcurrentRuns."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = {}


class WorkflowChanged(Event, frozen=True):
    """A workflow's own settings were changed; `definition` is the whole new one."""

    definition: dict[str, Any]


class WorkflowRemoved(Event, frozen=True):
    """A workflow was deleted. Glue leaves its triggers and jobs where they are."""


class TriggerDefined(Event, frozen=True):
    """A trigger was created; `activated` says whether it was started with its creation (StartOnCreation)."""

    definition: TriggerDefinition
    activated: bool = False
    tags: dict[str, str] = {}


class TriggerChanged(Event, frozen=True):
    """A trigger's definition was overwritten; its state stays."""

    definition: TriggerDefinition


class TriggerActivated(Event, frozen=True):
    """A conditional or scheduled trigger was started: it is ready to fire."""


class TriggerDeactivated(Event, frozen=True):
    """A trigger was stopped: it does not fire."""


class TriggerRemoved(Event, frozen=True):
    """A trigger was deleted."""


class JobDefined(Event, frozen=True):
    """A job was created. `definition` holds the members of Glue's CreateJob but Name and Tags."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = {}


class JobChanged(Event, frozen=True):
    """A job's definition was overwritten; `definition` is the whole new one."""

    definition: dict[str, Any]


class JobRemoved(Event, frozen=True):
    """A job was deleted. Nodes that would start it end in ERROR."""


class ResourceTagged(Event, frozen=True):
    """Tags were added to a definition, or given new values."""

    tags: dict[str, str]


class ResourceUntagged(Event, frozen=True):
    """Tags were taken off a definition."""

    keys: tuple[str, ...]


class DesignRecorded(Event, frozen=True):
    """A design snapshot, stored once however many runs share it. Its stream is named by its content hash."""

    snapshot: DesignSnapshot
