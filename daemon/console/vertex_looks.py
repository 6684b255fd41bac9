"""How one vertex of a run's graph looks: style, word and small print, out of how it stands.

Pages, the live stream and the replay all take it from here, so that a box that changes under the reader's eyes looks
as it will when the page is loaded again.
"""

from typing import NamedTuple

from daemon.console.words import look
from events.vocabulary import NodeKey
from projections.design_graph import TRIGGER
from projections.run_values import RunGraph

TYPES = {"ON_DEMAND": "on demand", "SCHEDULED": "schedule", "EVENT": "events", "CONDITIONAL": "condition"}


class Shown(NamedTuple):
    """How one vertex stands: a `style` of colour and icon, a word, and a line of small print."""

    style: str
    word: str
    note: str
    copied: bool = False
    restarted: bool = False
    resumable: bool = False

    @property
    def said(self) -> str:
        """The same in words, for a reader without sight of the picture."""
        return f"{self.word.lower()}{', taken over from an earlier run' if self.copied else ''}"


def looks_of(graph: RunGraph) -> dict[str, Shown]:
    """Every vertex of a run."""
    restarted = frozenset(graph.restarted)
    return {key: _look(graph, key, key in restarted) for key in graph.design.order}


def look_of(graph: RunGraph, key: str) -> Shown:
    """One vertex of a run, by its key."""
    return _look(graph, key, key in graph.restarted)


def _look(graph: RunGraph, key: str, restarted: bool) -> Shown:
    kind, _, name = key.partition(":")
    return _trigger(graph, name) if kind == TRIGGER else _node(graph, key, restarted)


def _node(graph: RunGraph, node: NodeKey, restarted: bool) -> Shown:
    attempts = graph.attempts.get(node, ())
    newest = attempts[0] if attempts else None
    state = look(newest.state if newest is not None else None)
    copied = newest is not None and newest.run_id != graph.run_id
    tries = f" x{len(attempts)}" if len(attempts) > 1 else ""
    note = f"{state.word}{tries}{', taken over' if copied else ''}"
    return Shown(state.style, state.word, note, copied, restarted, bool(attempts))


def _trigger(graph: RunGraph, name: str) -> Shown:
    definition = graph.design.triggers[name].definition
    firing = graph.fired.get(name)
    word = "fired" if firing is not None else "not fired"
    kind = TYPES.get(definition.type, definition.type.lower())
    copied = firing is not None and firing.run_id != graph.run_id
    return Shown("fired" if firing is not None else "none", word, f"{kind}, {word}", copied)
