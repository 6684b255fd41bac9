"""Long JSON arrays made piece by piece.

A graph may have 10,000 nodes, and to show them all takes longer than other requests should wait. Between two pieces
the loop is let go; what is shown must not change meanwhile (see `RunGraph.still`). The pieces are bytes at once, so a
large answer is never held as objects too.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

PIECE = 250
"""Entries made in one go: some milliseconds' worth."""

Entry = TypeVar("Entry")


async def array(entries: Sequence[Entry], shown: Callable[[Entry], Any]) -> orjson.Fragment:
    """The entries as `shown` makes them, as one JSON array."""
    pieces: list[bytes] = []
    for start in range(0, len(entries), PIECE):
        if pieces:
            await asyncio.sleep(0)
        pieces.append(orjson.dumps([shown(entry) for entry in entries[start : start + PIECE]])[1:-1])
    return orjson.Fragment(b"[" + b",".join(pieces) + b"]")
