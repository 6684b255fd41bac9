"""A run's page: what every tab of it shows, and the tabs. Each tab is a module of `pages/run_tabs`."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api import v1_documents
from daemon.console.page import Around
from daemon.console.pages.run_tabs import graph as graph_tab
from daemon.console.pages.run_tabs import timeline
from daemon.engine import Engine
from daemon.errors import EntityNotFound
from events.vocabulary import RUN_ID_PREFIX
from projections.references import UnknownRun
from projections.run_values import RunGraph

Context = Callable[[Engine, Request, RunGraph, dict[str, Any]], Awaitable[dict[str, Any]]]
"""What a tab's template needs beside the run's document: from the engine, the request, the run's graph and document."""


class Tab(NamedTuple):
    """One tab: its word, its template, and what it needs."""

    word: str
    template: str
    context: Context


TABS: dict[str, Tab] = {
    "graph": Tab("Graph", "run_graph.html", graph_tab.context),
    "timeline": Tab("Timeline", "run_timeline.html", timeline.context),
}
"""The tabs in their order, by the word in the query. The first is shown unless another is asked for."""


class Runs:
    """The pages of runs of one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self._renderer = around.renderer
        self.reads = [Route("/console/runs/{run_id}", self.page), Route("/console/runs/{run_id}/node", self.node)]
        self.writes: list[Route] = []

    async def page(self, request: Request) -> Response:
        """One tab of a run. `tab` in the query names it; an unknown one is the first."""
        graph = self._graph(request)
        name = request.query_params.get("tab", "")
        name = name if name in TABS else next(iter(TABS))
        document = v1_documents.run(graph)
        context = await TABS[name].context(self._engine, request, graph, document)
        tabs = [(key, tab.word) for key, tab in TABS.items()]
        shared = {"run": document, "tab": name, "tabs": tabs}
        return await self._renderer.page(request, TABS[name].template, shared | context)

    async def node(self, request: Request) -> Response:
        """The details of one node (`key` in the query) without a page around them, for scripts to put in."""
        graph = self._graph(request)
        key = request.query_params.get("key", "")
        details = graph_tab.details_of(self._engine, graph, key)
        if details is None:
            raise EntityNotFound(f"The run has no node {key[:300]!r}.")
        document = v1_documents.run_summary(graph_tab.summarize(graph))
        context = {"run": document, "details": details, "picked": graph_tab.view_of(request).picked}
        return await self._renderer.page(request, "node_details.html", context)

    def _graph(self, request: Request) -> RunGraph:
        run_id = request.path_params["run_id"]
        try:
            if run_id.startswith(RUN_ID_PREFIX):
                return self._engine.graph(run_id)
        except UnknownRun:
            pass
        raise EntityNotFound(f"There is no run with the id {run_id!r}.")
