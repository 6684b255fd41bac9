"""Stopping: a whole run, one attempt, or an attempt whose time is up; and properties put into a run."""

from daemon.commands import PutRunProperties, StopJobRun, StopRun, TimeOutNode
from daemon.decisions.decision import Decision, Situation, on_stream, run_of_workflow, with_nodes
from daemon.errors import IllegalWorkflowState
from events.design import Event
from events.runs import NodeCompleted, NodeStopAsked, PropertiesPut, RunStopAsked
from events.vocabulary import CRAWLER, StopReason, node_kind
from projections.run_values import Attempt, RunGraph


def stop_run(command: StopRun, situation: Situation) -> Decision:
    """Ends what the run has under way. Glue: running jobs and crawlers are terminated, others never start."""
    graph = run_of_workflow(situation.standing, command.workflow, command.run_id)
    if graph.status != "RUNNING":
        raise IllegalWorkflowState(
            f"Run {graph.run_id} of workflow {graph.workflow!r} is {graph.status}; only a RUNNING run can be stopped."
        )
    ends = (_end(attempt, "STOPPED", situation) for attempt in _active_attempts(graph))
    return on_stream(graph.run_id, RunStopAsked(situation.at, situation.by), *ends)


def stop_job_run(command: StopJobRun, situation: Situation) -> Decision:
    """Ends one attempt; nothing to do when it has ended or is being stopped."""
    return _end_one(command.run_id, command.attempt_id, "STOPPED", situation)


def time_out_node(command: TimeOutNode, situation: Situation) -> Decision:
    """Ends an attempt that has used up its time; nothing to do when it has ended or is being stopped."""
    return _end_one(command.run_id, command.attempt_id, "TIMEOUT", situation)


def put_run_properties(command: PutRunProperties, situation: Situation) -> Decision:
    """Merges properties, key by key; what is there already needs no event."""
    graph = run_of_workflow(situation.standing, command.workflow, command.run_id)
    if command.properties.items() <= graph.properties.items():
        return Decision()
    with_nodes(graph)
    return on_stream(graph.run_id, PropertiesPut(situation.at, situation.by, command.properties))


def _end_one(run_id: str, attempt_id: str, reason: StopReason, situation: Situation) -> Decision:
    graph = situation.standing.graph(run_id)
    attempt = graph.find(attempt_id) if attempt_id in graph.active else None
    if attempt is None or attempt.stop_reason is not None:
        return Decision()
    return on_stream(run_id, _end(attempt, reason, situation))


def _end(attempt: Attempt, reason: StopReason, situation: Situation) -> Event:
    """A waiting attempt ends at once; a running one is asked to, and its executor reports when it has."""
    if attempt.state == "WAITING":
        state = "CANCELLED" if node_kind(attempt.node) == CRAWLER else reason
        return NodeCompleted(situation.at, situation.by, attempt.node, attempt.id, state)
    return NodeStopAsked(situation.at, situation.by, attempt.node, attempt.id, reason)


def _active_attempts(graph: RunGraph) -> list[Attempt]:
    """Attempts that wait or run, and were not asked to end yet."""
    attempts = (a for node in dict.fromkeys(graph.active.values()) for a in graph.attempts[node])
    return [a for a in attempts if a.is_active and a.stop_reason is None]
