"""Drawings of graphs: large ones are laid out elsewhere, look as if they had been laid out here, and hold nobody up."""

import asyncio

import pytest

from daemon.console import drawings
from daemon.console.drawings import drawing_of
from daemon.console.graph_layout import in_layers, lay_out
from tests.daemon.console.test_graph_folding import parallel_chains

pytestmark = pytest.mark.anyio


async def test_others_have_their_turn_while_a_large_graph_is_laid_out() -> None:
    """It is made in another process, once, and is what the library makes here."""
    design = parallel_chains(drawings.SMALL)
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(take_turns())
    drawing = await drawing_of(design, frozenset())
    beside.cancel()
    assert turns > 10
    assert drawing.layout == lay_out(drawing.folded.vertices, drawing.folded.edges)
    assert await drawing_of(design, frozenset()) is drawing


async def test_a_graph_that_takes_too_long_stands_in_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader gets a picture all the same."""
    monkeypatch.setattr(drawings, "DEADLINE_SECONDS", 0.0)
    drawing = await drawing_of(parallel_chains(drawings.SMALL + 1), frozenset())
    assert drawing.layout == in_layers(drawing.folded.vertices, drawing.folded.edges)
