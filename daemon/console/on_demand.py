"""The console as the daemon's HTTP edge holds it: loaded at the first request for one of its pages.

Its pages, the library of their templates and the layout of graphs take an eighth of the daemon's start and several
megabytes, which a daemon that nobody looks at need not spend.
"""

import asyncio
import importlib
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from daemon.engine import Engine
from daemon.errors import ReglueError

if TYPE_CHECKING:
    from daemon.console.page import CarryOut
    from daemon.console.site import Console

PREFIX = "/console"


def is_console(path: str) -> bool:
    """Whether a path belongs to the console."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


class ConsoleOnDemand:
    """Answers requests below PREFIX over one engine."""

    def __init__(self, engine: Engine, carry_out: "CarryOut") -> None:
        self._engine = engine
        self._carry_out = carry_out
        self._console: Console | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. Raises the leaves of ReglueError."""
        await (await self._loaded())(scope, receive, send)

    async def send_error(self, error: ReglueError, scope: Scope, receive: Receive, send: Send) -> None:
        """The page about an error."""
        await (await self._loaded()).send_error(error, scope, receive, send)

    async def _loaded(self) -> "Console":
        """The console. Loading takes its time, so it is done beside the loop; requests that come meanwhile wait too."""
        if self._console is None:
            site = await asyncio.to_thread(importlib.import_module, "daemon.console.site")
            self._console = self._console or site.Console(self._engine, self._carry_out)
        return self._console
