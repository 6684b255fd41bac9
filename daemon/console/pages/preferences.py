"""Takes the choice of theme and of how times are written."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.console.forms import form_of, leads_back
from daemon.console.preferences import COOKIE, chosen
from daemon.console.rendering import YEAR_SECONDS, see

READS: list[Route] = []


async def choose(request: Request) -> Response:
    """Keeps the choice in a cookie and goes back to the page that it was made on."""
    form = await form_of(request)
    response = see(leads_back(form))
    wanted = chosen(form.text("theme"), form.text("times"))
    response.set_cookie(COOKIE, wanted.cookie, YEAR_SECONDS, path="/console", samesite="strict")
    return response


WRITES = [Route("/console/preferences", choose, methods=["POST"])]
