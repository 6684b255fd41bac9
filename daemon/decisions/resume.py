"""Resuming a run: the first events of the new run, by a plan."""

from daemon.commands import Resumed, ResumeRun
from daemon.decisions.decision import Decision, Situation, run_of_workflow
from daemon.decisions.follow_on import begin_attempt
from daemon.decisions.plan_token import PLAN_PREFIX, differing, moment_of, run_of
from daemon.decisions.resume_plan import Plan, plan_resume
from daemon.decisions.start import design_unless_recorded, refuse_above_limit
from daemon.errors import InvalidInput, PlanOutdated
from events.design import Event
from events.runs import RunResumed, TriggerFired
from events.vocabulary import Cause, NodeKey, node_kind, node_name, unique_id
from projections.references import UnknownRun
from projections.run_values import RunGraph


def resume_run(command: ResumeRun, situation: Situation) -> Decision:
    """A new run that takes over the old one by reference and restarts the picked nodes.

    Glue: "The selected nodes and all nodes that are downstream from those nodes are then run." The downstream ones
    run as their triggers fire; the stream of the new run holds nothing of the nodes that do not run. A plan that was
    carried out already is answered with its run.
    """
    previous = run_of_workflow(situation.standing, command.workflow, command.run_id)
    done = _carried_out(command.plan, previous, situation) if command.plan else None
    if done is not None:
        return Decision(answer=Resumed(done.run_id, _unique_ids(done.workflow, done.restarted), again=True))
    plan = _as_previewed(command, situation) if command.plan else plan_resume(command, situation)
    workflow = situation.standing.designs.workflow(command.workflow)
    assert workflow is not None, "a plan was made for it"
    refuse_above_limit(situation.standing, workflow)
    run_id = run_of(plan.token)
    events = [(run_id, event) for event in first_events(plan, situation)]
    recorded = design_unless_recorded(situation.standing, plan.design, situation)
    answer = Resumed(run_id, _unique_ids(previous.workflow, tuple(plan.starting)))
    return Decision((*recorded, *events), answer)


def first_events(plan: Plan, situation: Situation) -> list[Event]:
    """What a plan's run begins with: the resume, the triggers that fire with it, and the nodes that start at once, each
    under the trigger whose arguments hold for it."""
    fired = (TriggerFired(situation.at, situation.by, trigger) for trigger in plan.firing)
    begun = (begin_attempt(node, trigger, situation, situation.by) for node, trigger in plan.starting.items())
    return [_resumed(plan, situation), *fired, *begun]


def _resumed(plan: Plan, situation: Situation) -> RunResumed:
    previous = plan.previous
    return RunResumed(
        situation.at,
        situation.by,
        previous.workflow,
        plan.design.hash,
        Cause("RESUME", batch=previous.cause.batch),
        previous.run_id,
        previous.version,
        previous.root,
        previous.depth + 1,
        plan.asked,
        tuple(plan.starting),
        plan.token,
        plan.dropped,
        plan.properties,
        plan.maps_properties,
    )


def _carried_out(token: str, previous: RunGraph, situation: Situation) -> RunGraph | None:
    """The run that came of a plan before, if one did. Raises InvalidInput for what is no token, or another run's."""
    if moment_of(token) is None:
        raise InvalidInput(f"plan: {token[:100]!r} is no token of a plan; a preview gives one ({PLAN_PREFIX}...).")
    try:
        run = situation.standing.graph(run_of(token))
    except UnknownRun:
        return None
    if run.previous != previous.run_id:
        raise InvalidInput(f"plan: {token} belongs to run {run.previous}, not to {previous.run_id}.")
    return run


def _as_previewed(command: ResumeRun, situation: Situation) -> Plan:
    """The plan as it is now, if it is the one of the token. Raises PlanOutdated, which says what changed."""
    if not (command.node_ids or command.failed or command.current_design):
        raise PlanOutdated(
            "The preview of this plan is not remembered any more: repeat its nodes and options beside the token, or "
            "preview the resume again."
        )
    plan = plan_resume(command, situation)
    changed = differing(plan.token, command.plan)
    if changed:
        reasons = "; ".join(_CHANGES[part].format(_last(plan)) for part in changed)
        raise PlanOutdated(
            f"The plan does not hold any more, so nothing was resumed: {reasons}. Preview the resume again."
        )
    return plan


_CHANGES = {
    "resumes": "run {} was made from the same run meanwhile",
    "run": "the run's properties were changed, or the plan is another run's",
    "picks": "other nodes would start, or other options are given, than in the preview",
    "design": "the triggers of the workflow were changed",
    "properties": "other properties are set than in the preview",
}


def _last(plan: Plan) -> str:
    return plan.resumes[-1] if plan.resumes else "(none)"


def _unique_ids(workflow: str, nodes: tuple[NodeKey, ...]) -> tuple[str, ...]:
    return tuple(unique_id(workflow, node_kind(node), node_name(node)) for node in nodes)
