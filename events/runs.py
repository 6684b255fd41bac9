"""Facts of a run: its start or its resume, what fired, what started and how it ended, what was asked of it.

A workflow run's stream is named by its run id (`wr_...`). A job run that stands alone has a stream too, named by its
job run id (`jr_...`): it is a run with one node and no triggers, so that starting, ending, retrying and waiting are
written once.

A node's attempt is a Glue JobRun; its id names the attempt for ever. What can be derived is not stored: arguments and
timeout follow from the job's definition at `job_version` and the action of `trigger`; the predecessors of a
job run follow from the moment its trigger fired. That keeps events small, and a resume's cost apart from the size of
its graph.

Field names are a storage format: see the room's docstring before renaming one.
"""

from typing import Any

import msgspec

from events.design import Event
from events.vocabulary import Cause, CrawlReport, NodeKey, StopReason


class RunStarted(Event, frozen=True):
    """A workflow run began on the design snapshot named by `design` (its content hash). `workflow` is empty for what
    descends from one firing of a trigger outside of workflows. `maps_properties` says that arguments of its jobs may
    name the properties it began with; not under strict-glue."""

    workflow: str
    design: str
    cause: Cause
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    maps_properties: bool = False


class RunResumed(Event, frozen=True):
    """A run began as the repair of `previous`, whose graph at `previous_version` it takes over by reference.

    `asked` are the nodes that the caller picked; `restarted` those of them that start at once (the picks downstream
    of another pick are left out). Everything not downstream of `restarted` is the previous run's: node details and
    fired triggers alike. `root` is the first run of the chain and `depth` its distance from there.

    A `design` other than the previous run's is the one of the day, on which what can be kept of the graph was carried
    (see `projections/carrying.py`). `plan` is the token of the plan that was carried out; its digits are the run's own.
    `dropped` names for each pick that was left out the one upstream of it, or nothing where the design has it no more.
    `properties` were laid over the previous run's; `maps_properties` says that arguments may name them.
    """

    workflow: str
    design: str
    cause: Cause
    previous: str
    previous_version: int
    root: str
    depth: int
    asked: tuple[NodeKey, ...]
    restarted: tuple[NodeKey, ...]
    plan: str = ""
    dropped: dict[NodeKey, NodeKey] = msgspec.field(default_factory=dict)
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    maps_properties: bool = False


class JobRunRequested(Event, frozen=True):
    """A job run was asked for outside of any workflow; `overrides` holds the members of StartJobRun that it came
    with."""

    job: str
    cause: Cause
    overrides: dict[str, Any] = msgspec.field(default_factory=dict)


class TriggerFired(Event, frozen=True):
    """A trigger of the run fired. A trigger fires at most once in a run."""

    trigger: str


class NodeWaiting(Event, frozen=True):
    """An attempt is owed but its job is at its MaxConcurrentRuns: it starts when a run of that job ends."""

    node: NodeKey
    attempt_id: str
    attempt: int
    trigger: str = ""
    job_version: int = 0


class NodeStarted(Event, frozen=True):
    """An attempt was handed to an executor. `job_version` is the version of the job's definition that it runs."""

    node: NodeKey
    attempt_id: str
    attempt: int
    trigger: str = ""
    job_version: int = 0


class NodeRefused(Event, frozen=True):
    """An attempt could not be started at all: its job is gone (`ERROR`), or its limit is reached in strict mode
    (`FAILED`)."""

    node: NodeKey
    attempt_id: str
    attempt: int
    state: str
    error: str
    trigger: str = ""
    job_version: int = 0


class NodeStopAsked(Event, frozen=True):
    """Someone (STOPPED) or the clock (TIMEOUT) asked a running attempt to end."""

    node: NodeKey
    attempt_id: str
    reason: StopReason


class NodeCompleted(Event, frozen=True):
    """An attempt ended. `retried` says that the next attempt follows, so no condition may match this one.

    `crawl` is there when the node is a crawler whose crawl left findings; the catalog's events that belong to it are
    appended together with this one. `ended_at` is there when the attempt ended noticeably before this was recorded
    (`at`): while no daemon was running.
    """

    node: NodeKey
    attempt_id: str
    state: str
    error: str | None = None
    exit_code: int | None = None
    retried: bool = False
    ended_at: int | None = None
    crawl: CrawlReport | None = None


class PropertiesPut(Event, frozen=True):
    """Run properties were merged, key by key."""

    properties: dict[str, str]


class RunStopAsked(Event, frozen=True):
    """The run was asked to stop: what runs is ended, nothing more starts, no trigger fires."""


class RunCompleted(Event, frozen=True):
    """Nothing runs and nothing can fire any more. `status` is COMPLETED, STOPPED or ERROR."""

    status: str
    error: str | None = None
