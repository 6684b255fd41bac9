"""Why a run did not go well: what failed first, and how much never ran because of that.

A node that ended badly is a root failure unless it is downstream of another such node. What never ran although such a
node leads to it is blocked.
"""

import msgspec

from events.vocabulary import NodeKey
from projections.design_graph import TRIGGER
from projections.lifecycle import UNSUCCESSFUL_STATES
from projections.run_values import RunGraph

MOST_TOLD = 5
LONGEST_ERROR = 300


class Failure(msgspec.Struct, frozen=True):
    """A node that ended badly: the state of its newest attempt, and the beginning of its error."""

    node: NodeKey
    state: str
    attempt_id: str
    error: str | None


class Failures(msgspec.Struct, frozen=True):
    """The first few root failures of a run, how many there are of these, and how many nodes are blocked."""

    first: tuple[Failure, ...] = ()
    roots: int = 0
    blocked: int = 0


def failures_of(graph: RunGraph) -> Failures:
    """What is to be told of a run that has ended; nothing of one that is under way or went well."""
    if graph.archived is not None:
        row = graph.archived.run
        told = tuple(Failure(one.node, one.state, one.attempt_id, one.error) for one in row.failures)
        return Failures(told, row.root_failures, row.blocked)
    failed = [node for node, attempts in graph.attempts.items() if attempts[0].state in UNSUCCESSFUL_STATES]
    if not failed or graph.is_active:
        return Failures()
    below = graph.design.downstream(failed)
    # On a circle each is downstream of the other: then all of them are told.
    roots = sorted(set(failed) - below or failed)
    is_trigger = TRIGGER + ":"
    blocked = sum(1 for vertex in below if vertex not in graph.attempts and not vertex.startswith(is_trigger))
    return Failures(tuple(_failure(graph, node) for node in roots[:MOST_TOLD]), len(roots), blocked)


def _failure(graph: RunGraph, node: NodeKey) -> Failure:
    attempt = graph.attempts[node][0]
    error = attempt.error[:LONGEST_ERROR] if attempt.error else None
    return Failure(node, attempt.state, attempt.id, error)
