"""Workflow runs: starting, stopping and resuming them, reading them, and their properties."""

import asyncio
from itertools import accumulate
from typing import Any

from daemon import commands
from daemon.api import render_runs
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present
from daemon.decisions.decision import run_of_workflow, with_nodes
from daemon.engine import Engine
from daemon.errors import EntityNotFound
from events.vocabulary import RUN_ID_PREFIX
from projections.run_history import RunSummary, summarize
from projections.run_values import RunGraph

NODES_OF_A_PAGE = 10_000
"""How many nodes the graphs of a page of GetWorkflowRuns have at most: about eight megabytes."""


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


async def get_workflow_run(call: Call) -> Answer:
    """One run, with its graph if so asked."""
    await call.engine.recall(_run_id(call))
    graph = _run(call)
    if call.members.get("IncludeGraph", False):
        return {"Run": await run_with_graph(call.engine, with_nodes(graph))}
    return {"Run": render_runs.workflow_run(summarize(graph))}


async def get_workflow_runs(call: Call) -> Answer:
    """The runs of a workflow, newest first. Those of a deleted one are listed too: its name led to them before.

    With their graphs a page ends before it has more than NODES_OF_A_PAGE nodes, unless its first run alone has: Glue's
    limit of 1,000 runs would make answers of gigabytes. The token leads on.
    """
    name = call.members["Name"]
    page = call.page_of(f"GetWorkflowRuns:{name}")
    rows, token = page.of_rows(lambda limit, before: call.engine.runs_of(name, limit, before))
    if not rows and call.engine.standing.designs.workflow(name) is None:
        raise EntityNotFound(f"Workflow {name!r} does not exist.")
    if not call.members.get("IncludeGraph", False):
        return present({"Runs": [render_runs.workflow_run(summary) for _, summary in rows], "NextToken": token})
    fitting = _fitting(rows)
    runs = []
    for _, summary in fitting:
        await asyncio.sleep(0)
        await call.engine.recall(summary.run_id)
        runs.append(await run_with_graph(call.engine, call.engine.graph(summary.run_id)))
    return present({"Runs": runs, "NextToken": token if len(fitting) == len(rows) else page.token(fitting[-1][0])})


def _fitting(rows: list[tuple[int, RunSummary]]) -> list[tuple[int, RunSummary]]:
    """As many of the rows as may be shown with their graphs in one page."""
    nodes = accumulate(summary.total for _, summary in rows)
    return [row for at, (row, total) in enumerate(zip(rows, nodes, strict=True)) if not at or total <= NODES_OF_A_PAGE]


async def run_with_graph(engine: Engine, graph: RunGraph) -> dict[str, Any]:
    """A WorkflowRun with its graph, both as of the call, though others are answered while it is made. That of an
    archived run is left out."""
    still = graph.still()
    await engine.settled()
    if still.archived is not None:
        return render_runs.workflow_run(summarize(still))
    return {
        **render_runs.workflow_run(summarize(still)),
        "Graph": await render_runs.run_graph(still, engine.job_at),
    }


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
