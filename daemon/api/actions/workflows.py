"""Workflows: defining them, and reading them with their last run and their graph."""

from typing import Any

from daemon import commands
from daemon.api import job_checks, render_definitions, render_runs
from daemon.api.actions.call import Answer, Call
from daemon.api.actions.runs import run_with_graph
from daemon.api.render import present
from daemon.engine import Engine
from daemon.errors import EntityNotFound
from projections.designs import Definition

PAGE_OF_WORKFLOWS = 25
"""Glue's limit for ListWorkflows, and here its default."""


async def create_workflow(call: Call) -> Answer:
    """Answers the name."""
    definition = dict(call.members)
    name, tags = definition.pop("Name"), definition.pop("Tags", {})
    job_checks.check_workflow(definition)
    return {"Name": await call.engine.handle(commands.DefineWorkflow(*call.stamp, name, definition, tags))}


async def update_workflow(call: Call) -> Answer:
    """Changes the members given; answers the name."""
    changes = dict(call.members)
    name = changes.pop("Name")
    job_checks.check_workflow(changes)
    return {"Name": await call.engine.handle(commands.ChangeWorkflow(*call.stamp, name, changes))}


async def delete_workflow(call: Call) -> Answer:
    """Answers the name, whether or not there was such a workflow."""
    return {"Name": await call.engine.handle(commands.RemoveWorkflow(*call.stamp, call.members["Name"]))}


async def get_workflow(call: Call) -> Answer:
    """The workflow with its last run; with IncludeGraph both with their graphs."""
    definition = call.engine.standing.designs.workflow(call.members["Name"])
    if definition is None:
        # The very text that AWS has, which clients' tests look for.
        raise EntityNotFound("Entity not found")
    return {"Workflow": await _workflow(call.engine, definition, call.members.get("IncludeGraph", False))}


async def batch_get_workflows(call: Call) -> Answer:
    """Those that exist, and the names of the others."""
    names = call.members["Names"]
    found = {name: call.engine.standing.designs.workflow(name) for name in names}
    graph = call.members.get("IncludeGraph", False)
    return {
        "Workflows": [await _workflow(call.engine, definition, graph) for definition in found.values() if definition],
        "MissingWorkflows": [name for name, definition in found.items() if definition is None],
    }


def list_workflows(call: Call) -> Answer:
    """The names in order."""
    page, token = call.page_of("ListWorkflows", PAGE_OF_WORKFLOWS).of_names(
        call.engine.standing.designs.all("workflow")
    )
    return present({"Workflows": [definition.name for definition in page], "NextToken": token})


async def _workflow(engine: Engine, definition: Definition, with_graph: bool) -> dict[str, Any]:
    shown = render_definitions.workflow(definition)
    last = engine.latest_run(definition.name)
    if with_graph:
        shown["Graph"] = render_runs.design_graph(engine.standing.designs.design(definition.name))
    if last is not None and with_graph:
        await engine.recall(last.run_id)
        shown["LastRun"] = await run_with_graph(engine, engine.graph(last.run_id))
    elif last is not None:
        shown["LastRun"] = render_runs.workflow_run(last)
    return shown
