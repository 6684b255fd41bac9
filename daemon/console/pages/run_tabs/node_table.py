"""The table of a run's nodes: found by name, filtered by state, and one page of it at a time, so that the page of a run
of ten thousand nodes costs little more than that of one of a hundred.

What it shows stands in the query (`find`, `state`, `page`). Nodes that are picked and stand on another page of it stay
picked.
"""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request

from daemon.api import v1_documents
from daemon.api.v1 import whole
from daemon.console.seen import HIGHEST, Seen
from daemon.console.words import PARTS, look
from events.vocabulary import NodeKey, node_name
from projections.design_graph import TRIGGER
from projections.run_values import RunGraph

ROWS_ON_A_PAGE = 100
_KEPT = ("pick", "open", "find", "state", "page")
FILTERED_FROM = 12
"""Shorter tables have no filter: one sees at a glance what is there."""


class Filter(NamedTuple):
    """Which nodes are wanted: those whose name holds a text, and those of a state's style. What is empty wants all."""

    find: str = ""
    state: str = ""

    def fits(self, graph: RunGraph, node: NodeKey) -> bool:
        """Whether a node is wanted."""
        if self.find and self.find.lower() not in node_name(node).lower():
            return False
        return not self.state or self.state == _style(graph, node)


def _style(graph: RunGraph, node: NodeKey) -> str:
    newest = graph.newest(node)
    return look(newest.state if newest is not None else None).style


def _kept(request: Request, seen: Seen) -> str:
    """What the link of a row says beside its node: the table stays as it is, and so does the moment."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name in _KEPT and value]
    moment = [("at", str(seen.place.at))] if seen.place.at is not None else []
    return "".join(f"&{urlencode([pair])}" for pair in (*pairs, *moment))


def table_of(request: Request, seen: Seen, picked: frozenset[str]) -> dict[str, Any]:
    """One page of the table: its rows, which they are of how many, the pages beside it, and picks that stand elsewhere.
    A page after the last is the last. Raises InvalidInput for a page that is no number."""
    graph, query = seen.graph, request.query_params
    wanted = Filter(query.get("find", "").strip()[:200], query.get("state", "").strip()[:50])
    nodes = [key for key in graph.design.order if not key.startswith(f"{TRIGGER}:")]
    found = [key for key in nodes if wanted.fits(graph, key)] if any(wanted) else nodes
    last = max(1, -(-len(found) // ROWS_ON_A_PAGE))
    page = min(whole(request, "page", 1, (1, HIGHEST)), last)
    first = (page - 1) * ROWS_ON_A_PAGE
    keys = found[first : first + ROWS_ON_A_PAGE]
    return {
        "rows": v1_documents.nodes(graph, keys),
        "filter": wanted,
        "states": PARTS,
        "has_filter": len(nodes) >= FILTERED_FROM,
        "is_asked": any(wanted) or page > 1,
        "first": first + 1,
        "last": first + len(keys),
        "found": len(found),
        "all": len(nodes),
        "before": page - 1 if page > 1 else None,
        "page": page,
        "after": page + 1 if page < last else None,
        "picked_elsewhere": sorted(picked.difference(keys)),
        "kept": _kept(request, seen),
    }
