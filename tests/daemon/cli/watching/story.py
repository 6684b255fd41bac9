"""Runs as a daemon would publish them: real events, made into messages by the publisher's own functions.

A `Story` is a log in the making: each event gets the next position. Beside the events it keeps what the retained
states would say, as `docs/monitors.md` describes them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from daemon.cli.watching.fold import Message
from daemon.mqtt.messages import About, Origin, cloud_event, encoded, moment
from daemon.mqtt.topics import event_topic, state_topic
from events.design import Event
from events.runs import NodeCompleted, NodeStarted, RunCompleted, RunResumed, RunStarted, TriggerFired
from events.vocabulary import Cause
from projections.run_history import RunSummary

NAMESPACE = "default"
LOG_ID = "0123456789abcdef"
STARTED_AT = 1_793_714_544_000
"""2026-11-03T14:02:24Z."""

COUNTS = {
    "succeeded": "SucceededActions",
    "failed": "FailedActions",
    "timeout": "TimeoutActions",
    "stopped": "StoppedActions",
    "errored": "ErroredActions",
}


class Recorded(NamedTuple):
    """An event as the log holds it."""

    position: int
    stream: str
    version: int
    event: Event


def run_id(number: int) -> str:
    """The id of a run of the story."""
    return f"wr_{STARTED_AT + number * 60_000:012x}" + f"{number:x}".rjust(52, "0")


class Story:
    """See the module. `messages` are all that was published, in order."""

    def __init__(self, workflow: str = "W1", nodes: Sequence[str] = ("J1", "J2", "J3", "J4", "J5")) -> None:
        self.workflow = workflow
        self.nodes = nodes
        self.position = 0
        self.messages: list[Message] = []
        self.at = STARTED_AT
        self.states: dict[str, dict[str, dict[str, Any]]] = {}
        self._rows: dict[str, RunSummary] = {}
        self._versions: dict[str, int] = {}

    def tell(self, run: str, event: Event) -> Message:
        """One more event of a run."""
        self.position += 1
        version = self._versions[run] = self._versions.get(run, -1) + 1
        recorded = Recorded(self.position, run, version, event)
        about = About(self.workflow, self._row(run, event))
        document = cloud_event(recorded, Origin(NAMESPACE, LOG_ID), about)
        return self._publish(event_topic(NAMESPACE, run, event, self.workflow), encoded(document))

    def start(self, run: str) -> Message:
        """A run begins."""
        self.states[run] = {}
        return self.tell(run, RunStarted(self.at, "api:ada", self.workflow, "design", Cause("API")))

    def resume(self, run: str, previous: str, restarted: Sequence[str]) -> Message:
        """A run begins as the repair of another."""
        self.states[run] = {name: state for name, state in self.states[previous].items() if name not in restarted}
        keys = tuple(f"JOB:{name}" for name in restarted)
        event = RunResumed(
            self.at, "api:ada", self.workflow, "design", Cause("RESUME"), previous, 9, previous, 1, keys, keys
        )
        return self.tell(run, event)

    def fire(self, run: str, trigger: str) -> Message:
        """A trigger fires."""
        return self.tell(run, TriggerFired(self.at, "daemon", trigger))

    def begin(self, run: str, node: str, attempt: int = 0) -> Message:
        """A job run begins."""
        identifier = job_run(run, node, attempt)
        self.states[run][node] = {
            "state": "RUNNING", "attempt": attempt, "trigger": "T1", "started": moment(self.at),
            "job_run_id": identifier, "run_id": run,
        }  # fmt: skip
        return self.tell(run, NodeStarted(self.at, "daemon", f"JOB:{node}", identifier, attempt, "T1", 1))

    def end(self, run: str, node: str, state: str = "SUCCEEDED", error: str | None = None) -> Message:
        """A job run ends."""
        shown = self.states[run][node]
        shown |= {"state": state, "ended": moment(self.at), "error": error}
        event = NodeCompleted(self.at, "executor", f"JOB:{node}", shown["job_run_id"], state, error)
        return self.tell(run, event)

    def complete(self, run: str, status: str = "COMPLETED") -> Message:
        """The run ends."""
        return self.tell(run, RunCompleted(self.at, "daemon", status))

    def head(self) -> Message:
        """`state/head`."""
        state = {"sequence": self.position, "time": moment(self.at), "log_id": LOG_ID}
        return self._publish(state_topic(NAMESPACE, "head"), orjson.dumps(state))

    def daemon(self, status: str = "online", session: int = 1, **more: Any) -> Message:
        """`state/daemon/here-8484`."""
        state = {"status": status, "session": session, "version": "0.1.0", "since": moment(self.at), "log_id": LOG_ID}
        return self._publish(state_topic(NAMESPACE, "daemon", "here-8484"), orjson.dumps(state | more))

    def run_state(self, run: str) -> Message:
        """`state/run/W/R`."""
        states = self.states[run]
        nodes = [{"node": name, "node_type": "JOB", **states.get(name, {"state": None})} for name in self.nodes]
        state = self._outcome(run) | {
            "run_id": run,
            "by": "api:ada",
            "cause": "API",
            "cause_trigger": None,
            "nodes": nodes,
        }
        return self._publish(state_topic(NAMESPACE, "run", self.workflow, run), orjson.dumps(state))

    def workflow_state(self, run: str) -> Message:
        """`state/workflow/W`."""
        active = sum(row.completed_at is None for row in self._rows.values())
        state = self._outcome(run) | {"last_run_id": run, "active_runs": active}
        return self._publish(state_topic(NAMESPACE, "workflow", self.workflow), orjson.dumps(state))

    def cleared(self, *levels: str) -> Message:
        """A retained state is taken away."""
        return self._publish(state_topic(NAMESPACE, *levels), b"")

    def _outcome(self, run: str) -> dict[str, Any]:
        row = self._rows[run]
        return {
            "workflow": self.workflow,
            "status": row.status,
            "outcome": row.outcome,
            "previous_run_id": row.previous or None,
            "started": moment(row.started_at),
            "ended": moment(row.completed_at) if row.completed_at else None,
            "total": row.total,
            **{name: row.statistics[member] for name, member in COUNTS.items()},
            "running": row.statistics["RunningActions"],
            "waiting": 0,
            "sequence": self.position,
        }

    def _row(self, run: str, event: Event) -> RunSummary:
        """The run's row of history after the event."""
        before = self._rows.get(run)
        states = [state["state"] for state in self.states[run].values()]
        counts = {member: states.count(name.upper()) for name, member in COUNTS.items()}
        ended = event.status if isinstance(event, RunCompleted) else ""
        well = not any(counts[member] for name, member in COUNTS.items() if name != "succeeded")
        outcome = "SUCCEEDED" if well else "PARTLY_FAILED"
        row = RunSummary(
            run_id=run,
            workflow=self.workflow,
            status=ended or "RUNNING",
            outcome=outcome if ended == "COMPLETED" else ended or "RUNNING",
            started_at=before.started_at if before else event.at,
            completed_at=event.at if ended else None,
            previous=event.previous if isinstance(event, RunResumed) else (before.previous if before else ""),
            root=before.root if before else (event.root if isinstance(event, RunResumed) else run),
            depth=0,
            total=len(self.nodes),
            statistics=counts | {"RunningActions": states.count("RUNNING"), "WaitingActions": 0},
            cause=Cause("API"),
            by="api:ada",
            properties={},
            error=None,
        )
        self._rows[run] = row
        return row

    def _publish(self, topic: str, payload: bytes) -> Message:
        message = Message(topic, payload, float(self.position))
        self.messages.append(message)
        return message


def job_run(run: str, node: str, attempt: int = 0) -> str:
    """The id of a node's attempt in a run."""
    stem = f"jr_{run[3:15]}" + f"{ord(node[-1]):x}".rjust(52, "0")
    return stem + (f"_attempt_{attempt}" if attempt else "")
