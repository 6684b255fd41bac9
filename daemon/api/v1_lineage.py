"""`GET /v1/runs/{run_id}/lineage`: the tree of resumes that a run belongs to, what each run of it did itself, and where
each result in this run comes from. `GET /v1/runs/{run_id}/diff/{other}`: in what two runs differ."""

from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1 import JSON
from daemon.api.v1_documents import run_summary
from daemon.api.v1_plans import design_changes
from daemon.decisions.decision import with_nodes
from daemon.engine import Engine
from projections.design_graph import DesignGraph
from projections.resume_tree import share_of
from projections.run_diff import node_diffs, property_diffs
from projections.run_history import RunSummary, summarize
from projections.run_values import RunGraph


class Lineage:
    """The two reads of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.routes = [
            Route("/v1/runs/{run_id}/lineage", self.lineage),
            Route("/v1/runs/{run_id}/diff/{other}", self.diff),
        ]

    async def lineage(self, request: Request) -> Response:
        """The first run, then every run that was resumed from it, directly or by way of others, oldest first."""
        graph = (await self._engine.workflow_run(request.path_params["run_id"])).still()
        await self._engine.settled()
        return Response(orjson.dumps(lineage_document(self._engine, graph)), media_type=JSON)

    async def diff(self, request: Request) -> Response:
        """What differs in `other`, the right side, from the run."""
        names = "run_id", "other"
        left, right = [with_nodes(await self._engine.workflow_run(request.path_params[name])) for name in names]
        diffs = node_diffs(left, right, self._engine.job_at)
        document = {
            "left": run_summary(summarize(left)),
            "right": run_summary(summarize(right)),
            "design": _design(left.design, right.design),
            "properties": {key: {"left": one, "right": other} for key, (one, other) in _properties(left, right)},
            "nodes": msgspec.to_builtins(diffs),
        }
        body = orjson.dumps(document)
        await self._engine.settled()
        return Response(body, media_type=JSON)


def lineage_document(engine: Engine, graph: RunGraph) -> dict[str, Any]:
    """The tree of resumes that a run belongs to."""
    root = graph if graph.root == graph.run_id else engine.graph(graph.root)
    return {
        "run_id": graph.run_id,
        "workflow": graph.workflow,
        "root_run_id": root.run_id,
        "runs": [_member(engine, summary) for summary in (summarize(root), *engine.chain_of(root.run_id))],
        "results": _results(graph),
    }


def _member(engine: Engine, summary: RunSummary) -> dict[str, Any]:
    """A run of the tree: its row, what it was asked for and why, and what it ran itself."""
    share = share_of(engine.facts_of(summary.run_id))
    resumed = share.resumed
    return {
        **run_summary(summary),
        "design": share.design,
        "asked": resumed.asked if resumed else (),
        "restarted": resumed.restarted if resumed else (),
        "dropped": resumed.dropped if resumed else {},
        "set_properties": resumed.properties if resumed else {},
        "plan": (resumed.plan or None) if resumed else None,
        "ran": share.ran,
        "fired": share.fired,
    }


def _results(graph: RunGraph) -> list[dict[str, Any]]:
    """Which run each node's details in this graph come from; nodes that never ran are left out."""
    found: dict[str, list[str]] = {}
    for node in graph.design.nodes:
        newest = graph.newest(node)
        if newest is not None:
            found.setdefault(newest.run_id, []).append(node)
    return [{"run_id": run_id, "nodes": nodes} for run_id, nodes in found.items()]


def _properties(left: RunGraph, right: RunGraph) -> list[tuple[str, tuple[str | None, str | None]]]:
    return list(property_diffs(left, right).items())


def _design(left: DesignGraph, right: DesignGraph) -> dict[str, Any]:
    changes = design_changes(left, right) if left.hash != right.hash else None
    return {"left": left.hash, "right": right.hash, "changes": changes}
