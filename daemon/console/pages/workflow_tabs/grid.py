"""The tab with a workflow's nodes against its runs: which node fails now and then is seen at a glance."""

import asyncio
from typing import Any, NamedTuple

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


class Cell(NamedTuple):
    """How a node stands in a run."""

    style: str
    word: str
    copied: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether the node ended badly in this very run."""
        return self.style in _BAD and not self.copied


_ABSENT = Cell("absent", "not in this run")


async def context(engine: Engine, request: Request, name: str) -> dict[str, Any]:
    """The newest runs as columns, oldest first, and a row for each node; those that ended badly most often come first
    with `order=failures`."""
    runs = [run for _, run in engine.runs_of(name, RUNS_SHOWN)][::-1]
    columns = [await _column(engine, run.run_id) for run in runs]
    nodes = _nodes(columns)
    by_failures = request.query_params.get("order") == "failures"
    if by_failures:
        nodes.sort(key=lambda key: -_bad(key, columns))
    spans = [max(0, (run.completed_at or engine.now()) - run.started_at) for run in runs]
    longest = max(spans, default=0) or 1
    return {
        "columns": [
            {**run_summary(run), "height": 4 + round(36 * span / longest)}
            for run, span in zip(runs, spans, strict=True)
        ],
        "rows": [_row(key, columns) for key in nodes[:MOST_NODES]],
        "hidden": max(0, len(nodes) - MOST_NODES),
        "by_failures": by_failures,
    }


async def _column(engine: Engine, run_id: str) -> dict[NodeKey, Cell]:
    """The nodes of one run in its graph's order. Others are answered between two runs: thirty may be large."""
    await engine.recall(run_id)
    await asyncio.sleep(0)
    graph = engine.graph(run_id)
    return {key: _cell(key, graph) for key in graph.design.order if not key.startswith(f"{TRIGGER}:")}


def _nodes(columns: list[dict[NodeKey, Cell]]) -> list[NodeKey]:
    """The nodes of all these runs, those of the newest run first and in its order."""
    found: dict[NodeKey, None] = {}
    for column in reversed(columns):
        found.update(dict.fromkeys(column))
    return list(found)


def _bad(key: NodeKey, columns: list[dict[NodeKey, Cell]]) -> int:
    return sum(column[key].is_bad for column in columns if key in column)


def _row(key: NodeKey, columns: list[dict[NodeKey, Cell]]) -> dict[str, Any]:
    cells = [column.get(key, _ABSENT) for column in columns]
    kind, bad = node_kind(key).lower(), _bad(key, columns)
    return {"key": key, "kind": kind, "name": node_name(key), "cells": cells, "bad": bad}


def _cell(key: NodeKey, graph: RunGraph) -> Cell:
    newest = graph.newest(key)
    shown = look(newest.state if newest else None)
    return Cell(shown.style, shown.word, newest is not None and newest.run_id != graph.run_id)
