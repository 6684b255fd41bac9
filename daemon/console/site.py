"""Joins the console's pages: which there are, and what a page says of an error."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from daemon.console.assets import Assets
from daemon.console.page import Around, CarryOut, Page
from daemon.console.pages import preferences
from daemon.console.pages.catalog import Catalog
from daemon.console.pages.crawlers import Crawlers
from daemon.console.pages.editing import Editing
from daemon.console.pages.health import Health
from daemon.console.pages.jobs import Jobs
from daemon.console.pages.live import Live
from daemon.console.pages.resume import Resume
from daemon.console.pages.run import Runs
from daemon.console.pages.run_actions import RunActions
from daemon.console.pages.trigger_actions import TriggerActions
from daemon.console.pages.workflow import WorkflowPages
from daemon.console.pages.workflows import Workflows
from daemon.console.rendering import Renderer
from daemon.engine import Engine
from daemon.errors import EntityNotFound, ReglueError

PREFIX = "/console"
PAGES: tuple[Callable[[Around], Page], ...] = (
    Workflows,
    WorkflowPages,
    Runs,
    Resume,
    RunActions,
    TriggerActions,
    Editing,
    Jobs,
    Crawlers,
    Catalog,
    Health,
    Live,
)


def is_console(path: str) -> bool:
    """Whether a path belongs to the console."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


class Console:
    """The console over one engine: routes that read, routes that change something, and pages about errors."""

    def __init__(self, engine: Engine, carry_out: CarryOut) -> None:
        assets = Assets()
        self._renderer = Renderer(engine, assets)
        around = Around(engine, self._renderer, carry_out)
        pages = [page(around) for page in PAGES]
        self.reads: list[Route] = [assets.route, *(route for page in pages for route in page.reads)]
        self.writes: list[Route] = [*preferences.WRITES, *(route for page in pages for route in page.writes)]

    async def send_error(self, error: ReglueError, scope: Scope, receive: Receive, send: Send) -> None:
        """The page about an error."""
        request = Request(scope, receive)
        status = 404 if isinstance(error, EntityNotFound) else error.status
        heading = "Not here" if status == 404 else "That did not work"
        shown = {"heading": heading, "message": str(error)}
        response: Response = self._renderer.unsettled(request, "error.html", shown, status)
        await response(scope, receive, send)
