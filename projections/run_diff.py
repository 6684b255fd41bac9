"""In what two runs differ: nodes with their attempts, arguments, design and properties."""

from collections.abc import Callable
from typing import Any

import msgspec

from events.vocabulary import JOB, NodeKey, node_kind, node_name
from projections.job_terms import arguments
from projections.run_values import Attempt, RunGraph

JobAt = Callable[[str, int], dict[str, Any]]
"""Finds a job's definition by name and version."""


class Side(msgspec.Struct, frozen=True):
    """A node in one of the two runs: how its newest attempt stands and how long it took in milliseconds, how many
    attempts there were, the run that executed it, the version of the job's definition, and its arguments."""

    state: str | None
    attempts: int = 0
    attempt_id: str | None = None
    executed_in: str | None = None
    took: int | None = None
    job_version: int | None = None
    error: str | None = None
    arguments: dict[str, str] = {}


class NodeDiff(msgspec.Struct, frozen=True):
    """A node that differs; a side is absent where the run's design has no such node. `differs` names what does, out of
    design, state, attempts, arguments, definition and error; `same_attempt` says that both show the very same one."""

    node: NodeKey
    differs: tuple[str, ...]
    left: Side | None
    right: Side | None
    same_attempt: bool = False


def node_diffs(left: RunGraph, right: RunGraph, job_at: JobAt) -> list[NodeDiff]:
    """Every node of either run, those of the right one's design first and in its order; `differs` may be empty."""
    ours, theirs = set(left.design.nodes), set(right.design.nodes)
    found = []
    for node in (*right.design.nodes, *(node for node in left.design.nodes if node not in theirs)):
        one = _side(left, node, job_at) if node in ours else None
        other = _side(right, node, job_at) if node in theirs else None
        is_same = bool(one and other and one.attempt_id and one.attempt_id == other.attempt_id)
        found.append(NodeDiff(node, _differing(one, other), one, other, is_same))
    return found


def property_diffs(left: RunGraph, right: RunGraph) -> dict[str, tuple[str | None, str | None]]:
    """The run properties that differ, with both values."""
    keys = sorted({*left.properties, *right.properties})
    both = {key: (left.properties.get(key), right.properties.get(key)) for key in keys}
    return {key: values for key, values in both.items() if values[0] != values[1]}


def _side(graph: RunGraph, node: NodeKey, job_at: JobAt) -> Side:
    attempt = graph.newest(node)
    if attempt is None:
        return Side(None)
    took = attempt.completed_at - attempt.started_at if attempt.completed_at is not None else None
    return Side(
        attempt.state,
        len(graph.attempts[node]),
        attempt.id,
        attempt.run_id,
        took,
        attempt.job_version,
        attempt.error,
        _arguments(graph, attempt, job_at),
    )


def _arguments(graph: RunGraph, attempt: Attempt, job_at: JobAt) -> dict[str, str]:
    """What the attempt's arguments say; the run's own id, which always differs, is left out."""
    if node_kind(attempt.node) != JOB:
        return {}
    given = arguments(graph, attempt, job_at(node_name(attempt.node), attempt.job_version))
    return {key: value for key, value in given.items() if key != "--WORKFLOW_RUN_ID"}


def _differing(left: Side | None, right: Side | None) -> tuple[str, ...]:
    if left is None or right is None:
        return ("design",)
    ran = left.state is not None and right.state is not None
    told = {
        "state": left.state != right.state,
        "attempts": left.attempts != right.attempts,
        "arguments": ran and left.arguments != right.arguments,
        "definition": ran and left.job_version != right.job_version,
        "error": left.error != right.error,
    }
    return tuple(name for name, differs in told.items() if differs)
