"""A run's page: what every tab of it shows, and the tabs. Each tab is a module of `pages/run_tabs`."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from daemon.api.v1 import JSON, whole
from daemon.api.v1_events import NDJSON
from daemon.console.page import Around
from daemon.console.pages.run_tabs import events, lineage, timeline
from daemon.console.pages.run_tabs import graph as graph_tab
from daemon.console.pages.run_tabs.node_table import table_of
from daemon.console.replay_frames import frames_after
from daemon.console.seen import HIGHEST, Seen, graph_of, seen_of
from daemon.console.tabs import Tab, Tabs
from daemon.decisions.decision import with_nodes
from daemon.errors import EntityNotFound

TABS: dict[str, Tab[Seen]] = {
    "graph": Tab("Graph", "run_graph.html", graph_tab.context),
    "timeline": Tab("Timeline", "run_timeline.html", timeline.context),
    "events": Tab("Events", "run_events.html", events.context),
    "lineage": Tab("Lineage", "run_lineage.html", lineage.context),
}
"""The tabs in their order, by the word in the query. The first is shown unless another is asked for."""

ARCHIVED: dict[str, Tab[Seen]] = {"lineage": Tab("Lineage", "run_archived.html", lineage.context)}
"""What there is of a run whose events were moved out of the log: its row, and its place among resumes."""


class Runs:
    """The pages of runs of one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self._renderer = around.renderer
        self._tabs = Tabs(around, TABS)
        self._archived = Tabs(around, ARCHIVED)
        self.reads = [
            Route("/console/runs/{run_id}", self.page),
            Route("/console/runs/{run_id}/node", self.node),
            Route("/console/runs/{run_id}/parts", self.parts),
            Route("/console/runs/{run_id}/frames", self.frames),
            Route("/console/runs/{run_id}/events.ndjson", self.download),
        ]
        self.writes: list[Route] = []

    async def page(self, request: Request) -> Response:
        """One tab of a run; with `at` in the query the run is shown as it stood at that position of the log."""
        position = self._engine.feed.head
        seen = await seen_of(self._engine, request)
        tabs = self._tabs if seen.newest.archived is None else self._archived
        return await tabs.page(request, seen, seen.head() | {"position": position})

    async def parts(self, request: Request) -> Response:
        """What stands around the graph, for scripts to put in: the run's head, the details of the selected `node`, and
        with `table=1` the table of nodes, as the rest of the query asks for it."""
        seen = await seen_of(self._engine, request)
        view = graph_tab.view_of(request)
        context: dict[str, Any] = {
            "table": table_of(request, seen, view.picked) if request.query_params.get("table") == "1" else None,
            "details": graph_tab.details_of(self._engine, seen, view.selected),
            "view": view,
            "picked": view.picked,
            "refusal": graph_tab.refusal_of(seen),
            "tab": "graph",
            "tabs": [],
        }
        return await self._renderer.page(request, "run_parts.html", seen.head() | context)

    async def node(self, request: Request) -> Response:
        """The details of one node (`key` in the query) without a page around them, for scripts to put in."""
        seen = await seen_of(self._engine, request)
        key = request.query_params.get("key", "")
        details = graph_tab.details_of(self._engine, seen, key)
        if details is None:
            raise EntityNotFound(f"The run has no node {key[:300]!r}.")
        context = seen.head() | {"details": details, "picked": graph_tab.view_of(request).picked}
        return await self._renderer.page(request, "node_details.html", context)

    async def frames(self, request: Request) -> Response:
        """The run's history for the slider, a page of it after a position."""
        with_nodes(await graph_of(self._engine, request))
        after = whole(request, "after", 0, (0, HIGHEST))
        body = await frames_after(self._engine, request.path_params["run_id"], after)
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=JSON)

    async def download(self, request: Request) -> Response:
        """Every event of the run so far, one JSON document a line, as in `/v1/runs/{id}/events`."""
        run_id = with_nodes(await graph_of(self._engine, request)).run_id
        headers = {"Content-Disposition": f'attachment; filename="{run_id}.ndjson"', "Cache-Control": "no-store"}
        return StreamingResponse(events.lines(self._engine, run_id), headers=headers, media_type=NDJSON)
