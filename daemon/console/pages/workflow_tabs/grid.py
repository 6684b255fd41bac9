"""The tab with a workflow's nodes against its runs: which node fails now and then is seen at a glance."""

from typing import Any

from starlette.requests import Request

from daemon.api.v1_documents import run_summary
from daemon.console.words import look
from daemon.engine import Engine
from events.vocabulary import NodeKey, node_kind, node_name
from projections.design_graph import TRIGGER
from projections.run_values import RunGraph

RUNS_SHOWN = 30
MOST_NODES = 300
_BAD = ("failed", "timeout", "error", "stopped")


async def context(engine: Engine, request: Request, name: str) -> dict[str, Any]:
    """The newest runs as columns, oldest first, and a row for each node; those that ended badly most often come first
    with `order=failures`."""
    runs = [run for _, run in engine.runs_of(name, RUNS_SHOWN)][::-1]
    graphs = [engine.graph(run.run_id) for run in runs]
    nodes = _nodes(graphs)
    rows = [_row(key, graphs) for key in nodes]
    by_failures = request.query_params.get("order") == "failures"
    if by_failures:
        rows.sort(key=lambda row: -row["bad"])
    longest = max((_span(graph) for graph in graphs), default=0) or 1
    return {
        "columns": [
            {**run_summary(run), "height": 4 + round(36 * _span(graph) / longest)}
            for run, graph in zip(runs, graphs, strict=True)
        ],
        "rows": rows[:MOST_NODES],
        "hidden": max(0, len(rows) - MOST_NODES),
        "by_failures": by_failures,
    }


def _nodes(graphs: list[RunGraph]) -> list[NodeKey]:
    """The nodes of all these runs, those of the newest run first and in its order."""
    found: dict[NodeKey, None] = {}
    for graph in reversed(graphs):
        found.update((key, None) for key in graph.design.order if not key.startswith(f"{TRIGGER}:"))
    return list(found)


def _row(key: NodeKey, graphs: list[RunGraph]) -> dict[str, Any]:
    cells = [_cell(key, graph) for graph in graphs]
    bad = sum(cell["style"] in _BAD and not cell["copied"] for cell in cells)
    return {"key": key, "kind": node_kind(key).lower(), "name": node_name(key), "cells": cells, "bad": bad}


def _cell(key: NodeKey, graph: RunGraph) -> dict[str, Any]:
    newest = graph.newest(key)
    if newest is None and key not in graph.design.order:
        return {"style": "absent", "word": "not in this run", "copied": False}
    shown = look(newest.state if newest else None)
    return {"style": shown.style, "word": shown.word, "copied": newest is not None and newest.run_id != graph.run_id}


def _span(graph: RunGraph) -> int:
    return max(0, (graph.completed_at or graph.modified_at) - graph.started_at)
