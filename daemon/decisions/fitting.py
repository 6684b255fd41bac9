"""Whether and how a run that has ended can be resumed on the triggers of today.

Nodes are matched by type and name. Refused is, each with its reason: a design that has nothing in common with the run,
a pick that today's design has not, and one that nothing there would start.
"""

import msgspec

from daemon.decisions.picks import first_upstream, is_met, starters_of, why_not
from daemon.errors import InvalidInput
from events.vocabulary import NodeKey, node_kind, node_name
from projections.carrying import Carried, carry_over
from projections.design_graph import DesignGraph
from projections.run_values import RunGraph


class Fit(msgspec.Struct, frozen=True):
    """The part of a plan that today's design decides; see `Plan`."""

    asked: tuple[NodeKey, ...]
    starting: dict[NodeKey, str]
    firing: tuple[str, ...]
    dropped: dict[NodeKey, NodeKey]


def fitting(previous: RunGraph, today: DesignGraph, named: tuple[NodeKey, ...], failed: tuple[NodeKey, ...]) -> Fit:
    """How the run goes on today: from the nodes that were `named`, which must be there, and from the `failed` ones,
    which are left out where they are not. Raises InvalidInput."""
    _refuse_foreign(previous, today)
    known = set(today.nodes)
    for node in named:
        if node not in known:
            raise InvalidInput(
                f"nodes: {_told(node)} is not in the design of today any more; leave it out, or resume on the run's "
                "own design."
            )
    picks = tuple(dict.fromkeys((*named, *failed)))
    asked = tuple(node for node in picks if node in known)
    carried = carry_over(previous, today, asked)
    gone = {node: "" for node in picks if node not in known}
    redundant = {node: above for node, above in _above(asked, carried, today).items() if node not in carried.starting}
    unreached = {node for node, above in redundant.items() if not above}
    _refuse_unreached(tuple(node for node in named if node in unreached), previous, today)
    if unreached:
        rest = tuple(node for node in failed if node not in unreached)
        fit = fitting(previous, today, named, rest)
        return msgspec.structs.replace(fit, dropped=fit.dropped | dict.fromkeys(unreached, ""))
    if not carried.starting and not redundant:
        raise InvalidInput(
            f"Nothing of run {previous.run_id} needs to run on the design of today: all that it starts has results. "
            "Name the nodes to run again, where they shall run all the same."
        )
    return Fit(asked, carried.starting, carried.firing, gone | redundant)


def _refuse_foreign(previous: RunGraph, today: DesignGraph) -> None:
    if today.start_trigger is None:
        raise InvalidInput(
            f"The design of today does not fit run {previous.run_id}: workflow {today.workflow!r} has no start trigger "
            "now. Create one, or resume on the run's own design."
        )
    if not set(today.nodes) & set(previous.attempts):
        raise InvalidInput(
            f"The design of today does not fit run {previous.run_id}: it has none of the jobs and crawlers that ran, "
            "so nothing could be carried over. Start a new run instead."
        )


def _above(asked: tuple[NodeKey, ...], carried: Carried, today: DesignGraph) -> dict[NodeKey, NodeKey]:
    """For each pick what starts, at once or by a trigger that is held back, upstream of it; nothing if nothing does."""
    if all(node in carried.starting for node in asked):
        return {}
    held = (action.node for name in carried.held for action in today.triggers[name].definition.actions)
    first = {node: node for node in held}
    found = first_upstream(today, (*carried.starting, *first)) | first
    return {node: found.get(node, "") for node in asked}


def _refuse_unreached(nodes: tuple[NodeKey, ...], previous: RunGraph, today: DesignGraph) -> None:
    for node in nodes:
        starters = starters_of(today, node)
        if not starters:
            raise InvalidInput(f"nodes: {_told(node)} cannot run on the design of today: no trigger starts it there.")
        standing = msgspec.structs.replace(previous, design=today, fired={})
        reason = "its conditions were met by what is not kept" if is_met(standing, starters[0]) else ""
        raise InvalidInput(
            f"nodes: {_told(node)} would not start on the design of today: {reason or why_not(standing, starters[0])}."
        )


def _told(node: NodeKey) -> str:
    return f"{node_kind(node).lower()} {node_name(node)!r}"
