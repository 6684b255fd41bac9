"""What is read from the broker: events and retained states, as far as the monitor needs them.

Whoever may publish on the broker may publish rubbish, so every payload is checked as it is read. Members that are not
named here are passed over: a newer daemon may say more.
"""

from datetime import datetime

import msgspec

from daemon.cli.documents import Cause

SHAPED = ("run.", "node.", "trigger.fired", "job_run.", "crawl.")
"""Beginnings of the types of events whose own fields are read; of all others only where they belong."""


class Envelope(msgspec.Struct, frozen=True):
    """A CloudEvent before its data is looked at."""

    id: str
    type: str
    time: datetime
    data: msgspec.Raw
    source: str = ""
    subject: str = ""


class Belonging(msgspec.Struct, frozen=True):
    """Where any event belongs."""

    sequence: int
    stream: str = ""
    workflow: str = ""
    run_id: str = ""
    by: str = ""


class Facts(Belonging, frozen=True):
    """What the events of runs say, all in one: what does not apply is empty."""

    previous_run_id: str | None = None
    root: str | None = None
    depth: int = 0
    restarted: tuple[str, ...] = ()
    cause: Cause | None = None
    trigger: str | None = None
    node: str = ""
    node_type: str = ""
    attempt_id: str = ""
    attempt: int = 0
    state: str = ""
    error: str | None = None
    exit_code: int | None = None
    retried: bool = False
    reason: str = ""
    ended_at: datetime | None = None
    status: str = ""
    outcome: str = ""
    total: int | None = None
    succeeded: int = 0
    failed: int = 0
    timeout: int = 0
    stopped: int = 0
    errored: int = 0


class Event(msgspec.Struct, frozen=True):
    """One event of the log. `name` is its stored name, such as `node.completed`; `log_id` tells logs apart; `body` is
    the whole message."""

    name: str
    log_id: str
    time: datetime
    subject: str
    facts: Facts
    body: bytes = b""

    @property
    def sequence(self) -> int:
        """Its position in the log."""
        return self.facts.sequence


class DaemonState(msgspec.Struct, frozen=True):
    """`state/daemon/INSTANCE`: `status` is online, stopped or, by the last will, offline."""

    status: str
    session: int = 0
    version: str = ""
    since: datetime | None = None
    url: str = ""
    log_id: str = ""
    commands: bool = False
    time: datetime | None = None


class Head(msgspec.Struct, frozen=True):
    """`state/head`: the newest event of the log."""

    sequence: int
    log_id: str = ""
    time: datetime | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands: what the states of workflows and runs have in common."""

    status: str | None = None
    outcome: str | None = None
    previous_run_id: str | None = None
    total: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    timeout: int | None = None
    stopped: int | None = None
    errored: int | None = None
    running: int | None = None
    waiting: int | None = None
    started: datetime | None = None
    ended: datetime | None = None
    sequence: int | None = None


class WorkflowState(Outcome, frozen=True, kw_only=True):
    """`state/workflow/WORKFLOW`: its newest run."""

    workflow: str
    last_run_id: str | None = None
    active_runs: int = 0


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """One node of `state/run/...`: its newest attempt; `run_id` is the run that executed it."""

    node: str
    node_type: str = "JOB"
    state: str | None = None
    attempt: int | None = None
    trigger: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error: str | None = None
    job_run_id: str | None = None
    run_id: str | None = None


class RunState(Outcome, frozen=True, kw_only=True):
    """`state/run/WORKFLOW/RUN`: a run that is active or ended lately, with its nodes in topological order."""

    workflow: str
    run_id: str
    by: str | None = None
    cause: str | None = None
    cause_trigger: str | None = None
    error: str | None = None
    nodes: tuple[NodeState, ...] = ()
    nodes_omitted: int = 0


def read_event(payload: bytes | msgspec.Raw) -> Event:
    """An event out of its payload. Raises ValueError (msgspec's errors are such) for what is none."""
    envelope = msgspec.json.decode(payload, type=Envelope)
    name = envelope.type.removeprefix("reglue.")
    if name.startswith(SHAPED):
        facts = msgspec.json.decode(envelope.data, type=Facts)
    else:
        facts = Facts(*msgspec.structs.astuple(msgspec.json.decode(envelope.data, type=Belonging)))
    return Event(name, envelope.id.rpartition("-")[0], envelope.time, envelope.subject, facts, bytes(payload))
