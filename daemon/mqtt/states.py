"""What retained messages say: how the daemon, its log, each workflow and each run of late stand. Pure, flat JSON.

A monitor that comes late reads these and knows where everything stands; the events from there on change it. `sequence`
is the position of the log that a state includes at the least. Times are RFC 3339 in UTC, durations seconds.
"""

from typing import Any

import msgspec

from daemon.mqtt.messages import moment, outcome_of
from events.vocabulary import CRAWL_STREAM_PREFIX, node_kind, node_name
from projections.design_graph import TRIGGER
from projections.lifecycle import ENDED_STATES
from projections.run_history import RunSummary, summarize
from projections.run_values import Attempt, RunGraph

MOST_NODES = 500
ONLINE, STOPPED, OFFLINE = "online", "stopped", "offline"


class Identity(msgspec.Struct, frozen=True):
    """Which daemon this is: its name among those of a namespace, version, HTTP address, since when it runs
    (milliseconds), and whether it takes commands by MQTT."""

    instance: str
    version: str
    url: str
    since: int
    commands: bool = False


class Presence(msgspec.Struct, frozen=True):
    """How a daemon stands to a broker: `status` is one of the above, `session` counts its connections, so that a will
    of an older one that comes late is told by it. `log_id` is empty as long as the log is."""

    status: str
    session: int
    log_id: str


def daemon_state(identity: Identity, presence: Presence, now: int) -> dict[str, Any]:
    """`state/daemon/{instance}`."""
    return {
        "status": presence.status,
        "session": presence.session,
        "version": identity.version,
        "since": moment(identity.since),
        "url": identity.url,
        "log_id": presence.log_id,
        "commands": identity.commands,
        "time": moment(now),
    }


def head_state(sequence: int, log_id: str, now: int) -> dict[str, Any]:
    """`state/head`: the newest event of the log, by which a monitor sees that it missed some."""
    return {"sequence": sequence, "time": moment(now), "log_id": log_id}


def workflow_state(workflow: str, last: RunSummary | None, active_runs: int, sequence: int) -> dict[str, Any]:
    """`state/workflow/{workflow}`: how its newest run stands; null where none ever ran."""
    return {
        "workflow": workflow,
        "last_run_id": _shown_id(last.run_id) if last is not None else None,
        **(_standing(last) if last is not None else _NOTHING_RAN),
        "active_runs": active_runs,
        "sequence": sequence,
    }


def run_state(graph: RunGraph, sequence: int) -> dict[str, Any]:
    """`state/run/{workflow}/{run_id}`: the run with its nodes in topological order. Of more than 500 nodes those are
    shown that are under way or did not end well, then the others, as far as there is room."""
    summary = summarize(graph)
    shown = _chosen(graph)
    state = {
        "workflow": graph.workflow,
        "run_id": _shown_id(graph.run_id),
        **_standing(summary),
        "by": graph.by,
        "cause": graph.cause.kind,
        "cause_trigger": graph.cause.trigger or None,
        "error": graph.error,
        "design": graph.design.hash,
        "sequence": sequence,
        "nodes": [_node(graph, key) for key in shown],
    }
    if len(shown) < summary.total:
        state["nodes_omitted"] = summary.total - len(shown)
    return state


def _standing(run: RunSummary) -> dict[str, Any]:
    ended = run.completed_at
    return {
        "previous_run_id": run.previous or None,
        "duration_s": None,
        **outcome_of(run),
        "running": run.statistics["RunningActions"],
        "waiting": run.statistics["WaitingActions"],
        "started": moment(run.started_at),
        "ended": moment(ended) if ended is not None else None,
    }


_NOTHING_RAN: dict[str, Any] = dict.fromkeys(("previous_run_id", "duration_s", "status", "outcome")) | dict.fromkeys(
    ("total", "succeeded", "failed", "timeout", "stopped", "errored", "running", "waiting"), 0
)
_NOTHING_RAN |= dict.fromkeys(("started", "ended"))


def _chosen(graph: RunGraph) -> list[str]:
    """The keys of the nodes that are shown, in topological order."""
    if graph.stands_alone:
        return list(graph.design.nodes)
    nodes = [key for key in graph.design.order if not key.startswith(f"{TRIGGER}:")]
    if len(nodes) <= MOST_NODES:
        return nodes
    kept = set(sorted(nodes, key=lambda key: _interest(graph.newest(key)))[:MOST_NODES])
    return [key for key in nodes if key in kept]


def _interest(attempt: Attempt | None) -> int:
    """What a monitor wants to see of a graph that is too large: the lower, the sooner."""
    if attempt is None:
        return 3
    if attempt.state not in ENDED_STATES:
        return 0
    return 2 if attempt.state == "SUCCEEDED" else 1


def _node(graph: RunGraph, key: str) -> dict[str, Any]:
    node: dict[str, Any] = {"node": node_name(key), "node_type": node_kind(key)}
    attempt = graph.newest(key)
    if attempt is None:
        return node | {"state": None}
    ended = attempt.completed_at
    return node | {
        "state": attempt.state,
        "attempt": attempt.number,
        "trigger": attempt.trigger or None,
        "started": moment(attempt.started_at),
        "ended": moment(ended) if ended is not None else None,
        "duration_s": (ended - attempt.started_at) / 1000 if ended is not None else None,
        "error": attempt.error,
        "job_run_id": attempt.id,
        "run_id": _shown_id(attempt.run_id),
    }


def _shown_id(run_id: str) -> str:
    return run_id.removeprefix(CRAWL_STREAM_PREFIX)
