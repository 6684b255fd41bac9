"""A workflow's page: what every tab of it shows, and the tabs. Each tab is a module of `pages/workflow_tabs`."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1_documents import run_summary
from daemon.console.page import Around
from daemon.console.pages.workflow_tabs import design, details, grid, history, triggers
from daemon.console.tabs import Tab, Tabs
from daemon.errors import EntityNotFound

TABS: dict[str, Tab[str]] = {
    "graph": Tab("Graph", "workflow_graph.html", design.context),
    "history": Tab("History", "workflow_history.html", history.context),
    "grid": Tab("Grid", "workflow_grid.html", grid.context),
    "triggers": Tab("Triggers", "workflow_triggers.html", triggers.context),
    "details": Tab("Details", "workflow_details.html", details.context),
}
"""The tabs in their order, by the word in the query. The first is shown unless another is asked for."""

OF_DELETED = {"history": TABS["history"]}
"""What is left of a workflow that was deleted."""


class WorkflowPages:
    """The pages of workflows of one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self._tabs = Tabs(around, TABS)
        self._tabs_of_deleted = Tabs(around, OF_DELETED)
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
        shared = {
            "name": name,
            "deleted": definition is None,
            "description": definition.body.get("Description", "") if definition is not None else "",
            "last_run": run_summary(last) if last is not None else None,
            "active_runs": self._engine.standing.active_runs(name),
        }
        tabs = self._tabs if definition is not None else self._tabs_of_deleted
        return await tabs.page(request, name, shared)
