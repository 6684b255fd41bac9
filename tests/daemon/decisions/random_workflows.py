"""Random workflows, random outcomes, and what must hold of every run whatever happens."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from daemon import commands
from events import runs
from events.vocabulary import NodeKey
from projections.design_graph import DesignGraph
from projections.lifecycle import BUCKET_OF_STATE, BUCKETS
from projections.run_values import RunGraph
from tests.daemon.decisions.specification import Specification

EXAMPLES = settings(
    max_examples=200 if os.environ.get("REGLUE_CI") else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WATCHED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
OUTCOMES = ("SUCCEEDED", "SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR")
JOBS = "ABCDEFGH"


@st.composite
def workflow_texts(draw: st.DrawFn, *, cycles: bool) -> str:
    """A workflow of two to eight jobs: AND and ANY over several states, jobs shared by triggers, some not activated."""
    jobs = JOBS[: draw(st.integers(2, len(JOBS)))]
    lines = ["T0: -> " + " ".join(draw(st.lists(st.sampled_from(jobs), min_size=1, max_size=4, unique=True)))]
    for number in range(1, draw(st.integers(0, 8)) + 1):
        watched = draw(st.lists(st.sampled_from(jobs), min_size=1, max_size=3, unique=True))
        later = [job for job in jobs if (job not in watched if cycles else job > max(watched))]
        if later:
            conditions = draw(st.sampled_from("&|")).join(f"{j}={draw(st.sampled_from(WATCHED))}" for j in watched)
            actions = draw(st.lists(st.sampled_from(later), min_size=1, max_size=2, unique=True))
            state = draw(st.sampled_from(["", "", "", "", " CREATED"]))
            lines.append(f"T{number}{state}: {conditions} -> {' '.join(actions)}")
    return "\n".join(lines)


BODIES = st.fixed_dictionaries(
    {
        job: st.builds(
            lambda limit, retries: {"ExecutionProperty": {"MaxConcurrentRuns": limit}, "MaxRetries": retries},
            st.integers(1, 3),
            st.integers(0, 1),
        )
        for job in JOBS
    }
)


def play(spec: Specification, data: st.DataObject, step: Callable[[], None] = lambda: None) -> None:
    """Lets every run go on to its end: attempts end in random order and states. Checks every run after each end."""
    while spec.standing.runs:
        running = [
            (graph.run_id, attempt_id)
            for graph in spec.standing.runs.values()
            for attempt_id, node in graph.active.items()
            if next(a for a in graph.attempts[node] if a.id == attempt_id).state != "WAITING"
        ]
        assert running, "runs are under way, but nothing that could end"
        run, attempt_id = data.draw(st.sampled_from(running))
        spec.when(commands.CompleteNode, run, attempt_id, data.draw(st.sampled_from(OUTCOMES)))
        step()
        check_graph(spec, spec.graph(run))


def resume(spec: Specification, data: st.DataObject, candidates: list[str]) -> str:
    """Resumes one of these runs from random nodes that it attempted; returns the new run's id."""
    previous = spec.graph(data.draw(st.sampled_from(candidates)))
    attempted = sorted(node.partition(":")[2] for node in previous.attempts)
    picks = data.draw(st.lists(st.sampled_from(attempted), min_size=1, max_size=4))
    return spec.resume(*picks, run=previous.run_id).run


def check_graph(spec: Specification, graph: RunGraph) -> None:
    """What is counted along equals a recount, nothing is overdue, no trigger fired twice."""
    stream = [recorded.event for recorded in spec.log.stream(graph.run_id)]
    fired = [event.trigger for event in stream if isinstance(event, runs.TriggerFired)]
    assert len(fired) == len(set(fired))
    assert graph.ended == _recounted_ended(spec, graph)
    assert graph.statistics == _recounted_statistics(graph)
    assert graph.unmatched == _recounted_unmatched(graph)
    assert not graph.ripe
    assert graph.is_active or not (graph.held or graph.active)
    assert graph.status != "COMPLETED" or not _overdue(graph)
    assert graph.version == len(stream)


def _overdue(graph: RunGraph) -> list[str]:
    """Triggers that never fired although what they watch has met their predicate."""
    met = {True: all, False: any}
    return [
        name
        for name, trigger in graph.design.triggers.items()
        if name not in graph.fired and trigger.state == "ACTIVATED" and (predicate := trigger.definition.predicate)
        if met[predicate.logical == "AND"](graph.ended.get(c.node) == c.wanted for c in predicate.conditions)
    ]


def _recounted_statistics(graph: RunGraph) -> dict[str, int]:
    states = [attempts[0].state for attempts in graph.attempts.values()]
    return {bucket: sum(BUCKET_OF_STATE[state] == bucket for state in states) for bucket in BUCKETS}


def _recounted_unmatched(graph: RunGraph) -> dict[str, int]:
    predicates = {name: t.definition.predicate for name, t in graph.design.triggers.items()}
    return {
        name: sum(graph.ended.get(condition.node) != condition.wanted for condition in predicate.conditions)
        for name, predicate in predicates.items()
        if predicate is not None
    }


def _recounted_ended(spec: Specification, graph: RunGraph) -> dict[NodeKey, str]:
    """The state each node last ended in, from the streams of the chain."""
    ended: dict[NodeKey, str] = {}
    if graph.previous:
        previous = spec.graph(graph.previous)
        again = affected(graph.design, graph.restarted)
        if graph.design is not previous.design:
            again = set(previous.attempts) - set(spec.standing.references.graph(graph.run_id, 1).attempts)
        before = _recounted_ended(spec, previous)
        ended = {node: state for node, state in before.items() if node not in again}
    for recorded in spec.log.stream(graph.run_id):
        match recorded.event:
            case runs.NodeRefused(node=node, state=state) | runs.NodeCompleted(node=node, state=state, retried=False):
                ended[node] = state
    return ended


def reachable(design: DesignGraph, node: NodeKey) -> set[str]:
    """Nodes and triggers (by name) that can be reached from a node, found by widening until nothing is added."""
    found: set[str] = set()
    sources = {node}
    while True:
        wider = set(found)
        for name, trigger in design.triggers.items():
            predicate = trigger.definition.predicate
            if predicate is not None and {condition.node for condition in predicate.conditions} & sources:
                wider |= {name, *(action.node for action in trigger.definition.actions)}
        if wider == found:
            return found
        found, sources = wider, {node, *wider}


def affected(design: DesignGraph, restarted: tuple[NodeKey, ...]) -> set[str]:
    """The restarted nodes and all nodes and triggers downstream of them."""
    return set(restarted).union(*(reachable(design, node) for node in restarted))


def check_resumed(spec: Specification, run: str) -> None:
    """Copied details equal the origin's, only selected and downstream nodes ran, the right picks were redundant."""
    graph = spec.graph(run)
    previous, again = spec.graph(graph.previous), affected(graph.design, graph.restarted)
    kept = {node: attempts for node, attempts in graph.attempts.items() if node not in again}
    assert kept == {node: attempts for node, attempts in previous.attempts.items() if node not in again}
    begun: set[Any] = set()
    for recorded in spec.log.stream(run):
        match recorded.event:
            case runs.NodeStarted(node=node) | runs.NodeWaiting(node=node) | runs.NodeRefused(node=node):
                begun.add(node)
            case runs.TriggerFired(trigger=trigger):
                begun.add(trigger)
    assert set(graph.restarted) <= begun <= again
    assert {name: firing for name, firing in graph.fired.items() if name not in again} == {
        name: firing for name, firing in previous.fired.items() if name not in again
    }
    assert {firing.run_id for name, firing in graph.fired.items() if name in again} <= {run}
    assert {attempt.run_id for node in again for attempt in graph.attempts.get(node, ())} <= {run}
    _check_redundant(graph)


def _check_redundant(graph: RunGraph) -> None:
    """A pick is left out exactly if it can be reached from another; of those on one circle the first is kept."""
    reach = {pick: reachable(graph.design, pick) for pick in graph.asked}
    for pick in graph.asked:
        above = [other for other in graph.asked if other != pick and pick in reach[other]]
        on_a_circle = any(other in reach[pick] for other in above)
        if not on_a_circle:
            assert (pick in graph.restarted) == (not above)
    for dropped in set(graph.asked) - set(graph.restarted):
        assert any(dropped in reach[node] for node in graph.restarted)
    assert not any(one in reach[other] for one in graph.restarted for other in graph.restarted if one != other)
