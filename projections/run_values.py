"""The values that a run is folded into: attempts, firings, and the graph that holds them.

Attempts and firings are frozen and shared between the graphs of a chain of resumes; they hold no cycles, so the
garbage collector need not look at them. A graph belongs to whoever folds it.
"""

from copy import copy
from typing import Any

import msgspec

from events.archives import RunArchived
from events.vocabulary import CRAWL_STREAM_PREFIX, JOB_RUN_ID_PREFIX, Cause, CrawlReport, NodeKey
from projections.design_graph import DesignGraph
from projections.lifecycle import ACTIVE_STATUSES


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One attempt at a node: a Glue JobRun or Crawl. Times are milliseconds since the epoch.

    `run_id` is the run that really executed it, whichever graph it is seen in. `job_version` names the definition it
    ran (0: none was found). `retried` says that the attempt after it belongs to the same firing.
    """

    id: str
    node: NodeKey
    number: int
    run_id: str
    trigger: str
    state: str
    job_version: int
    started_at: int
    modified_at: int
    completed_at: int | None = None
    error: str | None = None
    exit_code: int | None = None
    retried: bool = False
    stop_reason: str | None = None
    crawl: CrawlReport | None = None

    @property
    def is_active(self) -> bool:
        """Whether the attempt waits, runs or is being stopped."""
        return self.completed_at is None


class Firing(msgspec.Struct, frozen=True, gc=False):
    """A trigger's firing: when, in which run, and the attempts whose ends made it fire."""

    at: int
    run_id: str
    predecessors: tuple[tuple[NodeKey, str], ...]


class Terms(msgspec.Struct, frozen=True):
    """What the attempts of an earlier run of the chain ran under, where that differs: its triggers, and what their
    arguments could name."""

    design: DesignGraph
    parameters: dict[str, str]


class RunGraph(msgspec.Struct):
    """A run as it stands. Owned by whoever folds it; see the room's docstring.

    `parameters` are the properties that the first run of the chain began with, with what resumes set, if arguments may
    name them; `earlier` the terms of runs before, by run id, for attempts that were carried over a change of them;
    `archived` is there where the events were moved out of the log: then there are no nodes (`projections/archived.py`);
    `attempts` holds each node's attempts, newest first; `ended` the state each node last ended in for good;
    `unmatched` how many conditions each waiting trigger still lacks; `ripe` the triggers that must fire next; `held`
    the triggers of a resumed run whose conditions were met by carried nodes from the start: they wait for the
    restarted ones they also watch.
    """

    run_id: str
    workflow: str
    design: DesignGraph
    status: str
    started_at: int
    cause: Cause
    by: str
    version: int = 0
    completed_at: int | None = None
    modified_at: int = 0
    error: str | None = None
    properties: dict[str, str] = {}
    overrides: dict[str, Any] = {}
    parameters: dict[str, str] = {}
    earlier: dict[str, Terms] = {}
    previous: str = ""
    root: str = ""
    depth: int = 0
    asked: tuple[NodeKey, ...] = ()
    restarted: tuple[NodeKey, ...] = ()
    attempts: dict[NodeKey, tuple[Attempt, ...]] = {}
    fired: dict[str, Firing] = {}
    ended: dict[NodeKey, str] = {}
    unmatched: dict[str, int] = {}
    ripe: dict[str, None] = {}
    held: dict[str, None] = {}
    active: dict[str, NodeKey] = {}
    statistics: dict[str, int] = {}
    archived: RunArchived | None = None

    @property
    def is_active(self) -> bool:
        """Whether the run still counts towards its workflow's MaxConcurrentRuns."""
        return self.status in ACTIVE_STATUSES

    def still(self) -> "RunGraph":
        """The graph as it stands now, which no later event changes: itself once it has ended."""
        if not self.is_active:
            return self
        copied = copy(self)
        for name in self.__struct_fields__:
            if isinstance(value := getattr(self, name), dict):
                setattr(copied, name, dict(value))
        return copied

    @property
    def stands_alone(self) -> bool:
        """Whether this is a job run or a crawl outside of any workflow."""
        return self.run_id.startswith((JOB_RUN_ID_PREFIX, CRAWL_STREAM_PREFIX))

    def newest(self, node: NodeKey) -> Attempt | None:
        """The node's newest attempt, if it was ever attempted."""
        attempts = self.attempts.get(node)
        return attempts[0] if attempts else None

    def find(self, attempt_id: str) -> Attempt | None:
        """The attempt with this id, among those of this run that have not ended, else among all."""
        node = self.active.get(attempt_id)
        nodes = (node,) if node is not None else tuple(self.attempts)
        return next((a for n in nodes for a in self.attempts[n] if a.id == attempt_id), None)
