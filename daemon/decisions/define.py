"""Definitions made, changed and removed: workflows, triggers, jobs, and their tags.

Glue answers a deletion of what is not there with success, and so do we. What a definition names (jobs in a trigger's
actions) need not exist: Glue has a state for nodes whose job is gone.
"""

from typing import Any

import msgspec

from daemon import commands
from daemon.crawler_commands import StartCrawl
from daemon.decisions.crawlers import start_crawl
from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.decisions.start import request_job_run, start_lineage, start_run
from daemon.errors import (
    AlreadyExists,
    EntityNotFound,
    IdempotentParameterMismatch,
    InvalidInput,
    ResourceNumberLimitExceeded,
)
from events import design
from events.vocabulary import Cause, TriggerDefinition, job_stream, trigger_stream, workflow_stream
from projections.design_graph import START_TYPES
from projections.designs import Definition
from projections.job_terms import lone_actions, overrides_of
from projections.lineage import lineage_design
from projections.standing import Standing
from projections.topic_sources import TAG, fault_of

MAX_TAGS = 50


def define_workflow(command: commands.DefineWorkflow, situation: Situation) -> Decision:
    """A new workflow, without triggers unless some with its name were left behind by an earlier one."""
    if situation.standing.designs.workflow(command.name) is not None:
        raise AlreadyExists(f"Workflow with name: {command.name} already exists.")
    defined = design.WorkflowDefined(situation.at, situation.by, command.name, command.definition, command.tags)
    return on_stream(workflow_stream(command.name), defined, answer=command.name)


def change_workflow(command: commands.ChangeWorkflow, situation: Situation) -> Decision:
    """Given members replace the old ones; members left out stay as they are."""
    workflow = situation.standing.designs.workflow(command.name)
    if workflow is None:
        raise EntityNotFound(f"Workflow {command.name!r} does not exist.")
    body = {**workflow.body, **command.changes}
    changed = design.WorkflowChanged(situation.at, situation.by, body)
    return on_stream(workflow.stream, changed, answer=command.name)


def remove_workflow(command: commands.RemoveWorkflow, situation: Situation) -> Decision:
    """The workflow alone: Glue leaves its triggers and jobs."""
    if situation.standing.designs.workflow(command.name) is None:
        return Decision(answer=command.name)
    removed = design.WorkflowRemoved(situation.at, situation.by)
    return on_stream(workflow_stream(command.name), removed, answer=command.name)


def define_trigger(command: commands.DefineTrigger, situation: Situation) -> Decision:
    """A new trigger. The same definition again is a success without effect; another one under the same name is
    refused."""
    definition, designs = command.definition, situation.standing.designs
    existing = designs.trigger(definition.name)
    if existing is not None:
        _refuse_mismatch("Trigger", existing, existing.trigger == definition)
        return Decision(answer=definition.name)
    if definition.workflow_name and designs.workflow(definition.workflow_name) is None:
        raise EntityNotFound(f"Workflow {definition.workflow_name!r} does not exist.")
    _refuse_second_start(situation.standing, definition)
    _refuse_bad_source(command.tags)
    defined = design.TriggerDefined(situation.at, situation.by, definition, command.activate, command.tags)
    return on_stream(trigger_stream(definition.name), defined, answer=definition.name)


def _refuse_second_start(standing: Standing, definition: TriggerDefinition) -> None:
    """Glue: a workflow has one start trigger."""
    if not definition.workflow_name or definition.type not in START_TYPES:
        return
    start = standing.designs.design(definition.workflow_name).start_trigger
    if start is not None:
        raise InvalidInput(
            f"Workflow {definition.workflow_name!r} has a start trigger already: {start!r}. A workflow can have one "
            "ON_DEMAND, SCHEDULED or EVENT trigger; delete that one first, or make this one CONDITIONAL."
        )


def _refuse_mismatch(noun: str, existing: Definition, same: bool) -> None:
    if not same:
        raise IdempotentParameterMismatch(
            f"{noun} with name '{existing.name}' already submitted with different configuration"
        )


def change_trigger(command: commands.ChangeTrigger, situation: Situation) -> Decision:
    """Glue's UpdateTrigger "overwrites the previous trigger definition completely"; type, workflow and state stay."""
    existing = _trigger(situation.standing, command.name)
    assert existing.trigger is not None
    kept = {"Name": command.name, "Type": existing.trigger.type, "WorkflowName": existing.trigger.workflow_name}
    definition = msgspec.convert({**command.update, **kept}, TriggerDefinition)
    if definition == existing.trigger:
        return Decision(answer=command.name)
    changed = design.TriggerChanged(situation.at, situation.by, definition)
    return on_stream(existing.stream, changed, answer=command.name)


def remove_trigger(command: commands.RemoveTrigger, situation: Situation) -> Decision:
    """Deletes at once; runs under way keep the trigger of their snapshot."""
    if situation.standing.designs.trigger(command.name) is None:
        return Decision(answer=command.name)
    removed = design.TriggerRemoved(situation.at, situation.by)
    return on_stream(trigger_stream(command.name), removed, answer=command.name)


def start_trigger(command: commands.StartTrigger, situation: Situation) -> Decision:
    """Activates a trigger; an ON_DEMAND one fires instead, which in a workflow starts a run of it."""
    existing = _trigger(situation.standing, command.name)
    assert existing.trigger is not None
    if existing.trigger.type == "ON_DEMAND":
        return _fire_on_demand(existing.trigger, command, situation)
    if existing.state == "ACTIVATED" or existing.trigger.type == "EVENT":
        return Decision(answer="")
    activated = design.TriggerActivated(situation.at, situation.by)
    return on_stream(existing.stream, activated, answer="")


def _fire_on_demand(trigger: TriggerDefinition, command: commands.StartTrigger, situation: Situation) -> Decision:
    cause = Cause("TRIGGER", trigger.name)
    at, by, seed = command.at, command.by, command.seed
    if trigger.workflow_name:
        return start_run(commands.StartRun(at, by, seed, trigger.workflow_name, {}, cause), situation)
    lineage = lineage_design(situation.standing.designs, trigger)
    if lineage is not None:
        return start_lineage(lineage, cause, situation)
    decisions = [
        request_job_run(commands.RequestJobRun(at, by, seed, action.job_name, overrides_of(action), cause), situation)
        for action in lone_actions(trigger)
        if action.job_name
    ]
    decisions += [
        start_crawl(StartCrawl(at, by, seed + action.crawler_name.encode(), action.crawler_name, cause), situation)
        for action in trigger.actions
        if action.crawler_name
    ]
    return Decision(tuple(event for decision in decisions for event in decision.events), "")


def stop_trigger(command: commands.StopTrigger, situation: Situation) -> Decision:
    """Deactivates a trigger. ON_DEMAND and EVENT triggers have no such state: nothing changes."""
    existing = _trigger(situation.standing, command.name)
    assert existing.trigger is not None
    if existing.state == "DEACTIVATED" or existing.trigger.type in ("ON_DEMAND", "EVENT"):
        return Decision(answer=command.name)
    deactivated = design.TriggerDeactivated(situation.at, situation.by)
    return on_stream(existing.stream, deactivated, answer=command.name)


def _trigger(standing: Standing, name: str) -> Definition:
    existing = standing.designs.trigger(name)
    if existing is None:
        raise EntityNotFound(f"Trigger {name} not found.")
    return existing


def define_job(command: commands.DefineJob, situation: Situation) -> Decision:
    """A new job. The same definition again is a success without effect; another one under the same name is refused."""
    existing = situation.standing.designs.job(command.name)
    if existing is not None:
        _refuse_mismatch("Job", existing, existing.body == command.definition)
        return Decision(answer=command.name)
    defined = design.JobDefined(situation.at, situation.by, command.name, command.definition, command.tags)
    return on_stream(job_stream(command.name), defined, answer=command.name)


def change_job(command: commands.ChangeJob, situation: Situation) -> Decision:
    """Overwrites the definition whole. Runs under way use it for nodes not started yet."""
    existing = situation.standing.designs.job(command.name)
    if existing is None:
        raise EntityNotFound(f"Job {command.name} not found.")
    if existing.body == command.definition:
        return Decision(answer=command.name)
    changed = design.JobChanged(situation.at, situation.by, command.definition)
    return on_stream(existing.stream, changed, answer=command.name)


def remove_job(command: commands.RemoveJob, situation: Situation) -> Decision:
    """Deletes at once; a node that would start it later ends in ERROR."""
    if situation.standing.designs.job(command.name) is None:
        return Decision(answer=command.name)
    removed = design.JobRemoved(situation.at, situation.by)
    return on_stream(job_stream(command.name), removed, answer=command.name)


def tag_resource(command: commands.TagResource, situation: Situation) -> Decision:
    """Adds tags. Glue: a resource carries 50 at most. A trigger's topic filter must be one."""
    _refuse_bad_source(command.tags)
    existing = _tagged(situation.standing, command.kind, command.name)
    tags = {**existing.tags, **command.tags}
    if len(tags) > MAX_TAGS:
        raise ResourceNumberLimitExceeded(
            f"{existing.name} would have {len(tags)} tags; a resource can have {MAX_TAGS}."
        )
    if tags == existing.tags:
        return Decision()
    return on_stream(existing.stream, design.ResourceTagged(situation.at, situation.by, command.tags))


def untag_resource(command: commands.UntagResource, situation: Situation) -> Decision:
    """Takes tags off; keys that are not there are passed over."""
    existing = _tagged(situation.standing, command.kind, command.name)
    keys = tuple(key for key in command.keys if key in existing.tags)
    if not keys:
        return Decision()
    return on_stream(existing.stream, design.ResourceUntagged(situation.at, situation.by, keys))


def _refuse_bad_source(tags: dict[str, str]) -> None:
    fault = fault_of(tags[TAG]) if TAG in tags else ""
    if fault:
        raise InvalidInput(f"Tag {TAG} = '{tags[TAG]}': {fault}.")


def _tagged(standing: Standing, kind: Any, name: str) -> Definition:
    existing = standing.designs.find(kind, name)
    if existing is None:
        raise EntityNotFound(f"{kind.capitalize()} {name} not found.")
    return existing
