"""How one vertex of a run's graph looks: style, word and small print, out of how it stands.

Pages, the live stream and the replay all take it from here, so that a box that changes under the reader's eyes looks
as it will when the page is loaded again.
"""

from typing import NamedTuple

from daemon.console.words import look
from events.vocabulary import NodeKey
from projections.design_graph import TRIGGER
from projections.run_values import RunGraph

TYPES = {"ON_DEMAND": "on demand", "SCHEDULED": "schedule", "EVENT": "events", "CONDITIONAL": ""}
"""What sets off a trigger, in the small print; that a trigger waits for nodes is seen by the edges that lead to it."""


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
    tries = f", {len(attempts)} tries" if len(attempts) > 1 else ""
    word = state.word[:1].upper() + state.word[1:]
    note = f"{word}{' earlier' if copied else ''}{tries}"
    return Shown(state.style, state.word, note, copied, restarted, bool(attempts))


def _trigger(graph: RunGraph, name: str) -> Shown:
    definition = graph.design.triggers[name].definition
    firing = graph.fired.get(name)
    word = "fired" if firing is not None else "not fired"
    copied = firing is not None and firing.run_id != graph.run_id
    note = "Fired earlier" if copied else trigger_note(definition.type, word)
    return Shown("fired" if firing is not None else "none", word, note, copied)


def trigger_note(trigger_type: str, standing: str) -> str:
    """The small print of a trigger: what sets it off, and how it stands."""
    kind = TYPES.get(trigger_type, trigger_type.lower())
    note = f"{kind}, {standing}" if kind else standing
    return note[:1].upper() + note[1:]
