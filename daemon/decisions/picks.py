"""The nodes that a resume is to start from: which may be picked, and which picks are there without need."""

from collections.abc import Iterable

from daemon.commands import ResumeRun
from daemon.errors import InvalidInput
from events.vocabulary import NodeKey, node_kind, node_name
from projections.design_graph import TRIGGER, DesignGraph
from projections.lifecycle import UNSUCCESSFUL_STATES
from projections.run_values import RunGraph


def failed_nodes(graph: RunGraph) -> tuple[NodeKey, ...]:
    """Every node whose newest attempt did not end well, upstream ones first. One with two attempts at once is among
    them too if the older one ended last and badly: that is the end that triggers go by."""
    failed = [
        node
        for node, attempts in graph.attempts.items()
        if attempts[0].state in UNSUCCESSFUL_STATES or graph.ended.get(node) in UNSUCCESSFUL_STATES
    ]
    return tuple(sorted(failed, key=lambda node: graph.design.order[node]))


def picked_nodes(previous: RunGraph, command: ResumeRun, today: DesignGraph | None = None) -> tuple[NodeKey, ...]:
    """The nodes behind the given ids, each once; ids may also be those of nodes that only `today`'s design has. Raises
    InvalidInput for one that cannot be restarted."""
    return tuple(dict.fromkeys(_picked_node(previous, node_id, command, today) for node_id in command.node_ids))


def _picked_node(previous: RunGraph, node_id: str, command: ResumeRun, today: DesignGraph | None) -> NodeKey:
    """Glue: "from any job or crawler node that the original workflow run attempted to run. You can't resume a
    workflow run from a trigger node."."""
    vertex = previous.design.node_of_unique_id.get(node_id) or (today and today.node_of_unique_id.get(node_id))
    if not vertex:
        raise InvalidInput(
            f"NodeIds: {node_id!r} is not a node of run {previous.run_id}. "
            "Node ids are the UniqueId values in the run's graph."
        )
    kind, _, name = vertex.partition(":")
    if kind == TRIGGER:
        raise InvalidInput(
            f"NodeIds: {node_id!r} is trigger {name!r}; a run can be resumed from jobs and crawlers only."
        )
    if today is None and not command.untried and not previous.attempts.get(vertex):
        raise InvalidInput(
            f"NodeIds: {kind.lower()} {name!r} ({node_id}) was never attempted in run {previous.run_id}; "
            "resume from a node that was, upstream of it."
        )
    return vertex


def trigger_of(graph: RunGraph, node: NodeKey) -> str:
    """The trigger that a restarted node starts under, whose arguments hold for it: the one that started it in the
    previous run, else one whose conditions are met there. Raises InvalidInput when there is none: what the node waits
    for is not done."""
    last = graph.newest(node)
    if last is not None:
        return last.trigger
    starters = starters_of(graph.design, node)
    for name in starters:
        if is_met(graph, name):
            return name
    told = f"{node_kind(node).lower()} {node_name(node)!r} never ran in run {graph.run_id}, and cannot start: "
    raise InvalidInput(f"nodes: {told}{why_not(graph, starters[0]) if starters else 'no trigger starts it'}.")


def starters_of(design: DesignGraph, node: NodeKey) -> list[str]:
    """The triggers that start a node, in the design's order."""
    return [name for name, one in design.triggers.items() if any(a.node == node for a in one.definition.actions)]


def is_met(graph: RunGraph, trigger: str) -> bool:
    """Whether the trigger's conditions are met as the graph stands, be it activated or not."""
    conditions = graph.design.conditions.get(trigger, ())
    met = [graph.ended.get(node) == wanted for node, wanted in conditions]
    predicate = graph.design.triggers[trigger].definition.predicate
    is_any = predicate is not None and predicate.logical == "ANY"
    return trigger in graph.fired or (bool(met) and (any(met) if is_any else all(met)))


def why_not(graph: RunGraph, trigger: str) -> str:
    """Why a trigger does not fire as the graph stands, in words that name the node to look at."""
    shown = graph.design.triggers[trigger]
    open_ones = [(n, wanted) for n, wanted in graph.design.conditions.get(trigger, ()) if graph.ended.get(n) != wanted]
    if not open_ones or is_met(graph, trigger):
        return f"trigger {trigger} is {shown.state}, not ACTIVATED"
    node, wanted = open_ones[0]
    stands = graph.ended.get(node)
    more = f", and for {len(open_ones) - 1} more" if len(open_ones) > 1 else ""
    ended = f"ended {stands}" if stands else "has not run"
    return f"trigger {trigger} waits for {node_name(node)} to end {wanted}, which {ended}{more}"


def first_upstream(design: DesignGraph, sources: Iterable[NodeKey]) -> dict[str, NodeKey]:
    """For everything downstream of the sources the first of them that it is downstream of."""
    found: dict[str, NodeKey] = {}
    for source in sources:
        found |= dict.fromkeys(design.downstream((source,), found.keys()), source)
    return found
