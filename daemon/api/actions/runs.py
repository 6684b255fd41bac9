"""Workflow runs: starting, stopping and resuming them, reading them, and their properties."""

from typing import Any

from daemon import commands
from daemon.api import render_runs
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present
from daemon.decisions.decision import run_of_workflow
from daemon.engine import Engine
from daemon.errors import EntityNotFound
from events.vocabulary import RUN_ID_PREFIX
from projections.run_history import RunSummary, summarize
from projections.run_values import RunGraph


async def start_workflow_run(call: Call) -> Answer:
    """Answers the new run's id."""
    properties = call.members.get("RunProperties", {})
    return {"RunId": await call.engine.handle(commands.StartRun(*call.stamp, call.members["Name"], properties))}


async def stop_workflow_run(call: Call) -> Answer:
    """Answers nothing; the run ends when its jobs have."""
    await call.engine.handle(commands.StopRun(*call.stamp, call.members["Name"], _run_id(call)))
    return {}


async def resume_workflow_run(call: Call) -> Answer:
    """Answers the new run's id and the nodes that start at once."""
    nodes = tuple(call.members["NodeIds"])
    resumed = await call.engine.handle(
        commands.ResumeRun(*call.stamp, call.members["Name"], _run_id(call), nodes),
    )
    return {"RunId": resumed.run_id, "NodeIds": list(resumed.node_ids)}


async def put_workflow_run_properties(call: Call) -> Answer:
    """Merges the properties key by key; answers nothing."""
    properties = call.members["RunProperties"]
    await call.engine.handle(
        commands.PutRunProperties(*call.stamp, call.members["Name"], _run_id(call), properties),
    )
    return {}


def get_workflow_run_properties(call: Call) -> Answer:
    """The properties as they stand."""
    return {"RunProperties": _run(call).properties}


def get_workflow_run(call: Call) -> Answer:
    """One run, with its graph if so asked."""
    graph = _run(call)
    return {"Run": _shown(call.engine, summarize(graph), call.members.get("IncludeGraph", False))}


def get_workflow_runs(call: Call) -> Answer:
    """The runs of a workflow, newest first. Those of a deleted one are listed too: its name led to them before."""
    name = call.members["Name"]
    rows, token = call.page_of(f"GetWorkflowRuns:{name}").of_rows(
        lambda limit, before: call.engine.runs_of(name, limit, before)
    )
    if not rows and call.engine.standing.designs.workflow(name) is None:
        raise EntityNotFound(f"Workflow {name!r} does not exist.")
    graphs = call.members.get("IncludeGraph", False)
    return present({"Runs": [_shown(call.engine, summary, graphs) for _, summary in rows], "NextToken": token})


def _shown(engine: Engine, summary: RunSummary, with_graph: bool) -> dict[str, Any]:
    shown = render_runs.workflow_run(summary)
    if with_graph:
        shown["Graph"] = render_runs.run_graph(engine.standing.graph(summary.run_id), engine.job_at)
    return shown


def _run(call: Call) -> RunGraph:
    return run_of_workflow(call.engine.standing, call.members["Name"], _run_id(call))


def _run_id(call: Call) -> str:
    """The run id, of which only the form is checked: another one may name a stream that holds no run."""
    run_id: str = call.members["RunId"]
    if not run_id.startswith(RUN_ID_PREFIX):
        raise EntityNotFound(
            f"Workflow {call.members['Name']!r} has no run with the id {run_id!r}: run ids begin with {RUN_ID_PREFIX}."
        )
    return run_id
