"""What a run resumed on another design than its previous run's keeps of that run's graph.

Nodes are the same if their type and name are. A result is kept if a trigger of the new design starts that node, and
counts as fired by results that are kept: so what is kept looks as if today's triggers had brought it about. What the
new design would have started as well but never ran is missing; missing nodes, picked nodes and all that lies downstream
of either run again. A trigger that has fired in this sense but lacks nodes starts those at once.
"""

from collections import deque
from collections.abc import Iterable

import msgspec

from events.vocabulary import NodeKey
from projections.design_graph import DesignGraph, trigger_key
from projections.run_values import Attempt, Firing, RunGraph


class Carried(msgspec.Struct, frozen=True):
    """What is kept: nodes' `attempts`, what they `ended` in, the triggers that `fired`, and how many conditions each
    waiting trigger still lacks; `held` as in a run's graph.

    `starting` are the nodes that must start at once, each with the trigger that starts it; `firing` those of the
    triggers that did not fire before.
    """

    attempts: dict[NodeKey, tuple[Attempt, ...]]
    ended: dict[NodeKey, str]
    fired: dict[str, Firing]
    unmatched: dict[str, int]
    held: dict[str, None]
    starting: dict[NodeKey, str]
    firing: tuple[str, ...]


def carry_over(previous: RunGraph, design: DesignGraph, picks: Iterable[NodeKey]) -> Carried:
    """What a run on `design` keeps of `previous`, a run that has ended, when these nodes are to run again."""
    all_kept = _Kept(previous, design, frozenset())
    sources = {*picks, *all_kept.missing()}
    kept = _Kept(previous, design, design.downstream(sources) | sources)
    starting = kept.missing()
    lacking = set(starting.values())
    firing = tuple(name for name in kept.triggers if name in lacking and name not in previous.fired)
    return Carried(
        {node: previous.attempts[node] for node in kept.nodes},
        {node: previous.ended[node] for node in kept.nodes},
        {name: _firing(name, previous, design, kept) for name in kept.triggers if name not in firing},
        kept.unmatched,
        dict.fromkeys(sorted(name for name in kept.unmatched if kept.is_met(name) and name not in kept.triggers)),
        starting,
        firing,
    )


class _Kept:
    """The nodes and triggers of the new design that stand by what happened, but for what is `forgotten`: found from the
    start trigger on, each trigger after the nodes that it fired for."""

    def __init__(self, previous: RunGraph, design: DesignGraph, forgotten: frozenset[str] | set[str]) -> None:
        self.nodes: dict[NodeKey, None] = {}
        self.triggers: dict[str, None] = {}
        self.unmatched = dict(design.unmatched)
        self._previous = previous
        self._design = design
        self._forgotten = forgotten
        self._pending = deque(filter(None, (design.start_trigger,)))
        self._follow()

    def missing(self) -> dict[NodeKey, str]:
        """What these triggers start and is not kept, each with a trigger: that of its last attempt if it can be."""
        found: dict[NodeKey, str] = {}
        for name in self.triggers:
            for action in self._design.triggers[name].definition.actions:
                last = self._previous.newest(action.node)
                is_last = last is not None and last.trigger == name
                if action.node not in self.nodes and (is_last or action.node not in found):
                    found[action.node] = name
        return found

    def is_met(self, trigger: str) -> bool:
        """Whether enough of the trigger's conditions are met for it to fire."""
        return self.unmatched[trigger] <= self._design.fires_at[trigger]

    def _follow(self) -> None:
        while self._pending:
            name = self._pending.popleft()
            if name not in self.triggers:
                self.triggers[name] = None
                for action in self._design.triggers[name].definition.actions:
                    self._keep(action.node)

    def _keep(self, node: NodeKey) -> None:
        if node in self.nodes or node in self._forgotten or node not in self._previous.ended:
            return
        self.nodes[node] = None
        for name, wanted in self._design.watchers.get(node, ()):
            self.unmatched[name] -= self._previous.ended[node] == wanted
            if trigger_key(name) not in self._forgotten and (self.is_met(name) or self._fired_before(name)):
                self._pending.append(name)

    def _fired_before(self, name: str) -> bool:
        """Whether the trigger, unchanged, fired for ends of nodes that are kept, though they have ended otherwise
        since."""
        firing = self._previous.fired.get(name)
        is_same = is_same_predicate(name, self._previous.design, self._design)
        if firing is None or not firing.predecessors or not is_same:
            return False
        return all(node in self.nodes for node, _ in firing.predecessors)


def is_same_predicate(name: str, before: DesignGraph, after: DesignGraph) -> bool:
    """Whether a trigger of both designs waits for the same in each."""
    old, new = before.triggers.get(name), after.triggers.get(name)
    return old is not None and new is not None and old.definition.predicate == new.definition.predicate


def _firing(name: str, previous: RunGraph, design: DesignGraph, kept: _Kept) -> Firing:
    """The trigger's own firing where it waited for the same; else it stands as if it had fired for what is kept."""
    firing = previous.fired.get(name)
    if firing is not None and is_same_predicate(name, previous.design, design):
        return firing
    start = previous.design.start_trigger
    if name == design.start_trigger and start is not None and start in previous.fired:
        return previous.fired[start]
    conditions = design.conditions.get(name, ())
    met = [previous.attempts[node][0] for node, wanted in conditions if _ended(node, kept, previous) == wanted]
    last = max(met, key=lambda attempt: attempt.completed_at or 0, default=None)
    if last is None:
        return Firing(previous.started_at, previous.run_id, ())
    at = last.completed_at if last.completed_at is not None else last.modified_at
    return Firing(at, last.run_id, tuple({attempt.node: attempt.id for attempt in met}.items()))


def _ended(node: NodeKey, kept: _Kept, previous: RunGraph) -> str | None:
    return previous.ended[node] if node in kept.nodes else None
