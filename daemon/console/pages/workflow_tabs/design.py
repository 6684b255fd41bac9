"""The tab with the workflow's graph as it is defined now, and what is doubtful in it."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from daemon.console.graph_folding import GROUP
from daemon.console.graph_picture import View, design_picture
from daemon.engine import Engine
from events.vocabulary import node_kind, node_name
from projections.design_graph import TRIGGER
from projections.lint import lint


async def context(engine: Engine, request: Request, name: str) -> dict[str, Any]:
    """The picture, the selected vertex, and the findings of lint."""
    designs = engine.standing.designs
    graph = designs.design(name)
    query = request.query_params
    view = View(frozenset(query.getlist("open")), query.get("node", ""))
    return {
        "picture": await design_picture(graph, view, lambda key: _href(view, key)),
        "findings": lint(designs, name),
        "selected": _selected(engine, name, view.selected),
    }


def _href(view: View, key: str) -> str:
    if key.startswith(f"{GROUP}:"):
        return f"?{urlencode([('open', group) for group in sorted(view.opened | {key})])}"
    return f"?{urlencode([('node', key), *(('open', group) for group in sorted(view.opened))])}#details"


def _selected(engine: Engine, workflow: str, key: str) -> dict[str, Any] | None:
    """What is defined under the selected vertex."""
    designs = engine.standing.designs
    kind, _, name = key.partition(":")
    if kind == TRIGGER:
        found = designs.trigger(name)
        is_ours = found is not None and found.trigger is not None and found.trigger.workflow_name == workflow
        return {"kind": "trigger", "name": name, "definition": found} if is_ours else None
    if key not in designs.design(workflow).nodes:
        return None
    found = designs.job(node_name(key)) if node_kind(key) == "JOB" else designs.crawler(node_name(key))
    return {"kind": node_kind(key).lower(), "name": node_name(key), "definition": found}
