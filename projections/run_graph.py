"""The fold of a run: `evolve(graph, event)` is the only place that says what an event means for a run's state.

Decisions, the Glue wire, the command line and audits read the value that is made here. Every step costs what its
event touches, never what the graph holds: a trigger's unmatched conditions are counted down, not looked at again.

A resumed run begins as the previous run's graph without the restarted nodes and what lies downstream of them. The
attempts it keeps are the previous run's own values, each of which names the run that executed it; so a node copied a
hundred times still shows where it ran, and a chain of resumes reads like one run.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from events import archives, crawlers, runs
from events.design import Event
from events.vocabulary import CRAWLER, JOB, NodeKey, node_key
from projections.archived import archived_graph
from projections.carrying import carry_over
from projections.design_graph import DesignGraph, trigger_key
from projections.lifecycle import BUCKET_OF_STATE, BUCKETS, NODE_STEPS, RUN_STEPS
from projections.run_values import Attempt, Firing, RunGraph, Terms


class ImpossibleHistory(Exception):
    """The log says that something happened which cannot have: it was changed, or written by a faulty version."""


Design = Callable[[str], DesignGraph]
"""Finds the compiled design by its content hash."""

Previous = Callable[[str, int], RunGraph]
"""Finds the graph of an earlier run as of a version of its stream."""


def begin(stream: str, event: Event, design: Design, previous: Previous) -> RunGraph:
    """The graph after the first event of a run's stream, which must be a start, a resume, a job run or crawl asked
    for, or the stub of a run whose events were moved elsewhere."""
    match event:
        case runs.RunStarted():
            graph = _started(stream, event, design(event.design))
        case runs.RunResumed():
            before = previous(event.previous, event.previous_version)
            is_same = event.design == before.design.hash
            graph = (
                _resumed(stream, event, before) if is_same else _carried(stream, event, before, design(event.design))
            )
        case runs.JobRunRequested():
            graph = _requested(stream, event, node_key(JOB, event.job))
            graph.overrides = event.overrides
        case crawlers.CrawlRequested():
            graph = _requested(stream, event, node_key(CRAWLER, event.crawler))
        case archives.RunArchived():
            return archived_graph(stream, event)
        case _:
            raise ImpossibleHistory(
                f"The stream {stream} begins with {type(event).__name__}, which cannot begin a run."
            )
    graph.version = 1
    return graph


def evolve(graph: RunGraph, event: Event) -> RunGraph:
    """The graph after one more event: the same object, brought forward."""
    graph.version += 1
    graph.modified_at = event.at
    _STEPS[type(event)](graph, event)
    return graph


def _started(stream: str, event: runs.RunStarted, design: DesignGraph) -> RunGraph:
    return RunGraph(
        run_id=stream,
        workflow=event.workflow,
        design=design,
        status="RUNNING",
        started_at=event.at,
        modified_at=event.at,
        cause=event.cause,
        by=event.by,
        root=stream,
        properties=dict(event.properties),
        parameters=dict(event.properties) if event.maps_properties else {},
        unmatched=dict(design.unmatched),
        statistics=dict.fromkeys(BUCKETS, 0),
    )


def _requested(stream: str, event: runs.JobRunRequested | crawlers.CrawlRequested, node: NodeKey) -> RunGraph:
    return RunGraph(
        run_id=stream,
        workflow="",
        design=DesignGraph.of_node(node),
        status="RUNNING",
        started_at=event.at,
        modified_at=event.at,
        cause=event.cause,
        by=event.by,
        root=stream,
        statistics=dict.fromkeys(BUCKETS, 0),
    )


def _resumed(stream: str, event: runs.RunResumed, previous: RunGraph) -> RunGraph:
    """Takes over the previous graph, but for the restarted nodes and all that lies downstream of them.

    Glue: "the run graph is a complete graph. That is, the nodes that didn't run in the resumed workflow are copied
    from the run graph of the original workflow run". Fired triggers are carried as well, or they would fire again. A
    forgotten trigger whose conditions the carried nodes still meet (ANY) is held back: fired at once, it would never
    see what the restarted nodes bring.
    """
    graph = _successor(
        stream,
        event,
        previous,
        attempts=dict(previous.attempts),
        fired=dict(previous.fired),
        ended=dict(previous.ended),
        unmatched=dict(previous.unmatched),
        ripe={},
        statistics=dict(previous.statistics),
    )
    if event.maps_properties:
        graph.earlier = _earlier(graph, previous)
    forgotten = previous.design.downstream(event.restarted).union(event.restarted)
    for vertex in forgotten:
        _forget(graph, vertex)
    # In order of name, because a set's order differs from one process to the next.
    graph.held, graph.ripe = dict.fromkeys(sorted(graph.ripe)), {}
    if previous.status == "STOPPED":
        _ripen_what_the_stop_silenced(graph, forgotten)
    return graph


def _carried(stream: str, event: runs.RunResumed, previous: RunGraph, design: DesignGraph) -> RunGraph:
    """Takes over, on another design, what of the previous graph stands by that design's triggers. Those that fire now
    are ripe: the event that says so follows."""
    carried = carry_over(previous, design, event.asked)
    graph = _successor(
        stream,
        event,
        previous,
        design=design,
        attempts=carried.attempts,
        fired=carried.fired,
        ended=carried.ended,
        unmatched=carried.unmatched,
        held=carried.held,
        ripe=dict.fromkeys(carried.firing),
        statistics=dict.fromkeys(BUCKETS, 0),
    )
    for attempts in carried.attempts.values():
        graph.statistics[BUCKET_OF_STATE[attempts[0].state]] += 1
    graph.earlier = _earlier(graph, previous)
    return graph


def _successor(stream: str, event: runs.RunResumed, previous: RunGraph, **carried: Any) -> RunGraph:
    """The graph of a resumed run at its beginning, with what it takes over."""
    return msgspec.structs.replace(
        previous,
        run_id=stream,
        status="RUNNING",
        started_at=event.at,
        modified_at=event.at,
        completed_at=None,
        error=None,
        cause=event.cause,
        by=event.by,
        previous=event.previous,
        root=event.root,
        depth=event.depth,
        asked=event.asked,
        restarted=event.restarted,
        properties={**previous.properties, **event.properties},
        parameters={**previous.parameters, **event.properties} if event.maps_properties else previous.parameters,
        active={},
        **carried,
    )


def _earlier(graph: RunGraph, previous: RunGraph) -> dict[str, Terms]:
    """The terms of the runs that executed what was taken over, where design or parameters change with this run."""
    executed = {attempt.run_id for attempts in graph.attempts.values() for attempt in attempts}
    terms = Terms(previous.design, previous.parameters)
    return {run: previous.earlier.get(run, terms) for run in sorted(executed)}


def _ripen_what_the_stop_silenced(graph: RunGraph, forgotten: set[str]) -> None:
    """No trigger fires while a run is being stopped. What was met by then and does not wait for a restarted node fires
    in the run that goes on: no end of any node would bring it up again."""
    for trigger in graph.unmatched:
        if trigger_key(trigger) not in forgotten:
            _set_ripe(graph, trigger)


def _forget(graph: RunGraph, vertex: str) -> None:
    """Takes what happened at a node or a trigger out of a resumed run's graph."""
    attempts = graph.attempts.pop(vertex, None)
    if attempts is not None:
        graph.statistics[BUCKET_OF_STATE[attempts[0].state]] -= 1
        _set_ended(graph, vertex, None)
    if vertex.startswith(trigger_key("")):
        trigger = vertex.partition(":")[2]
        graph.fired.pop(trigger, None)
        _set_ripe(graph, trigger)


def _trigger_fired(graph: RunGraph, event: runs.TriggerFired) -> None:
    name = event.trigger
    if name in graph.fired or name not in graph.design.triggers:
        raise ImpossibleHistory(f"Trigger {name!r} fired twice, or is unknown, in run {graph.run_id}.")
    graph.fired[name] = Firing(event.at, graph.run_id, _predecessors(graph, name))
    graph.ripe.pop(name, None)
    graph.held.pop(name, None)


def _predecessors(graph: RunGraph, trigger: str) -> tuple[tuple[NodeKey, str], ...]:
    """The attempts that met the trigger's conditions. Glue: the runs "used in the predicate of the conditional
    trigger"."""
    conditions = graph.design.conditions.get(trigger, ())
    ended, attempts = graph.ended, graph.attempts
    return tuple({node: attempts[node][0].id for node, wanted in conditions if ended.get(node) == wanted}.items())


def _node_started(graph: RunGraph, event: runs.NodeStarted | runs.NodeWaiting) -> None:
    """A new attempt, or the start of one that waited."""
    state = _next_state(graph, event)
    at, version = event.at, event.job_version
    attempt = Attempt(event.attempt_id, event.node, event.attempt, graph.run_id, event.trigger, state, version, at, at)
    others = _others(graph, event.node, event.attempt_id)
    graph.active[event.attempt_id] = event.node
    _set_attempts(graph, event.node, (attempt, *others))


def _node_refused(graph: RunGraph, event: runs.NodeRefused) -> None:
    """An attempt that ended before it began."""
    number, trigger, at = event.attempt, event.trigger, event.at
    attempt = Attempt(
        event.attempt_id,
        event.node,
        number,
        graph.run_id,
        trigger,
        event.state,
        event.job_version,
        at,
        at,
        at,
        event.error,
    )
    others = _others(graph, event.node, event.attempt_id)
    graph.active.pop(event.attempt_id, None)
    _set_attempts(graph, event.node, (attempt, *others))
    _set_ended(graph, event.node, event.state)


def _others(graph: RunGraph, node: NodeKey, attempt_id: str) -> tuple[Attempt, ...]:
    """The node's attempts but for this one, which is among them only if it waited."""
    attempts = graph.attempts.get(node, ())
    return tuple(a for a in attempts if a.id != attempt_id) if attempt_id in graph.active else attempts


def _node_stop_asked(graph: RunGraph, event: runs.NodeStopAsked) -> None:
    state = _next_state(graph, event)
    attempt = _active_attempt(graph, event.attempt_id)
    reason = attempt.stop_reason or event.reason
    _replace(graph, msgspec.structs.replace(attempt, state=state, stop_reason=reason, modified_at=event.at))


def _node_completed(graph: RunGraph, event: runs.NodeCompleted) -> None:
    attempt = _active_attempt(graph, event.attempt_id)
    del graph.active[event.attempt_id]
    ended = msgspec.structs.replace(
        attempt,
        state=event.state,
        modified_at=event.at,
        completed_at=event.ended_at or event.at,
        error=event.error,
        exit_code=event.exit_code,
        retried=event.retried,
        crawl=event.crawl,
    )
    _replace(graph, ended)
    if not event.retried:
        _set_ended(graph, event.node, event.state)


def _properties_put(graph: RunGraph, event: runs.PropertiesPut) -> None:
    graph.properties = {**graph.properties, **event.properties}


def _run_stop_asked(graph: RunGraph, event: runs.RunStopAsked) -> None:
    """From here no trigger fires. Glue: "others never start"."""
    _step(graph, event)
    graph.ripe.clear()
    graph.held.clear()


def _run_completed(graph: RunGraph, event: runs.RunCompleted) -> None:
    _step(graph, event)
    graph.status = event.status
    graph.error = event.error
    graph.completed_at = event.at


def _archived(graph: RunGraph, event: archives.RunArchived) -> None:
    """The run's events went while it was being folded: what is left is what their stub says."""
    left = archived_graph(graph.run_id, event)
    for name in left.__struct_fields__:
        setattr(graph, name, getattr(left, name))


def _step(graph: RunGraph, event: Event) -> None:
    steps = RUN_STEPS.get(graph.status, {})
    if type(event) not in steps:
        raise ImpossibleHistory(f"Run {graph.run_id} is {graph.status}; {type(event).__name__} cannot follow.")
    graph.status = steps[type(event)] or graph.status


def _next_state(graph: RunGraph, event: runs.NodeWaiting | runs.NodeStarted | runs.NodeStopAsked) -> str:
    """The state that the event takes its attempt to, by the table of lifecycles."""
    known = event.attempt_id in graph.active
    state = _active_attempt(graph, event.attempt_id).state if known else None
    following = NODE_STEPS[state].get(type(event))
    if following is None:
        raise ImpossibleHistory(f"An attempt in run {graph.run_id} is {state}; {type(event).__name__} cannot follow.")
    return following


def _active_attempt(graph: RunGraph, attempt_id: str) -> Attempt:
    node = graph.active.get(attempt_id)
    if node is None:
        raise ImpossibleHistory(f"The attempt {attempt_id} is not active in run {graph.run_id}.")
    attempts = graph.attempts[node]
    return attempts[0] if attempts[0].id == attempt_id else next(a for a in attempts if a.id == attempt_id)


def _replace(graph: RunGraph, attempt: Attempt) -> None:
    attempts = graph.attempts[attempt.node]
    if len(attempts) == 1:
        _set_attempts(graph, attempt.node, (attempt,))
    else:
        _set_attempts(graph, attempt.node, tuple(attempt if a.id == attempt.id else a for a in attempts))


def _set_attempts(graph: RunGraph, node: NodeKey, attempts: tuple[Attempt, ...]) -> None:
    """Puts a node's attempts and moves it between the buckets of Glue's statistics: a node counts by its newest
    attempt."""
    before = graph.attempts.get(node)
    graph.attempts[node] = attempts
    if before:
        graph.statistics[BUCKET_OF_STATE[before[0].state]] -= 1
    graph.statistics[BUCKET_OF_STATE[attempts[0].state]] += 1


def _set_ended(graph: RunGraph, node: NodeKey, state: str | None) -> None:
    """Puts the state a node ended in, and counts for the triggers that watch it; None takes it back."""
    before = graph.ended.get(node)
    if state is None:
        graph.ended.pop(node, None)
    else:
        graph.ended[node] = state
    for trigger, wanted in graph.design.watchers.get(node, ()):
        change = (before == wanted) - (state == wanted)
        if change:
            graph.unmatched[trigger] += change
        _set_ripe(graph, trigger)


def _set_ripe(graph: RunGraph, trigger: str) -> None:
    """Glue: a conditional trigger fires only when ACTIVATED; here once a run, and never while the run is being
    stopped."""
    is_open = graph.status == "RUNNING" and trigger not in graph.fired
    if is_open and graph.unmatched[trigger] <= graph.design.fires_at[trigger]:
        graph.ripe[trigger] = None
    else:
        graph.ripe.pop(trigger, None)


_STEPS: dict[type[Event], Callable[[RunGraph, Any], None]] = {
    runs.TriggerFired: _trigger_fired,
    runs.NodeWaiting: _node_started,
    runs.NodeStarted: _node_started,
    runs.NodeRefused: _node_refused,
    runs.NodeStopAsked: _node_stop_asked,
    runs.NodeCompleted: _node_completed,
    runs.PropertiesPut: _properties_put,
    runs.RunStopAsked: _run_stop_asked,
    runs.RunCompleted: _run_completed,
    archives.RunArchived: _archived,
}
