"""What a planned resume will come to if all goes well: every attempt that starts succeeds.

It is found by the very decisions and the very fold that will carry it out, on a graph that is thrown away. Jobs are
taken as they are defined now, so what cannot start today does not start in the forecast either.
"""

from collections.abc import Iterable, Iterator

import msgspec

from daemon.commands import ResumeRun
from daemon.decisions.decision import Situation
from daemon.decisions.follow_on import follow_on
from daemon.decisions.obstacles import Obstacle, obstacles
from daemon.decisions.picks import starters_of, why_not
from daemon.decisions.plan_token import run_of
from daemon.decisions.resume import first_events
from daemon.decisions.resume_plan import Plan, plan_resume
from events.design import Event
from events.runs import NodeCompleted, NodeRefused, NodeStarted, RunCompleted, TriggerFired
from events.vocabulary import NodeKey, node_name
from projections.run_graph import begin, evolve
from projections.run_values import RunGraph

MOST_REASONS = 100
"""For so many nodes that will not run the reason is looked for."""


class Forecast(msgspec.Struct, frozen=True):
    """What will come of a plan.

    `running` are the nodes that will run and `firing` the triggers that will fire, in a likely order; `copied` the
    nodes taken over by the run that executed each; `dropped` the reason for each pick that is left out; `idle` the
    nodes that will have no result, with the reason for the first of them.
    """

    plan: Plan
    running: tuple[NodeKey, ...]
    firing: tuple[str, ...]
    copied: dict[str, list[NodeKey]]
    dropped: dict[NodeKey, str]
    idle: dict[NodeKey, str]
    obstacles: tuple[Obstacle, ...]


def forecast_resume(command: ResumeRun, situation: Situation) -> Forecast:
    """The plan for a resume, and what will come of it. Raises what `plan_resume` raises."""
    plan = plan_resume(command, situation)
    events = first_events(plan, situation)
    graph = begin(run_of(plan.token), events[0], lambda _: plan.design, lambda _run, _version: plan.previous)
    copied = _by_run(graph)
    held = tuple(graph.held)
    happened = events[1:]
    for event in happened:
        evolve(graph, event)
    happened += _to_the_end(graph, situation)
    running = tuple(dict.fromkeys(event.node for event in happened if isinstance(event, NodeStarted | NodeRefused)))
    firing = tuple(event.trigger for event in happened if isinstance(event, TriggerFired))
    dropped = {node: _reason(above) for node, above in plan.dropped.items()}
    found = tuple(obstacles(plan, situation, running, held))
    return Forecast(plan, running, firing, copied, dropped, _idle(graph), found)


def _to_the_end(graph: RunGraph, situation: Situation) -> list[Event]:
    """What happens until nothing is under way any more; brings the graph forward."""
    happened = []
    for event in _steps(graph, situation):
        evolve(graph, event)
        happened.append(event)
    return happened


def _steps(graph: RunGraph, situation: Situation) -> Iterator[Event]:
    at, by = situation.at, situation.by
    while True:
        owed = [event for event in follow_on(graph, situation) if not isinstance(event, RunCompleted)]
        if owed:
            yield from owed
            continue
        under_way = next(iter(graph.active.items()), None)
        if under_way is None:
            return
        attempt_id, node = under_way
        attempt = next(one for one in graph.attempts[node] if one.id == attempt_id)
        if attempt.state == "WAITING":
            yield NodeStarted(at, by, node, attempt_id, attempt.number, attempt.trigger, attempt.job_version)
        yield NodeCompleted(at, by, node, attempt_id, "SUCCEEDED")


def _by_run(graph: RunGraph) -> dict[str, list[NodeKey]]:
    """The nodes of a graph by the run that executed each, in the graph's order."""
    found: dict[str, list[NodeKey]] = {}
    for node in graph.design.nodes:
        newest = graph.newest(node)
        if newest is not None:
            found.setdefault(newest.run_id, []).append(node)
    return found


def _reason(above: NodeKey) -> str:
    if not above:
        return "it is not in the design of today, or nothing there would start it"
    return f"it is downstream of {node_name(above)} and runs after that anyway"


def _idle(graph: RunGraph) -> dict[NodeKey, str]:
    nodes = [node for node in graph.design.nodes if node not in graph.attempts]
    explained = dict(_explained(graph, nodes[:MOST_REASONS]))
    return {node: explained.get(node, "") for node in nodes}


def _explained(graph: RunGraph, nodes: Iterable[NodeKey]) -> Iterator[tuple[NodeKey, str]]:
    for node in nodes:
        starters = starters_of(graph.design, node)
        yield node, why_not(graph, starters[0]) if starters else "no trigger starts it"
