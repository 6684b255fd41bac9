"""Resuming a run: which picks are allowed, which are redundant, and the first events of the new run."""

from daemon.commands import Resumed, ResumeRun
from daemon.decisions.decision import Decision, Situation, on_stream, run_of_workflow
from daemon.decisions.follow_on import begin_attempt
from daemon.decisions.start import refuse_above_limit
from daemon.errors import EntityNotFound, IllegalWorkflowState, InvalidInput
from events.design import Event
from events.runs import RunResumed
from events.vocabulary import RUN_ID_PREFIX, Cause, NodeKey, node_kind, node_name, unique_id
from projections.design_graph import TRIGGER
from projections.run_values import RunGraph


def resume_run(command: ResumeRun, situation: Situation) -> Decision:
    """A new run that takes over the old one by reference and restarts the picked nodes.

    Glue: "The selected nodes and all nodes that are downstream from those nodes are then run." The downstream ones
    run as their triggers fire; the stream of the new run holds nothing of the nodes that do not run.
    """
    previous = run_of_workflow(situation.standing, command.workflow, command.run_id)
    workflow = situation.standing.designs.workflow(command.workflow)
    if workflow is None:
        raise EntityNotFound(f"Workflow {command.workflow!r} was deleted: create it again to resume its runs.")
    _refuse_unless_ended(previous, command.allow_stopped, situation.strict)
    asked = picked_nodes(previous, command.node_ids)
    refuse_above_limit(situation.standing, workflow)
    restarted = previous.design.without_redundant(asked)
    run_id = situation.ids.mint(RUN_ID_PREFIX)
    events = (_resumed(previous, asked, restarted, situation), *_restarts(previous, restarted, situation))
    node_ids = tuple(unique_id(previous.workflow, node_kind(node), node_name(node)) for node in restarted)
    return on_stream(run_id, *events, answer=Resumed(run_id, node_ids))


def _refuse_unless_ended(previous: RunGraph, allow_stopped: bool, strict: bool) -> None:
    """Glue: "You can resume a workflow run only if it's in the COMPLETED state.". A STOPPED one is resumed here when
    that is asked for expressly, which Glue's wire cannot."""
    if previous.status == "STOPPED" and allow_stopped:
        if strict:
            raise IllegalWorkflowState(
                f"Run {previous.run_id} of workflow {previous.workflow!r} is STOPPED; under strict-glue only a "
                "COMPLETED run can be resumed."
            )
    elif previous.status != "COMPLETED":
        raise IllegalWorkflowState(
            f"Run {previous.run_id} of workflow {previous.workflow!r} is {previous.status}; "
            "only a COMPLETED run can be resumed."
        )


def picked_nodes(previous: RunGraph, node_ids: tuple[str, ...]) -> tuple[NodeKey, ...]:
    """The nodes behind the given ids, each once. Raises InvalidInput for one that cannot be restarted."""
    if not node_ids:
        raise InvalidInput("NodeIds is empty: name at least one job or crawler node to resume the run from.")
    return tuple(dict.fromkeys(_picked_node(previous, node_id) for node_id in node_ids))


def _picked_node(previous: RunGraph, node_id: str) -> NodeKey:
    """Glue: "from any job or crawler node that the original workflow run attempted to run. You can't resume a
    workflow run from a trigger node."."""
    vertex = previous.design.node_of_unique_id.get(node_id)
    if vertex is None:
        raise InvalidInput(
            f"NodeIds: {node_id!r} is not a node of run {previous.run_id}. "
            "Node ids are the UniqueId values in the run's graph."
        )
    kind, _, name = vertex.partition(":")
    if kind == TRIGGER:
        raise InvalidInput(
            f"NodeIds: {node_id!r} is trigger {name!r}; a run can be resumed from jobs and crawlers only."
        )
    if not previous.attempts.get(vertex):
        raise InvalidInput(
            f"NodeIds: {kind.lower()} {name!r} ({node_id}) was never attempted in run {previous.run_id}; "
            "resume from a node that was, upstream of it."
        )
    return vertex


def _resumed(
    previous: RunGraph, asked: tuple[NodeKey, ...], restarted: tuple[NodeKey, ...], situation: Situation
) -> RunResumed:
    return RunResumed(
        situation.at,
        situation.by,
        previous.workflow,
        previous.design.hash,
        Cause("RESUME", batch=previous.cause.batch),
        previous.run_id,
        previous.version,
        previous.root,
        previous.depth + 1,
        asked,
        restarted,
    )


def _restarts(previous: RunGraph, restarted: tuple[NodeKey, ...], situation: Situation) -> list[Event]:
    """The restarted nodes' first attempts, each under the trigger that started it in the previous run: its arguments
    hold again."""
    attempts = ((node, previous.attempts[node][0].trigger) for node in restarted)
    return [begin_attempt(node, trigger, situation, situation.by) for node, trigger in attempts]
