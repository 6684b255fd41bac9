"""Turns a template and its context into a page, with the headers that let it run nothing but our own static files."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from daemon.api.v1_documents import moment
from daemon.console.assets import Assets
from daemon.console.forms import TOKEN_COOKIE, TOKEN_FIELD, token_of
from daemon.console.preferences import preferences_of
from daemon.console.words import FILTERS
from daemon.engine import Engine

TEMPLATES = Path(__file__).parent / "templates"
CONTENT_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
YEAR_SECONDS = 31_536_000


class Renderer:
    """Renders pages of one engine."""

    def __init__(self, engine: Engine, assets: Assets) -> None:
        self._engine = engine
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update(FILTERS)
        self._templates.globals["asset"] = assets.url

    def path(self, kind: str, name: str) -> str:
        """The page of something by its kind (`jobs`, `crawlers`, `workflows`) and name."""
        return f"/console/{kind}/{quote(name, safe='')}"

    async def page(self, request: Request, template: str, context: dict[str, Any], status: int = 200) -> Response:
        """A page, once all that it shows is on the disk. Raises LogUnavailable."""
        response = self.unsettled(request, template, context, status)
        await self._engine.settled()
        return response

    def unsettled(self, request: Request, template: str, context: dict[str, Any], status: int) -> Response:
        """A page that rests on nothing that may not be on the disk yet, such as one about an error."""
        token = token_of(request)
        shared = {
            "request": request,
            "path": request.url.path,
            "query": request.url.query,
            "preferences": preferences_of(request),
            "token_field": Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token),
            "now": moment(self._engine.now()),
            "position": self._engine.feed.head,
            "log": log_of(self._engine),
        }
        body = self._templates.get_template(template).render(shared | context)
        response = HTMLResponse(body, status, headers=HEADERS)
        if request.cookies.get(TOKEN_COOKIE) != token:
            response.set_cookie(TOKEN_COOKIE, token, YEAR_SECONDS, path="/console", httponly=True, samesite="strict")
        return response


def log_of(engine: Engine) -> str:
    """The id of the log; empty as long as the log is, for then it has none."""
    origin = engine.feed.origin()
    return origin.log_id if origin is not None else ""


def see(path: str) -> Response:
    """Where to go after a form was carried out: the browser gets the page, and reloading it sends nothing again."""
    return RedirectResponse(path, 303)
