"""The documents of `/v1` that commands read: the shapes that the daemon writes, as far as commands need them.

Members that are not named here are passed over, so a newer daemon may say more. Times are in UTC.
"""

from datetime import datetime

import msgspec


class Cause(msgspec.Struct, frozen=True):
    """Why a run began: `kind` is API, TRIGGER, SCHEDULE, EVENT or RESUME."""

    kind: str
    trigger: str | None = None
    event_ids: tuple[str, ...] | None = None
    due: datetime | None = None


class Resumed(msgspec.Struct, frozen=True):
    """A new run that resumes another: the keys of the nodes that start at once, and of those picked without need.
    `again` says that the plan had been carried out before."""

    run_id: str
    starting: list[str]
    redundant: list[str]
    previous_run_id: str = ""
    again: bool = False


class Statistics(msgspec.Struct, frozen=True):
    """How many nodes of a run stand how; nodes that never ran are in none of these."""

    succeeded: int = 0
    failed: int = 0
    timeout: int = 0
    stopped: int = 0
    errored: int = 0
    running: int = 0
    waiting: int = 0


class Failure(msgspec.Struct, frozen=True):
    """A node that ended badly, and not because of another: the beginning of its error."""

    node: str
    state: str
    attempt_id: str = ""
    error: str | None = None


class InArchive(msgspec.Struct, frozen=True):
    """When a run's events were moved out of the log, by whom, and into which file."""

    at: datetime
    by: str
    file: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One run in one row. `status` is Glue's; `outcome` says what it hides."""

    run_id: str
    workflow: str
    status: str
    outcome: str
    started_at: datetime
    completed_at: datetime | None = None
    previous_run_id: str | None = None
    root_run_id: str | None = None
    depth: int = 0
    total: int = 0
    statistics: Statistics = Statistics()
    cause: Cause
    by: str = ""
    properties: dict[str, str] = {}
    error: str | None = None
    failures: tuple[Failure, ...] = ()
    root_failures: int = 0
    blocked: int = 0
    archived: InArchive | None = None


class Page(msgspec.Struct, frozen=True):
    """A page of a workflow's history, newest run first; `next` asks for the page after it."""

    runs: tuple[Summary, ...]
    next: str | None = None


class Attempt(msgspec.Struct, frozen=True):
    """One attempt at a node: a job run or a crawl."""

    id: str
    number: int
    state: str
    trigger: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error: str | None = None
    exit_code: int | None = None


class Node(msgspec.Struct, frozen=True):
    """A job or crawler in a run's graph. `state` is None if it never ran; `attempts` are newest first.

    `executed_in` is the run that really ran it; `copied` says that this is an earlier run, `restarted` that this run
    was resumed from here.
    """

    key: str
    kind: str
    name: str
    unique_id: str
    state: str | None = None
    executed_in: str | None = None
    copied: bool = False
    restarted: bool = False
    attempts: tuple[Attempt, ...] = ()


class Condition(msgspec.Struct, frozen=True):
    """A node that a trigger watches, and the state that it waits for."""

    node: str
    state: str


class Trigger(msgspec.Struct, frozen=True):
    """A trigger in a run's graph; `fired_at` is None if it did not fire."""

    name: str
    type: str
    state: str = ""
    logical: str | None = None
    conditions: tuple[Condition, ...] = ()
    actions: tuple[str, ...] = ()
    fired_at: datetime | None = None
    fired_in: str | None = None
    copied: bool = False


class Run(Summary, frozen=True, kw_only=True):
    """A run with its whole graph; nodes are in the order of execution."""

    nodes: tuple[Node, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    resumed_by: tuple[str, ...] = ()


class Workflow(msgspec.Struct, frozen=True):
    """A workflow and its newest run, if it ever ran."""

    name: str
    last_run: Summary | None = None


class Workflows(msgspec.Struct, frozen=True):
    """All workflows."""

    workflows: tuple[Workflow, ...]
