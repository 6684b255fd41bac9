"""Where the boxes of a graph stand, without the event loop standing still meanwhile.

The layout library keeps the interpreter for as long as it works: a third of a second for a thousand boxes, minutes for
some graphs of more. So larger graphs are laid out in a process of their own, which has a deadline; a graph that does
not keep it is placed in plain layers. What was drawn last is kept, for a run's design never changes and its page is
asked for again and again.
"""

import asyncio
import subprocess
import sys
from collections import OrderedDict
from typing import NamedTuple

import msgspec

from daemon.console.graph_folding import Folded, fold, unfolded
from daemon.console.graph_layout import MOST_DRAWN, Graph, Layout, in_layers, lay_out
from daemon.logs import get_logger
from projections.design_graph import DesignGraph

KEPT = 16
SMALL = 150
"""Graphs of so many boxes are laid out at once: that takes less than to start a process."""

DEADLINE_SECONDS = 20.0
log = get_logger()


class Drawing(NamedTuple):
    """What is drawn, and where."""

    folded: Folded
    layout: Layout


_kept: OrderedDict[tuple[str, frozenset[str]], Drawing] = OrderedDict()


async def drawing_of(design: DesignGraph, opened: frozenset[str]) -> Drawing:
    """The graph of a design with these groups opened."""
    known = _kept.get((design.hash, opened))
    if known is None:
        known = await _drawn(design, opened)
        _kept[design.hash, opened] = known
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end((design.hash, opened))
    return known


async def _drawn(design: DesignGraph, opened: frozenset[str]) -> Drawing:
    is_large = len(design.order) > MOST_DRAWN
    folded = await asyncio.to_thread(fold, design, opened, MOST_DRAWN) if is_large else unfolded(design)
    graph = Graph(folded.vertices, folded.edges)
    if len(folded.vertices) <= SMALL:
        return Drawing(folded, lay_out(*graph))
    return Drawing(folded, await asyncio.to_thread(_apart, graph))


def _apart(graph: Graph) -> Layout:
    """The layout, made by another process. Blocks."""
    command = [sys.executable, "-P", "-m", "daemon.console.graph_layout"]
    try:
        made = subprocess.run(
            command, input=msgspec.msgpack.encode(graph), capture_output=True, check=True, timeout=DEADLINE_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("graph_not_laid_out", boxes=len(graph.vertices), reason=str(error))
        return in_layers(*graph)
    return msgspec.msgpack.decode(made.stdout, type=Layout)
