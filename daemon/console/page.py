"""What every page is given, and what it gives: the routes that read, and those that change something."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from starlette.routing import Route

from daemon.console.rendering import Renderer
from daemon.engine import Engine

PRINCIPAL = "console"
"""Who changed something, in the log, when it was done on a page."""

CarryOut = Callable[[str, dict[str, Any], str], Awaitable[dict[str, Any]]]
"""Carries out an operation of Glue's, by its name and members and for a principal, as the wire does: with the same
checks, the same errors and the same answer."""


class Around(NamedTuple):
    """What pages are made of."""

    engine: Engine
    renderer: Renderer
    carry_out: CarryOut

    async def do(self, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        """Carries out an operation of Glue's for who uses the console. Raises the leaves of ReglueError."""
        return await self.carry_out(operation, members, PRINCIPAL)


class Page(Protocol):
    """One page, or the few that are about one thing."""

    reads: list[Route]
    writes: list[Route]
