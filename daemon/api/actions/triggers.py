"""Triggers: defining, starting and stopping them, and finding those that start a job."""

from collections.abc import Iterable
from typing import Any

import msgspec

from daemon import commands
from daemon.api import render_definitions
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present
from daemon.api.trigger_checks import check_start_on_creation, check_trigger
from daemon.errors import EntityNotFound
from events.vocabulary import JOB, TriggerDefinition, node_key
from projections.designs import Definition

PAGE_OF_TRIGGERS = 200
"""Glue's limit for lists of triggers, and here the default: a client that does not page sees them all."""


async def create_trigger(call: Call) -> Answer:
    """Answers the name."""
    members = dict(call.members)
    tags, activate = members.pop("Tags", {}), members.pop("StartOnCreation", False)
    definition = _checked(call, members)
    check_start_on_creation(definition, activate)
    # An EVENT trigger has no state but CREATED: it fires without being activated.
    command = commands.DefineTrigger(*call.stamp, definition, activate and definition.type != "EVENT", tags)
    return {"Name": await call.engine.handle(command)}


async def update_trigger(call: Call) -> Answer:
    """Overwrites the definition; answers the trigger as it then is."""
    name, update = call.members["Name"], dict(call.members["TriggerUpdate"])
    update.pop("Name", None)
    kept = _trigger(call, name).trigger
    assert kept is not None
    _checked(call, {**update, "Name": name, "Type": kept.type, "WorkflowName": kept.workflow_name})
    await call.engine.handle(commands.ChangeTrigger(*call.stamp, name, update))
    return {"Trigger": render_definitions.trigger_as_defined(_trigger(call, name))}


async def delete_trigger(call: Call) -> Answer:
    """Answers the name, whether or not there was such a trigger."""
    return {"Name": await call.engine.handle(commands.RemoveTrigger(*call.stamp, call.members["Name"]))}


async def start_trigger(call: Call) -> Answer:
    """Activates the trigger, or fires it if it is ON_DEMAND; answers the name."""
    await call.engine.handle(commands.StartTrigger(*call.stamp, call.members["Name"]))
    return {"Name": call.members["Name"]}


async def stop_trigger(call: Call) -> Answer:
    """Answers the name."""
    return {"Name": await call.engine.handle(commands.StopTrigger(*call.stamp, call.members["Name"]))}


def get_trigger(call: Call) -> Answer:
    """One trigger."""
    return {"Trigger": render_definitions.trigger_as_defined(_trigger(call, call.members["Name"]))}


def get_triggers(call: Call) -> Answer:
    """All triggers in order of name, or those that start a job."""
    page, token = _page(call, "GetTriggers", _dependent(call))
    return present({"Triggers": [render_definitions.trigger_as_defined(found) for found in page], "NextToken": token})


def list_triggers(call: Call) -> Answer:
    """The names of what GetTriggers would show, of those that carry all the tags given."""
    page, token = _page(call, "ListTriggers", tagged(_dependent(call), call.members.get("Tags")))
    return present({"TriggerNames": [definition.name for definition in page], "NextToken": token})


def batch_get_triggers(call: Call) -> Answer:
    """Those that exist, and the names of the others."""
    found = {name: call.engine.standing.designs.trigger(name) for name in call.members["TriggerNames"]}
    return {
        "Triggers": [render_definitions.trigger_as_defined(definition) for definition in found.values() if definition],
        "TriggersNotFound": [name for name, definition in found.items() if definition is None],
    }


def tagged(definitions: Iterable[Definition], tags: dict[str, str] | None) -> list[Definition]:
    """The definitions that carry all these tags with these values."""
    wanted = (tags or {}).items()
    return [definition for definition in definitions if wanted <= definition.tags.items()]


def _checked(call: Call, members: dict[str, Any]) -> TriggerDefinition:
    for condition in members.get("Predicate", {}).get("Conditions", ()):
        _keep_one_target(condition)
    definition = msgspec.convert(members, TriggerDefinition)
    check_trigger(definition, strict=call.engine.settings.strict_glue)
    return definition


def _keep_one_target(condition: dict[str, Any]) -> None:
    """A condition on a job and a crawler at once is one on the job, as in Glue; the answers show what was kept."""
    if condition.get("JobName"):
        condition.pop("CrawlerName", None)
        condition.pop("CrawlState", None)


def _trigger(call: Call, name: str) -> Definition:
    definition = call.engine.standing.designs.trigger(name)
    if definition is None:
        raise EntityNotFound(f"Trigger {name} not found.")
    return definition


def _dependent(call: Call) -> list[Definition]:
    """The triggers that start the job named. Glue: "if there is no such trigger, all triggers are returned"."""
    triggers = call.engine.standing.designs.all("trigger")
    job = call.members.get("DependentJobName")
    if job is None:
        return triggers
    if call.engine.standing.designs.job(job) is None:
        raise EntityNotFound(f"Job {job} not found.")
    node = node_key(JOB, job)
    starting = [t for t in triggers if t.trigger and any(action.node == node for action in t.trigger.actions)]
    return starting or triggers


def _page(call: Call, operation: str, definitions: list[Definition]) -> tuple[list[Definition], str | None]:
    request = call.page_of(f"{operation}:{call.members.get('DependentJobName', '')}", PAGE_OF_TRIGGERS)
    page, token = request.of_names(definitions)
    return list(page), token
