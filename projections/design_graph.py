"""A design snapshot, compiled: who watches whom, who starts whom, what lies downstream.

A run asks these questions at every event, so they are answered once per distinct design and shared by all its runs.
Nodes are the jobs and crawlers that triggers name, whether or not they are defined; edges run from a trigger to what
it starts and from a watched node to the trigger that watches it.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import msgspec
import orjson

from events.vocabulary import JOB, Action, DesignSnapshot, NodeKey, SnapshotTrigger, node_key, unique_id

TRIGGER = "TRIGGER"
START_TYPES = frozenset({"ON_DEMAND", "SCHEDULED", "EVENT"})


def content_hash(snapshot: DesignSnapshot) -> str:
    """The name of a snapshot: equal designs have equal names, in whatever order their triggers were made."""
    body = orjson.dumps(msgspec.to_builtins(snapshot), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).hexdigest()


def trigger_key(name: str) -> str:
    """The key of a trigger among the vertices of a graph, beside the node keys of jobs and crawlers."""
    return f"{TRIGGER}:{name}"


class DesignGraph:
    """The graph of one design. Compare by `hash`; do not change it."""

    def __init__(self, snapshot: DesignSnapshot) -> None:
        self.workflow = snapshot.workflow_name
        self.triggers: dict[str, SnapshotTrigger] = {t.definition.name: t for t in snapshot.triggers}
        self.snapshot = snapshot
        self.nodes: tuple[NodeKey, ...] = tuple(_nodes(snapshot.triggers))
        self.watchers: dict[NodeKey, list[tuple[str, str]]] = {}
        self.conditions: dict[str, tuple[tuple[NodeKey, str], ...]] = {}
        self.unmatched: dict[str, int] = {}
        self.fires_at: dict[str, int] = {}
        for name, trigger in self.triggers.items():
            self._watch(name, trigger)

    @classmethod
    def of_job(cls, job: str) -> "DesignGraph":
        """The design of a job run that stands alone."""
        return cls.of_node(node_key(JOB, job))

    @classmethod
    def of_node(cls, node: NodeKey) -> "DesignGraph":
        """The design of a job run or a crawl that stands alone: one node, no trigger, no workflow."""
        graph = cls(DesignSnapshot(workflow_name=""))
        graph.nodes = (node,)
        return graph

    def _watch(self, name: str, trigger: SnapshotTrigger) -> None:
        """Puts what a conditional trigger waits for: nodes and states, how many, and at how few left it fires."""
        predicate = trigger.definition.predicate
        if trigger.definition.type != "CONDITIONAL" or predicate is None:
            return
        conditions = tuple((condition.node, condition.wanted) for condition in predicate.conditions)
        self.conditions[name] = conditions
        self.unmatched[name] = len(conditions)
        self.fires_at[name] = _fires_at(trigger, len(conditions))
        for node, wanted in conditions:
            self.watchers.setdefault(node, []).append((name, wanted))

    @cached_property
    def hash(self) -> str:
        """The content hash that names this design."""
        return content_hash(self.snapshot)

    @cached_property
    def start_trigger(self) -> str | None:
        """The name of the trigger that starts the workflow, if it has one. Glue allows one in a workflow."""
        starts = (name for name, t in self.triggers.items() if t.definition.type in START_TYPES)
        return next(starts, None)

    @cached_property
    def waits_inactive(self) -> tuple[str, ...]:
        """Conditional triggers that never fire, because they are not ACTIVATED."""
        return tuple(name for name, fires_at in self.fires_at.items() if fires_at < 0)

    @cached_property
    def actions(self) -> dict[tuple[str, NodeKey], Action]:
        """What each trigger lays over each node it starts. Named twice by one trigger, a node starts with the first."""
        found: dict[tuple[str, NodeKey], Action] = {}
        for name, trigger in self.triggers.items():
            for action in trigger.definition.actions:
                found.setdefault((name, action.node), action)
        return found

    @cached_property
    def successors(self) -> dict[str, tuple[str, ...]]:
        """Every edge of the graph, by its source: node keys and trigger keys alike, each pair once."""
        edges: dict[str, dict[str, None]] = {}
        for node in self.nodes:
            edges[node] = {trigger_key(name): None for name, _ in self.watchers.get(node, ())}
        for name, trigger in self.triggers.items():
            edges[trigger_key(name)] = {action.node: None for action in trigger.definition.actions}
        return {source: tuple(targets) for source, targets in edges.items()}

    @cached_property
    def order(self) -> dict[str, int]:
        """Each vertex's place in a stable topological order; vertices on a cycle stand together."""
        components = list(strongly_connected(self.successors))
        ordered = [vertex for component in reversed(components) for vertex in sorted(component)]
        return {vertex: place for place, vertex in enumerate(ordered)}

    def downstream(self, sources: Iterable[str], known: Collection[str] = frozenset()) -> set[str]:
        """Every vertex that can be reached from the sources by one edge or more, but for `known` ones and what only
        they lead to."""
        found: set[str] = set()
        pending = [target for source in sources for target in self.successors.get(source, ())]
        while pending:
            vertex = pending.pop()
            if vertex not in found and vertex not in known:
                found.add(vertex)
                pending.extend(self.successors.get(vertex, ()))
        return found

    def without_redundant(self, picks: Iterable[NodeKey]) -> tuple[NodeKey, ...]:
        """The picks that are not downstream of another pick, in the order given.

        Glue: "selecting the downstream node is redundant, because it will be run according to the normal flow of the
        workflow". Of two picks on one cycle the one that stands first in the graph's order is kept.
        """
        asked = tuple(dict.fromkeys(picks))
        if len(asked) == 1:
            return asked
        reached: set[str] = set()
        kept: set[NodeKey] = set()
        for pick in sorted(asked, key=lambda node: self.order[node]):
            if pick not in reached:
                kept.add(pick)
                reached |= self.downstream((pick,), reached)
        return tuple(pick for pick in asked if pick in kept)

    @cached_property
    def node_of_unique_id(self) -> dict[str, str]:
        """The vertex behind each `UniqueId`."""
        ids: dict[str, str] = {}
        for vertex in (*self.nodes, *map(trigger_key, self.triggers)):
            kind, _, name = vertex.partition(":")
            ids[unique_id(self.workflow, kind, name)] = vertex
        return ids


def _fires_at(trigger: SnapshotTrigger, conditions: int) -> int:
    """With how many conditions unmatched a trigger fires: none under AND, all but one under ANY; -1 is never.

    Glue fires only triggers that are ACTIVATED.
    """
    predicate = trigger.definition.predicate
    if trigger.state != "ACTIVATED" or predicate is None or not conditions:
        return -1
    return conditions - 1 if predicate.logical == "ANY" else 0


def _nodes(triggers: Iterable[SnapshotTrigger]) -> dict[NodeKey, None]:
    """Jobs and crawlers named by any trigger, started or only watched, each once."""
    nodes: dict[NodeKey, None] = {}
    for trigger in triggers:
        predicate = trigger.definition.predicate
        nodes.update((condition.node, None) for condition in (predicate.conditions if predicate else ()))
        nodes.update((action.node, None) for action in trigger.definition.actions)
    return nodes


def strongly_connected(successors: dict[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """The strongly connected components of a graph, each after all components it leads to (Tarjan, without
    recursion)."""
    # Last comes first, so that the reverse of what is yielded keeps the order in which things were written down.
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in reversed(successors):
        if root in index:
            continue
        walk: list[tuple[str, Iterator[str]]] = []
        vertex: str | None = root
        while True:
            if vertex is not None:
                index[vertex] = lowest[vertex] = len(index)
                stack.append(vertex)
                on_stack.add(vertex)
                walk.append((vertex, reversed(successors.get(vertex, ()))))
            current, targets = walk[-1]
            vertex = None
            for target in targets:
                if target not in index:
                    vertex = target
                    break
                if target in on_stack:
                    lowest[current] = min(lowest[current], index[target])
            if vertex is not None:
                continue
            walk.pop()
            if walk:
                parent = walk[-1][0]
                lowest[parent] = min(lowest[parent], lowest[current])
            if lowest[current] == index[current]:
                yield _unwound(stack, on_stack, current)
            if not walk:
                break


def _unwound(stack: list[str], on_stack: set[str], root: str) -> list[str]:
    """Takes the component that ends at `root` off the stack."""
    component: list[str] = []
    while not component or component[-1] != root:
        component.append(stack.pop())
        on_stack.discard(component[-1])
    return component
