"""A run as the monitor sees it: put together from its retained state, its events, and the daemon's own document.

The three come in any order and overlap. Each is applied only where it is newer than what is known: `base` is the
position of the log that the whole view is as new as, `newer` holds the nodes for which events after it have come.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from daemon.cli.documents import Attempt, Cause, Node, Run, Statistics, Summary, Trigger
from daemon.cli.watching.payloads import Event, Facts, NodeState, Outcome, RunState

ACTIVE = ("RUNNING", "STOPPING")
BUCKET_OF_STATE = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMEOUT": "timeout",
    "EXPIRED": "timeout",
    "STOPPED": "stopped",
    "CANCELLED": "stopped",
    "ERROR": "errored",
    "STARTING": "running",
    "RUNNING": "running",
    "STOPPING": "running",
    "CANCELLING": "running",
    "WAITING": "waiting",
}
RUN = ""
"""Stands for the run itself among the keys of `newer`."""


class RunView:
    """See the module. `triggers` and whole histories of attempts are there once the daemon's document was loaded."""

    def __init__(self, row: Summary) -> None:
        self.row = row
        self.nodes: dict[str, Node] = {}
        self.triggers: tuple[Trigger, ...] = ()
        self.omitted = 0
        self.loaded = False
        self.base = 0
        self.newer: dict[str, int] = {}
        self._counted = True

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.row.run_id

    @property
    def is_active(self) -> bool:
        """Whether the run goes on."""
        return self.row.status in ACTIVE

    @property
    def is_complete(self) -> bool:
        """Whether all nodes of the run are known."""
        return bool(self.nodes) and len(self.nodes) >= self.row.total and not self.omitted

    def summary(self) -> Summary:
        """The run in one row, counted anew where events have come since it was last counted."""
        if not self._counted and self.is_complete:
            counts = Counter(
                BUCKET_OF_STATE[node.state] for node in self.nodes.values() if node.state in BUCKET_OF_STATE
            )
            self.row = msgspec.structs.replace(self.row, statistics=Statistics(**counts))
        self._counted = True
        return self.row

    def document(self) -> Run:
        """The run as the daemon's own document, as far as it is known."""
        row = msgspec.structs.asdict(self.summary())
        return Run(**row, nodes=tuple(self.nodes.values()), triggers=self.triggers)

    def take_state(self, state: RunState) -> None:
        """Apply the retained state."""
        # A state that does not say how new it is counts as the newest.
        sequence = max((self.base, *self.newer.values())) if state.sequence is None else state.sequence
        if sequence < self.base:
            return
        self.base = sequence
        if self.newer.get(RUN, 0) <= sequence:
            self.row = row_of(state, self.row)
        for node in state.nodes:
            key = f"{node.node_type}:{node.node}"
            if self.newer.get(key, 0) <= sequence:
                self.nodes[key] = _node_of(node, self.nodes.get(key), self.run_id)
        self.omitted = state.nodes_omitted if not self.loaded else 0
        self._forget(sequence)
        # The state counts what it names, so that it is right also where nodes are left out.
        self._counted = not self.newer

    def take_document(self, run: Run, sequence: int) -> None:
        """Apply the daemon's document, which is as new as position `sequence` at least. Its order is topological."""
        nodes = {node.key: node for node in run.nodes}
        for key, position in self.newer.items():
            if position > sequence and key in self.nodes:
                nodes[key] = _merged(nodes.get(key), self.nodes[key])
        if self.newer.get(RUN, 0) <= sequence:
            shared = {name: getattr(run, name) for name in Summary.__struct_fields__}
            self.row = Summary(**shared)
        self.nodes, self.triggers, self.omitted, self.loaded = nodes, run.triggers, 0, True
        self.base = max(self.base, sequence)
        self._forget(sequence)
        self._counted = not self.newer

    def take_event(self, event: Event) -> None:
        """Apply an event of the run."""
        facts = event.facts
        key = f"{facts.node_type}:{facts.node}" if facts.node else RUN
        if event.sequence <= self.newer.get(key, self.base):
            return
        self.newer[key] = event.sequence
        if key == RUN:
            self.row = _after(self.row, event)
            self._mark_restarted(facts.restarted)
            if event.name == "trigger.fired":
                self._fire(event)
            self._counted = self._counted and event.name == "run.completed"
            return
        before = self.nodes.get(key) or Node(key, facts.node_type, facts.node, key)
        attempts = _attempts_after(before.attempts, event)
        self.nodes[key] = msgspec.structs.replace(
            before, state=attempts[0].state, executed_in=self.run_id, copied=False, attempts=attempts
        )
        self._counted = False

    def _fire(self, event: Event) -> None:
        self.triggers = tuple(
            msgspec.structs.replace(one, fired_at=event.time, fired_in=self.run_id, copied=False)
            if one.name == event.facts.trigger
            else one
            for one in self.triggers
        )

    def _mark_restarted(self, keys: Iterable[str]) -> None:
        for key in keys:
            kind, _, name = key.partition(":")
            before = self.nodes.get(key) or Node(key, kind, name, key)
            self.nodes[key] = msgspec.structs.replace(before, restarted=True)

    def _forget(self, sequence: int) -> None:
        self.newer = {key: position for key, position in self.newer.items() if position > sequence}


def row_of(state: Outcome, before: Summary) -> Summary:
    """The run in one row out of a retained state; what it does not say stays as it was."""
    counted = {name: getattr(state, name) for name in Statistics.__struct_fields__}
    given = {
        "status": state.status,
        "outcome": state.outcome,
        "total": state.total,
        "started_at": state.started,
        "previous_run_id": state.previous_run_id,
        "by": getattr(state, "by", None),
        "error": getattr(state, "error", None),
    }
    return msgspec.structs.replace(
        before,
        statistics=Statistics(**{name: count for name, count in counted.items() if count is not None}),
        completed_at=state.ended,
        cause=_cause_of(state) or before.cause,
        **{name: value for name, value in given.items() if value is not None},
    )


def _cause_of(state: Outcome) -> Cause | None:
    """Why the run began; a state of a workflow does not say."""
    return Cause(state.cause, state.cause_trigger) if isinstance(state, RunState) and state.cause else None


def _node_of(state: NodeState, before: Node | None, run_id: str) -> Node:
    """A node as its state says; earlier attempts that are known are kept."""
    key = f"{state.node_type}:{state.node}"
    before = before or Node(key, state.node_type, state.node, key)
    if not state.state:
        return msgspec.structs.replace(before, state=None, executed_in=None, copied=False, attempts=())
    newest = Attempt(
        state.job_run_id or "",
        state.attempt or 0,
        state.state,
        state.trigger,
        state.started,
        state.ended,
        state.error,
    )
    executed_in = state.run_id or run_id
    return msgspec.structs.replace(
        before,
        state=state.state,
        executed_in=executed_in,
        copied=executed_in != run_id,
        attempts=_with(before.attempts, newest),
    )


def _merged(document: Node | None, seen: Node) -> Node:
    """A node of the document for which newer events have come."""
    if document is None:
        return seen
    attempts = document.attempts
    for attempt in reversed(seen.attempts):
        attempts = _with(attempts, attempt)
    return msgspec.structs.replace(seen, unique_id=document.unique_id, restarted=document.restarted, attempts=attempts)


def _with(attempts: tuple[Attempt, ...], newest: Attempt) -> tuple[Attempt, ...]:
    """The attempts, newest first, with this one in place of what was known of it."""
    if any(one.id == newest.id for one in attempts):
        return tuple(newest if one.id == newest.id else one for one in attempts)
    return (newest, *attempts)


def _after(row: Summary, event: Event) -> Summary:
    """The row after an event of the run itself."""
    facts = event.facts
    match event.name:
        case "run.stop_asked":
            return msgspec.structs.replace(row, status="STOPPING")
        case "run.completed":
            return msgspec.structs.replace(
                row,
                status=facts.status,
                outcome=facts.outcome or ("RUNNING" if facts.status in ACTIVE else facts.status),
                completed_at=event.time,
                error=facts.error,
                **_counts_at_the_end(facts),
            )
    return row


def _counts_at_the_end(facts: Facts) -> dict[str, object]:
    if facts.total is None:
        return {}
    ended = ("succeeded", "failed", "timeout", "stopped", "errored")
    return {"total": facts.total, "statistics": Statistics(**{name: getattr(facts, name) for name in ended})}


def _attempts_after(attempts: tuple[Attempt, ...], event: Event) -> tuple[Attempt, ...]:
    """A node's attempts after an event of one of them."""
    facts = event.facts
    known = next((one for one in attempts if one.id == facts.attempt_id), None)
    before = known or Attempt(facts.attempt_id, facts.attempt, "RUNNING", facts.trigger, event.time)
    change: dict[str, object] = {}
    match event.name:
        case "node.waiting":
            change = {"state": "WAITING"}
        case "node.started":
            change = {"state": "RUNNING", "started_at": event.time}
        case "node.stop_asked":
            change = {"state": "STOPPING"}
        case "node.refused" | "node.completed":
            change = {"state": facts.state, "completed_at": facts.ended_at or event.time, "error": facts.error}
            change["exit_code"] = facts.exit_code
    return _with(attempts, msgspec.structs.replace(before, **change))
