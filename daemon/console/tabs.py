"""Pages in tabs: which of them is asked for, and the page with it.

A workflow's page and a run's are made alike: what all tabs share, and one tab below it, chosen by `tab` in the query.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from daemon.console.page import Around
from daemon.engine import Engine

Subject = TypeVar("Subject")
"""What the page is about: a workflow's name, or a run as it is looked at."""


class Tab(NamedTuple, Generic[Subject]):
    """One tab: its word, its template, and what that needs beside what all tabs share, from the engine, the request and
    the subject."""

    word: str
    template: str
    context: Callable[[Engine, Request, Subject], Awaitable[dict[str, Any]]]


class Tabs(Generic[Subject]):
    """The tabs of one kind of page, in their order, by the word in the query."""

    def __init__(self, around: Around, tabs: Mapping[str, Tab[Subject]]) -> None:
        self._around = around
        self._tabs = tabs
        self._row = [(key, tab.word) for key, tab in tabs.items()]

    async def page(self, request: Request, subject: Subject, shared: dict[str, Any]) -> Response:
        """The page with the tab that is asked for, the first one unless the query names another."""
        asked = request.query_params.get("tab", "")
        key = asked if asked in self._tabs else self._row[0][0]
        context = await self._tabs[key].context(self._around.engine, request, subject)
        shown = shared | {"tab": key, "tabs": self._row} | context
        return await self._around.renderer.page(request, self._tabs[key].template, shown)
