"""A run: its graph, what is known of each node, and the way to resume it."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api import v1_documents
from daemon.console.graph_picture import run_picture
from daemon.console.rendering import Renderer
from daemon.engine import Engine
from daemon.errors import EntityNotFound
from events.vocabulary import RUN_ID_PREFIX
from projections.references import UnknownRun
from projections.run_values import RunGraph


class Runs:
    """The pages of runs of one engine."""

    def __init__(self, engine: Engine, renderer: Renderer) -> None:
        self._engine = engine
        self._renderer = renderer
        self.reads = [Route("/console/runs/{run_id}", self.page)]
        self.writes: list[Route] = []

    async def page(self, request: Request) -> Response:
        """One run with its graph."""
        graph = self._graph(request.path_params["run_id"])
        document = v1_documents.run(graph)
        picture = run_picture(graph.design, document, lambda key: f"?node={quote(key, safe='')}#details")
        return await self._renderer.page(request, "run.html", {"run": document, "picture": picture})

    def _graph(self, run_id: str) -> RunGraph:
        try:
            if run_id.startswith(RUN_ID_PREFIX):
                return self._engine.graph(run_id)
        except UnknownRun:
            pass
        raise EntityNotFound(f"There is no run with the id {run_id!r}.")
