"""The tab with the tree of resumes that a run belongs to: what each run of it ran itself, and where each result that
this run shows comes from."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from daemon.api.v1_lineage import lineage_document
from daemon.console.seen import Seen
from daemon.engine import Engine
from events.vocabulary import node_kind, node_name

NODES_NAMED = 30


async def context(engine: Engine, request: Request, seen: Seen) -> dict[str, Any]:
    """The runs in the order of a tree, each with its depth in it, and the results by the run that they come from."""
    document = lineage_document(engine, seen.newest)
    return {
        "members": [_member(run, depth) for run, depth in in_tree(document["runs"])],
        "results": [
            {"run_id": found["run_id"], "nodes": _named(found["nodes"]), "more": len(found["nodes"]) - NODES_NAMED}
            for found in document["results"]
        ],
    }


def in_tree(runs: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], int]]:
    """Each run after the one that it resumed, with how many resumes it is away from the first."""
    following: dict[str | None, list[dict[str, Any]]] = {}
    known = {run["run_id"] for run in runs}
    for run in runs:
        previous = run["previous_run_id"]
        following.setdefault(previous if previous in known else None, []).append(run)
    found, pending = [], [(run, 0) for run in reversed(following.get(None, []))]
    while pending:
        run, depth = pending.pop()
        found.append((run, depth))
        pending += [(one, depth + 1) for one in reversed(following.get(run["run_id"], []))]
    return found


def _member(run: dict[str, Any], depth: int) -> dict[str, Any]:
    return run | {
        "level": depth,
        "restarted_nodes": _named(run["restarted"]),
        "more_restarted": len(run["restarted"]) - NODES_NAMED,
        "ran_nodes": len(run["ran"]),
    }


def _named(nodes: Sequence[str]) -> list[dict[str, str]]:
    """The first few nodes, each with its key, kind and name."""
    return [{"key": key, "kind": node_kind(key).lower(), "name": node_name(key)} for key in nodes[:NODES_NAMED]]
