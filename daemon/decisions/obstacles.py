"""What may keep a planned resume from going well: told beforehand, each with the way out."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from daemon.decisions.decision import Situation
from daemon.decisions.resume_plan import Plan
from daemon.decisions.start import is_at_limit
from events.vocabulary import JOB, NodeKey, node_kind, node_name
from projections.design_graph import trigger_key
from projections.job_terms import max_concurrent_runs

Kind = Literal["workflow_limit", "not_defined", "busy", "trigger_inactive", "trigger_held", "resumed_already"]


class Obstacle(msgspec.Struct, frozen=True):
    """One thing in the way. `refuses` says that the resume would be refused now; anything else takes its course as
    `text` tells. `subject` is the key of a node, or the name of a trigger, a workflow or a run."""

    kind: Kind
    subject: str
    text: str
    refuses: bool = False


def obstacles(
    plan: Plan, situation: Situation, running: tuple[NodeKey, ...], held: tuple[str, ...]
) -> Iterator[Obstacle]:
    """What may block the plan as things stand: `running` are the nodes that would run, `held` the triggers that would
    be held back."""
    yield from _of_workflow(plan, situation)
    for node in running:
        yield from _of_node(node, situation)
    yield from _of_triggers(plan, held)


def _of_workflow(plan: Plan, situation: Situation) -> Iterator[Obstacle]:
    standing, previous = situation.standing, plan.previous
    workflow = standing.designs.workflow(previous.workflow)
    if workflow is not None and is_at_limit(standing, workflow):
        text = f"as many runs are under way as its MaxConcurrentRuns allows ({workflow.body['MaxConcurrentRuns']})"
        yield Obstacle("workflow_limit", workflow.name, f"{text}: wait for one to end, or raise it", refuses=True)
    if plan.resumes:
        times = "once" if len(plan.resumes) == 1 else f"{len(plan.resumes)} times"
        yield Obstacle("resumed_already", plan.resumes[-1], f"the run was resumed {times} already, last as this run")


def _of_node(node: NodeKey, situation: Situation) -> Iterator[Obstacle]:
    is_job, name, standing = node_kind(node) == JOB, node_name(node), situation.standing
    definition = standing.designs.find("job" if is_job else "crawler", name)
    if definition is None:
        noun = "job" if is_job else "crawler"
        yield Obstacle("not_defined", node, f"the {noun} is not defined any more, so it will end in ERROR: create it")
        return
    limit = max_concurrent_runs(definition.body) if is_job else 1
    count = standing.slots.running(node)
    if count >= limit:
        waits = not situation.strict or (is_job and definition.body.get("JobRunQueuingEnabled"))
        becomes = "it waits until one of them has ended" if waits else "if that is so then, it ends without having run"
        yield Obstacle("busy", node, f"{count} of at most {limit} at once are under way elsewhere: {becomes}")


def _of_triggers(plan: Plan, held: tuple[str, ...]) -> Iterator[Obstacle]:
    """Triggers that cannot fire although what they wait for may come, and those that fire late."""
    design = plan.design
    sources = {*plan.asked, *plan.starting}
    ahead = design.downstream(sources) if design.waits_inactive else set()
    for name in design.waits_inactive:
        if trigger_key(name) in ahead:
            state = design.triggers[name].state
            yield Obstacle("trigger_inactive", name, f"it is {state} in the run's design, so it never fires there")
    for name in held:
        yield Obstacle("trigger_held", name, "its conditions are met by copied nodes: it fires after those that run")
