"""The workflows that are run: chains, fan-outs, layered graphs and the W1 of the demo, in any size."""

from collections.abc import Sequence

import msgspec

from events.vocabulary import Action, Condition, Predicate, TriggerDefinition


class Shape(msgspec.Struct, frozen=True):
    """A workflow to define: its triggers, the start trigger first, and its jobs."""

    name: str
    triggers: tuple[TriggerDefinition, ...]

    @property
    def jobs(self) -> tuple[str, ...]:
        """Every job that a trigger starts, each once."""
        return tuple(dict.fromkeys(action.job_name for t in self.triggers for action in t.actions))


def chain(name: str, nodes: int) -> Shape:
    """One node after the other."""
    follow = (_follows(name, f"{i:05}", [f"{i - 1:05}"], [f"{i:05}"]) for i in range(1, nodes))
    return Shape(name, (_starts(name, ["00000"]), *follow))


def fan_out(name: str, leaves: int) -> Shape:
    """One node, then all leaves beside each other, then one that waits for all of them."""
    middle = [f"{i:05}" for i in range(1, leaves + 1)]
    return Shape(
        name,
        (
            _starts(name, ["first"]),
            _follows(name, "fan", ["first"], middle),
            _follows(name, "join", middle, ["last"]),
        ),
    )


def leaves(name: str, nodes: int) -> Shape:
    """One node, and all others beside each other after it."""
    after = [f"{i:05}" for i in range(1, nodes)]
    return Shape(name, (_starts(name, ["first"]), _follows(name, "fan", ["first"], after)))


def layered(name: str, nodes: int, layers: int = 10) -> Shape:
    """Layers of equal width; each node of a layer has a trigger that waits for two nodes of the layer before."""
    width = nodes // layers
    follow = (
        _follows(name, f"{k}.{i}", [f"{k - 1}.{i}", f"{k - 1}.{(i + 1) % width}"], [f"{k}.{i}"])
        for k in range(1, layers)
        for i in range(width)
    )
    return Shape(name, (_starts(name, [f"0.{i}" for i in range(width)]), *follow))


def w1(name: str = "W1") -> Shape:
    """J1, then J2 and J3, then J4 after J2 and J5 after J3."""
    edges = (("J1", "J2"), ("J1", "J3"), ("J2", "J4"), ("J3", "J5"))
    return Shape(name, (_starts(name, ["J1"]), *(_follows(name, to, [source], [to]) for source, to in edges)))


def w1_and_more(name: str = "W1") -> Shape:
    """W1, then J6 and J7 after both of its ends: a run of it takes about twenty events."""
    shape = w1(name)
    return Shape(name, (*shape.triggers, _follows(name, "ends", ["J4", "J5"], ["J6", "J7"])))


def _starts(workflow: str, jobs: Sequence[str]) -> TriggerDefinition:
    return TriggerDefinition(f"{workflow}-start", "ON_DEMAND", workflow, actions=_actions(workflow, jobs))


def _follows(workflow: str, name: str, watched: Sequence[str], jobs: Sequence[str]) -> TriggerDefinition:
    conditions = tuple(Condition("EQUALS", f"{workflow}-{job}", "SUCCEEDED") for job in watched)
    return TriggerDefinition(
        f"{workflow}-{name}",
        "CONDITIONAL",
        workflow,
        actions=_actions(workflow, jobs),
        predicate=Predicate("AND", conditions),
    )


def _actions(workflow: str, jobs: Sequence[str]) -> tuple[Action, ...]:
    return tuple(Action(job_name=f"{workflow}-{job}") for job in jobs)
