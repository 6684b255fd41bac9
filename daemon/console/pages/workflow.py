"""A workflow's page: what every tab of it shows, and the tabs. Each tab is a module of `pages/workflow_tabs`."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1_documents import run_summary
from daemon.console.page import Around
from daemon.console.pages.workflow_tabs import design, details, grid, history, triggers
from daemon.engine import Engine
from daemon.errors import EntityNotFound

Context = Callable[[Engine, Request, str], Awaitable[dict[str, Any]]]
"""What a tab's template needs: from the engine, the request, the workflow's name."""


class Tab(NamedTuple):
    """One tab: its word, its template, and what it needs."""

    word: str
    template: str
    context: Context


TABS: dict[str, Tab] = {
    "graph": Tab("Graph", "workflow_graph.html", design.context),
    "history": Tab("History", "workflow_history.html", history.context),
    "grid": Tab("Grid", "workflow_grid.html", grid.context),
    "triggers": Tab("Triggers", "workflow_triggers.html", triggers.context),
    "details": Tab("Details", "workflow_details.html", details.context),
}
"""The tabs in their order, by the word in the query. The first is shown unless another is asked for."""


class WorkflowPages:
    """The pages of workflows of one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self._renderer = around.renderer
        # A workflow's name may hold a slash, hence :path.
        self.reads = [Route("/console/workflows/{name:path}", self.page)]
        self.writes: list[Route] = []

    async def page(self, request: Request) -> Response:
        """One tab of a workflow; of one that was deleted only its history is left."""
        name = request.path_params["name"]
        last = self._engine.latest_run(name)
        definition = self._engine.standing.designs.workflow(name)
        if definition is None and last is None:
            raise EntityNotFound(f"Workflow {name!r} does not exist.")
        asked = request.query_params.get("tab", "")
        tab = asked if asked in TABS else next(iter(TABS))
        tab = tab if definition is not None else "history"
        context = await TABS[tab].context(self._engine, request, name)
        shared = {
            "name": name,
            "deleted": definition is None,
            "description": definition.body.get("Description", "") if definition is not None else "",
            "last_run": run_summary(last) if last is not None else None,
            "active_runs": self._engine.standing.active_runs(name),
            "tab": tab,
            "tabs": [(key, one.word) for key, one in TABS.items() if definition is not None or key == "history"],
        }
        return await self._renderer.page(request, TABS[tab].template, shared | context)
