"""The tab with the run's graph, the details of the selected node, and the nodes picked to resume from.

What is selected, picked and opened stands in the query (`node`, `pick`, `open`), so it can be linked to and works
without JavaScript.
"""

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from daemon.api import v1_documents
from daemon.api.v1_plans import design_changes
from daemon.console.graph_folding import GROUP
from daemon.console.graph_picture import View, run_picture
from daemon.console.pages.run_tabs.node_table import table_of
from daemon.console.seen import Seen
from daemon.console.words import look
from daemon.engine import Engine
from events.vocabulary import NodeKey, node_kind, node_name
from projections.design_graph import TRIGGER
from projections.run_history import RunSummary, summarize
from projections.run_values import Attempt, RunGraph

NAMES_TOLD = 5


async def context(engine: Engine, request: Request, seen: Seen) -> dict[str, Any]:
    """The picture, a page of the table of nodes, the selected node's details, and why nothing can be resumed, if so."""
    view = view_of(request)
    graph = seen.graph
    kept = [("at", str(seen.place.at))] if seen.place.at is not None else []
    picture = await run_picture(graph, view, lambda key: _href(view, key, kept))
    await asyncio.sleep(0)
    return {
        "picture": picture,
        "table": table_of(request, seen, view.picked),
        "view": view,
        "picked": view.picked,
        "details": details_of(engine, seen, view.selected),
        "refusal": refusal_of(seen),
        "redesigned": redesigned(engine, graph),
    }


def redesigned(engine: Engine, graph: RunGraph) -> str:
    """How the workflow differs today from the graph that the run began with; empty if it does not."""
    designs = engine.standing.designs
    if designs.workflow(graph.workflow) is None:
        return "the workflow is deleted"
    today = designs.design(graph.workflow)
    if today.hash == graph.design.hash:
        return ""
    told = [_change(what, names) for what, names in design_changes(graph.design, today).items() if names]
    return ", ".join(told) or "triggers stand in another order"


def _change(what: str, names: list[str]) -> str:
    """`2 triggers added (T8, T9)`."""
    noun, word = what.split("_")
    shown = ", ".join(name.rpartition(":")[2] for name in names[:NAMES_TOLD])
    more = f" and {len(names) - NAMES_TOLD} more" if len(names) > NAMES_TOLD else ""
    return f"{len(names)} {noun if len(names) > 1 else noun[:-1]} {word} ({shown}{more})"


def view_of(request: Request) -> View:
    """What the query says of selection, picks and opened groups."""
    query = request.query_params
    return View(frozenset(query.getlist("open")), query.get("node", ""), frozenset(query.getlist("pick")))


def _href(view: View, key: str, kept: list[tuple[str, str]]) -> str:
    """The page with this vertex selected; a group is opened instead."""
    kept = [*kept, *(("pick", pick) for pick in sorted(view.picked))]
    opened = view.opened | {key} if key.startswith(f"{GROUP}:") else view.opened
    kept += [("open", group) for group in sorted(opened)]
    if opened is view.opened:
        return f"?{urlencode([('node', key), *kept])}#details"
    return f"?{urlencode(kept)}"


def refusal(run: RunSummary) -> str:
    """Why the run cannot be resumed now; empty if it can."""
    if run.completed_at is None:
        return f"The run is {run.status}: a run can be resumed once it has ended."
    if run.status == "ERROR":
        return "The run could not start, so no node was attempted: start a new run."
    return ""


def refusal_of(seen: Seen) -> str:
    """Why the run cannot be resumed from what is shown; empty if it can."""
    if seen.place.at is not None:
        return "This is an earlier moment of the run: go back to now to resume it."
    return refusal(summarize(seen.graph))


def details_of(engine: Engine, seen: Seen, key: str) -> dict[str, Any] | None:
    """What is known of one vertex: a job or crawler with its attempts, or a trigger. None if there is no such one."""
    kind, _, name = key.partition(":")
    graph = seen.graph
    if kind == TRIGGER and name in graph.design.triggers:
        return _trigger(graph, name)
    if key in graph.design.order:
        return _node(engine, seen, key)
    return None


def _node(engine: Engine, seen: Seen, key: NodeKey) -> dict[str, Any]:
    graph = seen.graph
    attempts = graph.attempts.get(key, ())
    newest = attempts[0] if attempts else None
    blocked = "" if newest else "It was never attempted in this run: resume from a node upstream of it that was."
    return {
        "key": key,
        "kind": node_kind(key).lower(),
        "name": node_name(key),
        "state": newest.state if newest else None,
        "copied_from": newest.run_id if newest and newest.run_id != graph.run_id else None,
        "restarted": key in graph.restarted,
        "attempts": [_attempt(engine, graph, attempt) for attempt in attempts],
        "refusal": refusal_of(seen) or blocked,
    }


def _attempt(engine: Engine, graph: RunGraph, attempt: Attempt) -> dict[str, Any]:
    row = v1_documents.attempt_row(attempt)
    row["predecessors"] = []
    firing = graph.fired.get(attempt.trigger)
    if firing is not None:
        row["predecessors"] = [{"node": node, "id": run} for node, run in firing.predecessors]
    if node_kind(attempt.node) == "JOB":
        row["arguments"] = engine.job_at(node_name(attempt.node), attempt.job_version).get("DefaultArguments", {})
    return row


def _trigger(graph: RunGraph, name: str) -> dict[str, Any]:
    snapshot = graph.design.triggers[name]
    predicate = snapshot.definition.predicate
    firing = graph.fired.get(name)
    conditions = predicate.conditions if predicate is not None else ()
    return {
        "key": f"{TRIGGER}:{name}",
        "kind": "trigger",
        "name": name,
        "type": snapshot.definition.type,
        "schedule": snapshot.definition.schedule,
        "activation": look(snapshot.state).word,
        "logical": predicate.logical or "AND" if predicate is not None else "",
        "conditions": [
            {"node": one.node, "wanted": one.wanted, "ended": graph.ended.get(one.node)} for one in conditions
        ],
        "actions": list(dict.fromkeys(action.node for action in snapshot.definition.actions)),
        "fired_at": v1_documents.moment(firing.at) if firing else None,
        "copied_from": firing.run_id if firing and firing.run_id != graph.run_id else None,
    }
