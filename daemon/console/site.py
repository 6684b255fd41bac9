"""Joins the console's pages: which there are, and what a page says of an error."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
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


async def no_such_page(scope: Scope, receive: Receive, send: Send) -> None:
    """The end of the console's routers. Raises EntityNotFound."""
    raise EntityNotFound(f"The console has no page at {scope['path'][:200]}.")


class Console:
    """The console over one engine: its pages, what they change, and pages about errors."""

    def __init__(self, engine: Engine, carry_out: CarryOut) -> None:
        assets = Assets()
        self._renderer = Renderer(engine, assets)
        around = Around(engine, self._renderer, carry_out)
        pages = [page(around) for page in PAGES]
        reads = [assets.route, *(route for page in pages for route in page.reads)]
        writes = [*preferences.WRITES, *(route for page in pages for route in page.writes)]
        self._reads = Router(reads, redirect_slashes=False, default=no_such_page)
        self._writes = Router(writes, redirect_slashes=False, default=no_such_page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a GET, HEAD or POST. Raises the leaves of ReglueError."""
        await (self._writes if scope["method"] == "POST" else self._reads)(scope, receive, send)

    async def send_error(self, error: ReglueError, scope: Scope, receive: Receive, send: Send) -> None:
        """The page about an error."""
        request = Request(scope, receive)
        status = 404 if isinstance(error, EntityNotFound) else error.status
        heading = "Not here" if status == 404 else "That did not work"
        shown = {"heading": heading, "message": str(error), "back": _page_of_form(request)}
        response: Response = self._renderer.unsettled(request, "error.html", shown, status)
        await response(scope, receive, send)


def _page_of_form(request: Request) -> str:
    """Our page whose form was sent, which the browser names; empty if none was."""
    page = urlsplit(request.headers.get("referer", ""))
    is_ours = page.netloc == request.headers.get("host") and page.path.startswith("/console")
    if request.method != "POST" or not is_ours:
        return ""
    return f"{page.path}?{page.query}" if page.query else page.path
